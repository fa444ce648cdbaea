import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { ApiError, get } from './client.ts'

/** What a saved plan foresaw for a time, and what was metered in it. */
export interface Actuals {
  readonly title: string
  readonly plannedUsd: number
  readonly meteredUsd: number
}

/** Null = no plan is saved. */
export function useActuals(from: string): UseQueryResult<Actuals | null, Error> {
  return useQuery({
    queryKey: ['actuals', from],
    queryFn: async ({ signal }) => {
      try {
        return await get<Actuals>('/api/v1/actuals', { from }, signal)
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null
        throw error
      }
    },
  })
}
