import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, send } from '../../api/client.ts'

/** Sends changes of one section: what went wrong is told, and the section is read again when it went well. */
export function useChange(key: string): { readonly error: string | null; readonly busy: boolean; readonly change: <T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown) => Promise<T | null> } {
  const client = useQueryClient()
  const [error, setError] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  return {
    error,
    busy,
    change: async <T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown) => {
      setBusy(true)
      setError(null)
      try {
        const answer = await send<T>(method, path, body)
        await client.invalidateQueries({ queryKey: [key] })
        return answer
      } catch (thrown) {
        setError(thrown instanceof ApiError ? thrown.message : 'That did not work.')
        return null
      } finally {
        setBusy(false)
      }
    },
  }
}
