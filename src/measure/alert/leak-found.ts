import { toUsd, type NanoUsd } from '../../core/money.ts'
import type { Condition } from './condition.ts'

/** A leak, as alerts see it. */
export interface LeakFound {
  readonly id: string
  readonly tenant: string
  readonly text: string
  readonly mend: string
  readonly nanoUsdPerMonth: NanoUsd
}

/** Leaks that are worth a message: from `leastUsdPerMonth` on. */
export function leakConditions(leaks: readonly LeakFound[], leastUsdPerMonth: number): readonly Condition[] {
  return leaks
    .filter(({ nanoUsdPerMonth }) => toUsd(nanoUsdPerMonth) >= leastUsdPerMonth)
    .map(({ id, tenant, text, mend, nanoUsdPerMonth }) => ({ id: `leak:${tenant}:${id.slice(0, 200)}`, kind: 'leak', tenant, severity: 'warning', text, mend, nanoUsd: nanoUsdPerMonth, holdMs: 0 }))
}
