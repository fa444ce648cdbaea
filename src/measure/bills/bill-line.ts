import type { BillFormat } from '../../core/current-cost.ts'

/**
 * One line of any bill in one shape. Every reader turns its rows into these, so that the rules of what counts live in
 * one place (ledger.ts).
 */
export interface BillLine {
  readonly startMs: number
  /** Exclusive; at least `startMs`. */
  readonly endMs: number
  /** Billionths of the billing currency. */
  readonly amount: bigint
  readonly currency: string
  readonly kind: LineKind
  readonly device: Device
  readonly purchase: Purchase
  /** Hours x GPUs of the line; null where the bill does not tell. 0 for lines that carry money only. */
  readonly gpuHours: number | null
  /** The provider's name for what was sold. */
  readonly service: string
}

/**
 * `usage`: consumed, at its effective price. `adjustment`: money that changes the cost of usage (refunds, negotiated
 * discounts, one-time fees) but says nothing about which days the bill covers. `unused`: committed and not used.
 * `tax`, `credit`: shown apart. `repeated`: offsets or repeats other lines, never counted.
 */
export type LineKind = 'usage' | 'adjustment' | 'unused' | 'tax' | 'credit' | 'repeated'

export type Purchase = 'on-demand' | 'committed' | 'spot' | 'serverless'

export type Device =
  /** `count`: GPUs in one unit of the line's quantity (an instance); null where unknown. */
  | { readonly kind: 'gpu'; readonly gpu: string; readonly count: number | null; readonly purchase?: Purchase }
  /** CPU and memory of a GPU machine, billed on lines of their own. */
  | { readonly kind: 'gpu-host'; readonly purchase?: Purchase }
  | { readonly kind: 'accelerator' }
  | { readonly kind: 'other' }

/** Turns rows of one format into lines. Made for one header; errors name file, row and column. */
export interface BillReader {
  readonly format: BillFormat
  /** Which column is the cost and what that means, for the report. */
  readonly basis: string
  /** Header indexes that `read` wants, in its order; -1 for an absent optional column. */
  readonly columns: readonly number[]
  readonly read: (cells: readonly string[], row: number, emit: (line: BillLine) => void) => void
  /** What a person should know after the last row. */
  readonly notes: () => readonly string[]
}

/** Makes a reader for a header. Throws BILL_COLUMN_MISSING. */
export type ReaderFactory = (header: readonly string[], file: string) => BillReader
