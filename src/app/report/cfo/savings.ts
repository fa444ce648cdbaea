import type { PlanResult } from '../../../decide/plan-result.ts'
import { chosenOf } from '../../../decide/report/comparison.ts'

/** What twelve months come to, US dollars: today's way, the plan, and what is between. */
export interface YearOfSavings {
  /** What the plan is held against: today's bill, or the cheaper of all-dedicated and all-serverless where no bill was given. */
  readonly against: string
  readonly baselineMonthlyUsd: number
  readonly planMonthlyUsd: number
  /** 80 % interval of the plan's month; null = the traffic was described, not measured. */
  readonly planLowUsd: number | null
  readonly planHighUsd: number | null
  readonly yearlyUsd: number
  readonly yearlyLowUsd: number | null
  readonly yearlyHighUsd: number | null
}

export const MONTHS = 12

/** Flat prices and flat traffic over the year, which the report says; null where either side has no price. */
export function yearOfSavings(result: PlanResult): YearOfSavings | null {
  const chosen = chosenOf(result)
  const base = baselineOf(result)
  if (chosen === undefined || chosen.monthlyUsd === null || base === null) return null
  const range = result.expected[result.recommended]
  const planMonthlyUsd = range?.meanUsd ?? chosen.monthlyUsd
  const over = (monthly: number): number => (base.monthlyUsd - monthly) * MONTHS
  return {
    against: base.name,
    baselineMonthlyUsd: base.monthlyUsd,
    planMonthlyUsd,
    planLowUsd: range?.p10Usd ?? null,
    planHighUsd: range?.p90Usd ?? null,
    yearlyUsd: over(planMonthlyUsd),
    yearlyLowUsd: range === undefined ? null : over(range.p90Usd),
    yearlyHighUsd: range === undefined ? null : over(range.p10Usd),
  }
}

function baselineOf({ savings, scenarios, recommended }: PlanResult): { readonly name: string; readonly monthlyUsd: number } | null {
  if (savings !== null) return { name: `today (${savings.source})`, monthlyUsd: savings.currentMonthlyUsd }
  const rivals = scenarios.flatMap(({ id, title, monthlyUsd }) => (['all-dedicated', 'all-serverless'].includes(id) && id !== recommended && monthlyUsd !== null ? [{ name: title, monthlyUsd }] : []))
  return rivals.toSorted((a, b) => a.monthlyUsd - b.monthlyUsd)[0] ?? null
}
