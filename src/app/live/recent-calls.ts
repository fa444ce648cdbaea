import type { CallRecord } from '../../core/call.ts'

/** Seconds that are looked back on. */
export const RECENT_SECONDS = 60
/** Tenants that are followed at once: one more takes the place of the one that was quiet longest. */
const MOST_TENANTS = 256
/** First tokens kept of a pool: enough for a 95th percentile that means something. */
const TIMES = 256

export interface Recent {
  readonly seconds: number
  readonly calls: number
  readonly errors: number
  readonly byPool: Readonly<Record<string, number>>
  readonly byReason: Readonly<Record<string, number>>
  /** Of the last calls of each pool, ms. */
  readonly ttft: Readonly<Record<string, { readonly p50: number; readonly p95: number }>>
  /** Calls of each pool in each of the seconds, the oldest first. */
  readonly perSecond: Readonly<Record<string, readonly number[]>>
}

interface Second {
  at: number
  calls: number
  errors: number
  readonly byPool: Map<string, number>
  readonly byReason: Map<string, number>
}

interface Followed {
  readonly seconds: Second[]
  readonly times: Map<string, { readonly values: number[]; next: number }>
}

const NO_POOL = 'none'

/** The calls of the last minute, by tenant: what a live page shows without asking the store. */
export class RecentCalls {
  readonly #tenants = new Map<string, Followed>()

  /** `now`: Unix ms at which the call ended. */
  observe({ tenant, pool, reason, outcome, ttftMs }: Pick<CallRecord, 'tenant' | 'pool' | 'reason' | 'outcome' | 'ttftMs'>, now: number): void {
    const followed = this.#follow(tenant)
    const at = Math.floor(now / 1000)
    const index = at % RECENT_SECONDS
    let second = followed.seconds[index]
    if (second === undefined || second.at !== at) {
      second = { at, calls: 0, errors: 0, byPool: new Map(), byReason: new Map() }
      followed.seconds[index] = second
    }
    second.calls++
    if (outcome !== 'ok' && outcome !== 'client-aborted') second.errors++
    add(second.byPool, pool ?? NO_POOL, 1)
    add(second.byReason, reason, 1)
    if (pool === null || ttftMs === null) return
    let times = followed.times.get(pool)
    if (times === undefined) followed.times.set(pool, (times = { values: [], next: 0 }))
    times.values[times.next++ % TIMES] = ttftMs
  }

  read(tenant: string, now: number): Recent {
    const followed = this.#tenants.get(tenant)
    const last = Math.floor(now / 1000)
    const byPool = new Map<string, number>()
    const byReason = new Map<string, number>()
    const perSecond: Record<string, number[]> = {}
    let calls = 0
    let errors = 0
    for (const second of followed?.seconds ?? []) {
      // A second without a call leaves a hole, and one of a minute ago stands where a newer one will.
      if (second === undefined || second.at > last || second.at <= last - RECENT_SECONDS) continue
      calls += second.calls
      errors += second.errors
      for (const [pool, count] of second.byPool) {
        add(byPool, pool, count)
        const row = (perSecond[pool] ??= Array.from({ length: RECENT_SECONDS }, () => 0))
        row[RECENT_SECONDS - 1 - (last - second.at)] = count
      }
      for (const [reason, count] of second.byReason) add(byReason, reason, count)
    }
    const ttft = Object.fromEntries([...(followed?.times ?? [])].map(([pool, { values }]) => [pool, quantiles(values)]))
    return { seconds: RECENT_SECONDS, calls, errors, byPool: Object.fromEntries(byPool), byReason: Object.fromEntries(byReason), ttft, perSecond }
  }

  #follow(tenant: string): Followed {
    const known = this.#tenants.get(tenant)
    if (known !== undefined) return known
    if (this.#tenants.size >= MOST_TENANTS) {
      const newest = ({ seconds }: Followed): number => seconds.reduce((most, second) => Math.max(most, second?.at ?? 0), 0)
      const [quiet] = [...this.#tenants].reduce((least, entry) => (newest(entry[1]) < newest(least[1]) ? entry : least))
      this.#tenants.delete(quiet)
    }
    const followed: Followed = { seconds: [], times: new Map() }
    this.#tenants.set(tenant, followed)
    return followed
  }
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count)
}

function quantiles(values: readonly number[]): { p50: number; p95: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return { p50: at(0.5), p95: at(0.95) }
}
