import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { get } from './client.ts'

/** A saved plan, and what was metered against it. */
export interface Actuals {
  readonly plan: { readonly id: string; readonly title: string; readonly savedAt: string | null; readonly summary: { readonly scenario: string; readonly monthlyUsd: number; readonly lowUsd: number | null; readonly highUsd: number | null } } | null
  readonly actuals: {
    readonly hours: number
    readonly plannedUsd: number
    readonly plannedDedicatedUsd: number
    readonly plannedOtherUsd: number
    readonly meteredUsd: number
    readonly meteredDedicatedUsd: number
    readonly meteredOtherUsd: number
    readonly difference: number | null
    readonly traffic: number | null
    readonly plannedAtTrafficUsd: number
    readonly within: boolean | null
  } | null
}

export function useActuals(window: string): UseQueryResult<Actuals, Error> {
  return useQuery({ queryKey: ['actuals', window], queryFn: ({ signal }) => get<Actuals>(`/api/v1/actuals/${window}`, {}, signal), refetchInterval: 60_000 })
}
