import { SpillwayError } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import { exponential } from '../../core/random.ts'

/** Requests in order of arrival, as parallel columns. */
export interface Workload {
  /** Seconds, not falling. */
  readonly at: Float64Array
  /** Steps of decoding: output tokens, or seconds of service for an engine without `stepSeconds`. */
  readonly steps: Float64Array
  /** Seconds of prefill before the first step; null = none. */
  readonly prefillSeconds: Float64Array | null
}

/** `count` requests at a steady mean rate with exponential gaps; `steps` draws each one's length. */
export function poissonWorkload(count: number, perSecond: number, random: Random, steps: () => number): Workload {
  const workload = { at: new Float64Array(count), steps: new Float64Array(count), prefillSeconds: null }
  let now = 0
  for (let i = 0; i < count; i++) {
    now += exponential(random, 1 / perSecond)
    workload.at[i] = now
    workload.steps[i] = steps()
  }
  return workload
}

/** Throws TRAFFIC_ROW_INVALID naming the first request that is out of order, negative or not finite. */
export function requireWorkload({ at, steps, prefillSeconds }: Workload): void {
  let before = Number.NEGATIVE_INFINITY
  for (let i = 0; i < at.length; i++) {
    const prefill = prefillSeconds === null ? 0 : prefillSeconds[i]!
    const problem = !(at[i]! >= before && at[i]! < 1e12) ? `arrives at ${at[i]} s, after one at ${before} s` : !(steps[i]! >= 0 && steps[i]! < 1e12) ? `has ${steps[i]} steps` : !(prefill >= 0 && prefill < 1e12) ? `has ${prefill} s of prefill` : undefined
    if (problem !== undefined) throw new SpillwayError('TRAFFIC_ROW_INVALID', `request ${i + 1} ${problem}`, 'Sort the requests by time and give finite lengths of 0 or more', { row: i + 1 })
    before = at[i]!
  }
}
