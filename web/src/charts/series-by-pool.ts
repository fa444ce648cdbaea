import type { Costs } from '../api/questions.ts'
import { grayOf, KIND_COLORS } from './colors.ts'
import type { Series } from './stacked-time.tsx'

/** What is owned lies at the bottom, what is rented by the token at the top: the order in which the load fills them. */
const ORDER: Readonly<Record<string, number>> = { dedicated: 0, elastic: 1, serverless: 2, tokens: 3 }
const REST = 4

/** Calls of each pool in each time bucket of a window, times without a call included. `kinds`: of the pools that are configured now. */
export function seriesByPool({ from, to, rows, other }: Pick<Costs, 'from' | 'to' | 'rows' | 'other'>, kinds: ReadonlyMap<string, string>, bucketMs: number): { readonly times: number[]; readonly series: Series[] } {
  const first = Math.floor(Date.parse(from) / bucketMs) * bucketMs
  const count = Math.max(0, Math.ceil((Date.parse(to) - first) / bucketMs))
  const times = Array.from({ length: count }, (_, index) => first + index * bucketMs)
  const byPool = new Map<string | null, number[]>()
  const add = (pool: string | null, at: string | null, calls: number): void => {
    if (at === null || calls === 0) return
    const index = Math.round((Date.parse(at) - first) / bucketMs)
    if (index < 0 || index >= count) return
    const values = byPool.get(pool) ?? Array.from({ length: count }, () => 0)
    values[index] = (values[index] ?? 0) + calls
    byPool.set(pool, values)
  }
  for (const { group, at, calls } of rows) add(group[0] ?? null, at, calls)
  for (const { at, calls } of other) add('other pools', at, calls)
  const rank = (pool: string | null): number => ORDER[kinds.get(pool ?? '') ?? ''] ?? REST
  const pools = [...byPool.keys()].sort((a, b) => rank(a) - rank(b) || String(a).localeCompare(String(b)))
  let grays = 0
  return { times, series: pools.map((pool) => ({ name: pool ?? 'reported from elsewhere', color: KIND_COLORS[kinds.get(pool ?? '') ?? ''] ?? grayOf(1 + grays++), values: byPool.get(pool)! })) }
}

/** Without the times that were over before a moment: what was before the first call is no quiet time. */
export function seriesSince(since: number, times: readonly number[], series: readonly Series[], bucketMs: number): Series[] {
  const first = times.findIndex((time) => time + bucketMs > since)
  return series.map(({ name, color, values }) => ({ name, color, values: values.slice(Math.max(0, first)) }))
}
