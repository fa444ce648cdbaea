import type { GapRecord } from './gap-record.ts'

type Reason = 'queue-full' | 'too-large' | 'not-json'

/** Counts records that were not kept until a gap record can say so. */
export class Losses {
  #total = 0
  readonly #open = new Map<Reason, { lost: number; readonly from: number }>()

  get total(): number {
    return this.#total
  }

  get pending(): boolean {
    return this.#open.size > 0
  }

  count(reason: Reason, now: number): void {
    this.#total++
    const open = this.#open.get(reason)
    if (open === undefined) this.#open.set(reason, { lost: 1, from: now })
    else open.lost++
  }

  /** Losses that no gap record can tell of any more. */
  countOutright(records: number): void {
    this.#total += records
  }

  /** The gap records for what was lost since the last call. */
  take(now: number): GapRecord[] {
    const records = [...this.#open].map(([reason, { lost, from }]): GapRecord => ({ kind: 'gap', schemaVersion: 1, reason, lost, from, until: now }))
    this.#open.clear()
    return records
  }
}
