/**
 * What GPUs cost a team today, read from its bills (`spillway import`) and compared with every plan. Plain data, so
 * that it can be kept in a file and read by the planner. Amounts are US dollars over the days covered in the window,
 * except `monthlyUsd`, which is for a 730-hour month. Null = unknown, never zero.
 */
export interface CurrentCost {
  readonly kind: 'current-cost'
  readonly schemaVersion: 1
  readonly sources: readonly BillSource[]
  /** The currency of the bills; `fxUsdPerUnit` is what one unit of it costs in USD (null where it is USD). */
  readonly currency: string
  readonly fxUsdPerUnit: number | null
  /** ISO 8601, UTC; the end is exclusive. */
  readonly windowStart: string
  readonly windowEnd: string
  /** Hours of the window that the bills cover: days without any line do not count. */
  readonly coveredHours: number
  /** GPU cost for 730 hours at the rate of the covered hours: usage, hosts of GPUs and unused commitments. */
  readonly monthlyUsd: number
  readonly windowUsd: number
  readonly gpus: readonly GpuCost[]
  readonly purchase: PurchaseSplit
  /** Counted, shown and left out of `monthlyUsd`. */
  readonly apart: ApartCosts
  /** Largest services that are no GPU compute, largest first. */
  readonly notGpuServices: readonly { readonly service: string; readonly usd: number }[]
  readonly daily: readonly DailyCost[]
  readonly utilization: MeasuredUtilization | null
  readonly assumptions: readonly { readonly name: string; readonly value: string | number; readonly unit?: string; readonly source: string; readonly asOf: string }[]
  readonly warnings: readonly string[]
}

export type BillFormat = 'focus' | 'aws-cur' | 'gcp' | 'csv'

export interface BillSource {
  readonly file: string
  readonly format: BillFormat
  readonly rows: number
  readonly skippedRows: number
  /** Which column is the cost, and what that means. */
  readonly basis: string
}

/** Cost of one kind of GPU, by catalog id where the bill tells the kind (`unknown` where not). */
export interface GpuCost {
  readonly gpu: string
  readonly usd: number
  /** Null where the bill does not tell the GPU count of some line. */
  readonly gpuHours: number | null
  readonly usdPerGpuHour: number | null
  /** GPUs running on average over the covered hours. */
  readonly meanGpus: number | null
}

/** How GPU time is bought; the parts sum to `windowUsd`. */
export interface PurchaseSplit {
  readonly onDemandUsd: number
  readonly committedUsd: number
  readonly spotUsd: number
  readonly serverlessUsd: number
  /** Paid for and not used: waste. */
  readonly unusedCommitmentUsd: number
}

export interface ApartCosts {
  readonly notGpuUsd: number
  /** Trainium, Inferentia, TPU, Gaudi: accelerators, but not GPUs. */
  readonly acceleratorsUsd: number
  readonly taxUsd: number
  /** Promotional and other credits, negative: money that hides a cost, so it does not lower `monthlyUsd`. */
  readonly creditsUsd: number
  /** Lines that repeat or offset what other lines say already (amortized fees, savings-plan negations). */
  readonly repeatedUsd: number
}

export interface DailyCost {
  /** YYYY-MM-DD, UTC. */
  readonly day: string
  readonly gpuUsd: number
  readonly gpuHours: number
  /** False where the bills have no line at all for the day. */
  readonly covered: boolean
}

export interface MeasuredUtilization {
  readonly source: string
  /** 0..1. */
  readonly mean: number
  readonly max: number
  readonly samples: number
  /** Null where the file does not name GPUs. */
  readonly gpus: number | null
  readonly firstSample: string
  readonly lastSample: string
  /** Name of the metric as the file gives it, or `unknown`. */
  readonly metric: string
  readonly scale: '0..1' | '0..100'
  /** What the metric measures, and what it does not. */
  readonly meaning: string
}
