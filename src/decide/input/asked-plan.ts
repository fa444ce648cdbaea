import type { OpsPreset } from '../operations.ts'
import { DEFAULT_CHOICES, type PlanChoices } from './plan-choices.ts'

/** What the calculator asks besides the traffic: in the browser, and of the server for papers. Null = not said. */
export interface AskedPlan {
  readonly model: string
  readonly gpu: string | null
  readonly inputTokens: number
  /** 0 to 1. */
  readonly cachedShare: number
  readonly outputTokens: number
  /** Seconds. */
  readonly sloTtft: number | null
  readonly residency: string | null
  /** USD an hour, USD a second. */
  readonly dedicated: number | null
  readonly serverless: number | null
  readonly ops: OpsPreset
}

/** The same as choices, as `spillway plan` would have them from its options. */
export function choicesOf({ model, gpu, inputTokens, outputTokens, cachedShare, sloTtft, residency, dedicated, serverless, ops }: AskedPlan): PlanChoices {
  return {
    ...DEFAULT_CHOICES,
    model,
    inputTokens,
    outputTokens,
    ...(cachedShare > 0 ? { cachedShare } : {}),
    ...(gpu === null ? {} : { gpu: [gpu] }),
    ...(sloTtft === null ? {} : { sloTtft }),
    ...(residency === null ? {} : { residency }),
    ...(dedicated === null ? {} : { dedicated }),
    ...(serverless === null ? {} : { serverless }),
    ...(ops === 'none' ? {} : { ops }),
  }
}
