import type { PerfMethod, PerfPoint } from './perf-table.ts'
import type { FieldScale } from './residual-field.ts'
import { residualField } from './residual-field.ts'
import type { FitRow } from './robust-fit.ts'
import { robustFit, valueAt } from './robust-fit.ts'
import type { DecodeTerms, PrefillTerms } from './terms.ts'
import { decodeFeatures, decodeTerms, prefillFeatures, prefillTerms } from './terms.ts'
import type { Latency } from './transfer.ts'

/** What was learned of one group: the line, and the line with what its points say of their neighborhood. */
export interface GroupFit {
  readonly decode: DecodeTerms
  readonly prefill: PrefillTerms
  /** Seconds. Without `version`, that of most points. */
  readonly at: (batch: number, input: number, output: number, version?: string) => Latency
}

const TPOT_SPREAD = 0.3
const TTFT_SPREAD = 0.3
const TPOT_FIELD: FieldScale = { batch: 1.6, input: 4, output: 5, version: 0.5, noise: 0.02, outlier: 0.25 }
const TTFT_FIELD: FieldScale = { batch: 1.6, input: 1.5, output: 2, version: 0.5, noise: 0.1, outlier: 0.25 }

/** Where a prior is asked for its opinion, and how much all of it counts, in measurements. */
const PRIOR_BATCHES = [1, 4, 16, 64, 256]
const PRIOR_TOKENS = [
  [1024, 128],
  [1024, 1024],
  [1024, 8192],
  [8192, 1024],
] as const
const PRIOR_WEIGHT = 1

/**
 * Fits the lines of terms.ts to measured points: relative errors, coefficients >= 0, outliers held down, with a few
 * points of `prior` (what other groups say) so that a group of two or three points is not stretched beyond them. The
 * residuals are then interpolated. Isolated points have no stall and tell the prefill of a whole batch.
 */
export function fitGroup(points: readonly PerfPoint[], method: PerfMethod, prior: ((batch: number, input: number, output: number) => Latency) | null = null): GroupFit {
  const isolated = method === 'isolated'
  const decodeRow = (batch: number, input: number, output: number): number[] => (isolated ? decodeFeatures(batch, input, output, 0) : decodeFeatures(batch, input, output))
  const prefillRow = (batch: number, input: number): number[] => (isolated ? [1, batch * input, batch * input * input, 0, 0] : prefillFeatures(batch, input))
  const believed = prior === null || isolated ? [] : PRIOR_TOKENS.flatMap(([input, output]) => PRIOR_BATCHES.map((batch) => ({ batch, input, output, latency: prior(batch, input, output) })))
  const decodeRows: FitRow[] = [
    ...points.map((p) => ({ x: decodeRow(p.batch, p.input, p.output), y: p.tpotMs / 1000, weight: 1 })),
    ...believed.map((p) => ({ x: decodeRow(p.batch, p.input, p.output), y: p.latency.tpot, weight: PRIOR_WEIGHT / believed.length })),
  ]
  const prefillRows: FitRow[] = [
    ...points.map((p) => ({ x: prefillRow(p.batch, p.input), y: p.ttftMs / 1000, weight: 1 })),
    ...believed.map((p) => ({ x: prefillRow(p.batch, p.input), y: p.latency.ttft, weight: PRIOR_WEIGHT / believed.length })),
  ]
  const decode = robustFit(decodeRows, TPOT_SPREAD)
  const prefill = robustFit(prefillRows, TTFT_SPREAD)
  const tpotField = residualField(points, points.map((_, i) => logRatio(decodeRows[i]!, decode)), TPOT_FIELD)
  const ttftField = residualField(points, points.map((_, i) => logRatio(prefillRows[i]!, prefill)), TTFT_FIELD)
  const usual = usualVersion(points)
  return {
    decode: decodeTerms(decode),
    prefill: prefillTerms(prefill),
    at: (batch, input, output, version = usual) => {
      const here = { batch, input, output, version }
      return {
        tpot: Math.max(1e-9, valueAt(decode, decodeRow(batch, input, output))) * Math.exp(tpotField(here)),
        ttft: Math.max(1e-9, valueAt(prefill, prefillRow(batch, input))) * Math.exp(ttftField(here)),
      }
    },
  }
}

function logRatio(row: FitRow, coefficients: readonly number[]): number {
  return Math.log(row.y / Math.max(1e-9, valueAt(coefficients, row.x)))
}

/** The engine version of most points, the later name where two have as many. */
function usualVersion(points: readonly PerfPoint[]): string {
  const counts = new Map<string, number>()
  for (const { version } of points) counts.set(version, (counts.get(version) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? 1 : -1))[0]?.[0] ?? ''
}
