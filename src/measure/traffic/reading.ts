import type { QuantileSketch } from '../../core/sketch.ts'
import type { TrafficBins } from '../../core/traffic.ts'
import type { PrefixCacheReport } from './prefix-cache.ts'

/** The kinds of traffic files that Spillway reads; see examples/README.md for the columns of each. */
export const TRAFFIC_FORMATS = ['azure', 'burstgpt', 'mooncake', 'rates', 'jsonl', 'csv'] as const
export type TrafficFormat = (typeof TRAFFIC_FORMATS)[number]

export const TIME_UNITS = ['s', 'ms', 'us', 'ns'] as const
export type TimeUnit = (typeof TIME_UNITS)[number]

/** What a column of a trace means. */
export const COLUMN_ROLES = ['time', 'input', 'output', 'cached', 'gpu_seconds', 'egress_mb'] as const
export type ColumnRole = (typeof COLUMN_ROLES)[number]
/** Which column (or JSON key) has which meaning. */
export type ColumnMap = Readonly<Partial<Record<ColumnRole, string>>>

export interface ReadOptions {
  /** Skips the detection by content. */
  readonly format?: TrafficFormat
  readonly columns?: ColumnMap
  /** Unit of times that are plain numbers; by default told from their size (see time-stamp.ts). */
  readonly timeUnit?: TimeUnit
  /** IANA zone of times that name none; default UTC. */
  readonly timeZone?: string
  /** Width of the bins in seconds: a divisor of a day. By default 60 below 6 hours of trace, 300 below 3 days, else 600. */
  readonly binSeconds?: number
  /** Count bad rows and go on instead of failing at the first. */
  readonly skipBadRows?: boolean
  /** Called about once a megabyte: bytes of the file read, its size where known, rows so far. */
  readonly onProgress?: (bytesRead: number, totalBytes: number | null, rows: number) => void
}

/** A row that was skipped. */
export interface RowIssue {
  readonly row: number
  readonly column: string | null
  readonly reason: string
}

/** A traffic file, read: all that the profile and the planner need of it. */
export interface TrafficReading {
  readonly file: string
  readonly format: TrafficFormat
  /** Rows taken, without the header and the skipped ones. */
  readonly rows: number
  /** How many rows were skipped, and the first 20 of them. */
  readonly skippedRows: { readonly count: number; readonly first: readonly RowIssue[] }
  /** What a reader should know before believing the figures, one sentence each. */
  readonly warnings: readonly string[]
  readonly bins: TrafficBins
  /** Time of the first bin in ms on the trace's own clock: Unix time, or since the start of a relative trace. */
  readonly originMs: number
  /** The zone in which times without one were read. */
  readonly timeZone: string
  /** True where every row is a rate over a bin, not a request. */
  readonly binned: boolean
  /** Token counts over requests; null where the trace has none. */
  readonly tokenHistograms: { readonly input: QuantileSketch; readonly output: QuantileSketch } | null
  /** Times between requests; null where rows are rates or too many rows are out of order. */
  readonly interArrival: { readonly meanSeconds: number; readonly cv: number } | null
  /** How cached tokens were estimated; null where the trace says them itself or says nothing. */
  readonly prefixCache: PrefixCacheReport | null
}
