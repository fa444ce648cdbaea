import { useCallback } from 'react'
import { useSearchParams } from 'wouter'

/** One value behind the `?` of the address, so that a view can be shared; null = not there. Setting null takes it out. */
export function useSearchValue(name: string): [string | null, (value: string | null) => void] {
  const [search, setSearch] = useSearchParams()
  const set = useCallback(
    (value: string | null) =>
      setSearch(
        (last) => {
          const next = new URLSearchParams(last)
          if (value === null || value === '') next.delete(name)
          else next.set(name, value)
          return next
        },
        { replace: true },
      ),
    [name, setSearch],
  )
  return [search.get(name), set]
}
