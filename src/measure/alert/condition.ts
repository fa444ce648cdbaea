import type { NanoUsd } from '../../core/money.ts'

export const CONDITION_KINDS = ['budget-burn', 'spend-anomaly', 'leak', 'pool-unhealthy'] as const
export type ConditionKind = (typeof CONDITION_KINDS)[number]
export type Severity = 'warning' | 'critical'

/** Something that is wrong now and that somebody should hear of. */
export interface Condition {
  /** The same as long as it is the same trouble: alerts are told apart by it. Printable, at most 300 characters. */
  readonly id: string
  readonly kind: ConditionKind
  /** Whose trouble it is; null = the installation's. */
  readonly tenant: string | null
  readonly severity: Severity
  /** One sentence with the figures. */
  readonly text: string
  /** What to do about it. */
  readonly mend: string
  /** What it costs or has cost, where that is known. */
  readonly nanoUsd: NanoUsd | null
  /** Milliseconds that it must last before anybody is told: 0 for what is measured over a long time anyway. */
  readonly holdMs: number
}
