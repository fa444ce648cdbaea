import { SpillwayError } from '../../core/errors.ts'
import type { BillLine } from './bill-line.ts'

export const DAY_MS = 86_400_000
const LONGEST_LINE_DAYS = 1100
/** A line longer than this says nothing about which days the bill covers. */
const COVERING_MS = 31 * DAY_MS + 3_600_000
const MOST_SERVICES = 200
const OTHER_SERVICES = '(other services)'

export interface Cell {
  readonly amount: bigint
  readonly gpuHours: number
  /** Some line did not tell its hours. */
  readonly hoursUnknown: boolean
}

/**
 * What a bucket of money is. `host` stands for the CPU and memory of GPU machines; `unused` is a commitment for GPUs
 * that nobody used.
 */
export type Bucket =
  | { readonly kind: 'gpu'; readonly gpu: string; readonly purchase: BillLine['purchase'] }
  | { readonly kind: 'unused' }
  | { readonly kind: 'accelerator' | 'tax' | 'credit' | 'repeated' }
  | { readonly kind: 'other'; readonly service: string }

export interface Entry {
  /** Days since 1970-01-01, UTC. */
  readonly day: number
  readonly bucket: Bucket
  readonly cell: Cell
}

interface Span {
  readonly startMs: number
  readonly endMs: number
  readonly bucket: Bucket
  amount: bigint
}

/**
 * Sums a bill by day and bucket, exactly, in memory that grows with days x buckets and not with lines. Lines longer
 * than a day are spread evenly over their time. Fees, taxes and credits often run to the end of a month that is not
 * over: they wait until it is known how far the bill reaches.
 */
export class Ledger {
  readonly #days = new Map<number, Map<string, { bucket: Bucket; cell: { amount: bigint; gpuHours: number; hoursUnknown: boolean } }>>()
  readonly #covered = new Set<number>()
  readonly #spans = new Map<string, Span>()
  readonly #services = new Set<string>()
  #currency: string | null = null
  #lines = 0
  firstMs = Infinity
  lastMs = -Infinity

  /** The one currency of all lines with money, or null where there is none. */
  get currency(): string | null {
    return this.#currency
  }

  get lines(): number {
    return this.#lines
  }

  /** Throws BILL_CURRENCY_MIXED and BILL_ROW_INVALID, naming the place; a refused line changes nothing. */
  add(line: BillLine, file: string, row: number): void {
    this.#check(line, file, row)
    this.#lines++
    const bucket = this.#bucketOf(line)
    const span = line.endMs - line.startMs
    if (line.kind === 'usage' && span <= COVERING_MS) this.#cover(line.startMs, line.endMs)
    if (line.kind === 'usage' || span <= DAY_MS) {
      this.#spread(line.startMs, line.endMs, bucket, line.amount, line.gpuHours)
      return
    }
    const key = `${line.startMs} ${line.endMs} ${keyOf(bucket)}`
    const waiting = this.#spans.get(key)
    if (waiting === undefined) this.#spans.set(key, { startMs: line.startMs, endMs: line.endMs, bucket, amount: line.amount })
    else waiting.amount += line.amount
  }

  /** Every day's buckets, in order of days. Call once, after the last line. */
  close(): Entry[] {
    for (const span of this.#spans.values()) {
      const end = span.startMs < this.lastMs ? Math.min(span.endMs, this.lastMs) : span.endMs
      this.#spread(span.startMs, end, span.bucket, span.amount, 0)
    }
    this.#spans.clear()
    const days = [...this.#days.entries()].sort(([a], [b]) => a - b)
    return days.flatMap(([day, buckets]) => [...buckets.values()].map(({ bucket, cell }) => ({ day, bucket, cell })))
  }

  isCovered(day: number): boolean {
    return this.#covered.has(day)
  }

  #check(line: BillLine, file: string, row: number): void {
    const fail = (code: 'BILL_ROW_INVALID' | 'BILL_CURRENCY_MIXED', message: string, mend: string): SpillwayError => new SpillwayError(code, message, mend, { file, row })
    if (line.endMs < line.startMs) throw fail('BILL_ROW_INVALID', 'the charge ends before it starts', 'Correct the dates')
    if (line.endMs - line.startMs > LONGEST_LINE_DAYS * DAY_MS) throw fail('BILL_ROW_INVALID', `the charge lasts more than ${LONGEST_LINE_DAYS} days`, 'Correct the dates')
    // Lines without money often name no currency; they cannot mix anything.
    if (line.amount === 0n) return
    if (!/^[A-Z]{3}$/u.test(line.currency)) throw fail('BILL_ROW_INVALID', `"${line.currency}" is no currency`, 'Write its three letters, such as USD')
    if (this.#currency !== null && line.currency !== this.#currency) throw fail('BILL_CURRENCY_MIXED', `this row is in ${line.currency}, rows before are in ${this.#currency}`, 'Import each currency apart, with its --fx')
    this.#currency = line.currency
  }

  #bucketOf(line: BillLine): Bucket {
    if (line.kind === 'tax' || line.kind === 'credit' || line.kind === 'repeated') return { kind: line.kind }
    switch (line.device.kind) {
      case 'gpu':
        return line.kind === 'unused' ? { kind: 'unused' } : { kind: 'gpu', gpu: line.device.gpu, purchase: line.purchase }
      case 'gpu-host':
        return line.kind === 'unused' ? { kind: 'unused' } : { kind: 'gpu', gpu: 'host', purchase: line.purchase }
      case 'accelerator':
        return { kind: 'accelerator' }
      default:
        return { kind: 'other', service: this.#service(line.kind === 'unused' ? `${line.service} (unused commitment)` : line.service) }
    }
  }

  #service(name: string): string {
    if (this.#services.has(name)) return name
    if (this.#services.size >= MOST_SERVICES) return OTHER_SERVICES
    this.#services.add(name)
    return name
  }

  #cover(startMs: number, endMs: number): void {
    for (let day = Math.floor(startMs / DAY_MS); day * DAY_MS < Math.max(endMs, startMs + 1); day++) this.#covered.add(day)
    this.firstMs = Math.min(this.firstMs, startMs)
    this.lastMs = Math.max(this.lastMs, endMs)
  }

  #spread(startMs: number, endMs: number, bucket: Bucket, amount: bigint, gpuHours: number | null): void {
    const length = BigInt(endMs - startMs)
    let spent = 0n
    for (let day = Math.floor(startMs / DAY_MS); ; day++) {
      const upTo = Math.min(endMs, (day + 1) * DAY_MS)
      const from = Math.max(startMs, day * DAY_MS)
      // Each day gets the difference of running totals, so that the days sum to the amount exactly.
      const total = length === 0n || upTo === endMs ? amount : (amount * BigInt(upTo - startMs)) / length
      this.#put(day, bucket, total - spent, gpuHours === null ? null : length === 0n ? gpuHours : (gpuHours * (upTo - from)) / (endMs - startMs))
      spent = total
      if (upTo >= endMs) return
    }
  }

  #put(day: number, bucket: Bucket, amount: bigint, gpuHours: number | null): void {
    let buckets = this.#days.get(day)
    if (buckets === undefined) this.#days.set(day, (buckets = new Map()))
    const key = keyOf(bucket)
    let entry = buckets.get(key)
    if (entry === undefined) buckets.set(key, (entry = { bucket, cell: { amount: 0n, gpuHours: 0, hoursUnknown: false } }))
    entry.cell.amount += amount
    entry.cell.gpuHours += gpuHours ?? 0
    entry.cell.hoursUnknown ||= gpuHours === null
  }
}

function keyOf(bucket: Bucket): string {
  if (bucket.kind === 'gpu') return `gpu ${bucket.gpu} ${bucket.purchase}`
  return bucket.kind === 'other' ? `other ${bucket.service}` : bucket.kind
}
