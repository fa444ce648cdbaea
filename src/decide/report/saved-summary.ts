import type { PlanResult } from '../plan-result.ts'
import { chosenOf } from './comparison.ts'

/** What of a plan is held against the meter later: US dollars for a month of 730 hours. Null where the plan could not be priced. */
export function savedSummary(result: PlanResult): { readonly recommended: string; readonly scenario: string; readonly monthlyUsd: number; readonly lowUsd: number | null; readonly highUsd: number | null; readonly dedicatedUsd: number; readonly otherUsd: number; readonly requestsPerMonth: number; readonly currentMonthlyUsd: number | null } | null {
  const chosen = chosenOf(result)
  if (chosen === undefined || chosen.monthlyUsd === null) return null
  const range = result.expected[result.recommended]
  const dedicatedUsd = chosen.breakdown.dedicatedBusy + chosen.breakdown.dedicatedIdle
  return {
    recommended: result.recommended,
    scenario: chosen.title,
    monthlyUsd: chosen.monthlyUsd,
    lowUsd: range?.p10Usd ?? null,
    highUsd: range?.p90Usd ?? null,
    dedicatedUsd,
    otherUsd: Math.max(0, chosen.monthlyUsd - dedicatedUsd),
    requestsPerMonth: result.traffic.requestsPerMonth,
    currentMonthlyUsd: result.savings?.currentMonthlyUsd ?? null,
  }
}
