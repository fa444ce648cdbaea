import type { Costs } from '../../api/questions.ts'
import type { Series } from '../../charts/stacked-time.tsx'

/** Apart from every other group, whatever is in its names. */
export const groupKey = (group: readonly (string | null)[]): string => JSON.stringify(group)

/** By how much `now` is more than `then`, as a share of `then`; null = there was nothing to compare with. */
export const changeOf = (now: number, then: number): number | null => (then > 0 ? now / then - 1 : null)

const sum = ({ values }: { readonly values: readonly number[] }): number => values.reduce((total, value) => total + value, 0)

/** The cost of each group in each time bucket of the window, the largest group at the bottom and all smaller ones as one. */
export function seriesByGroup({ from, to, rows, other }: Pick<Costs, 'from' | 'to' | 'rows' | 'other'>, bucketMs: number, colorOf: (index: number) => string): { readonly times: number[]; readonly series: Series[] } {
  const first = Math.floor(Date.parse(from) / bucketMs) * bucketMs
  const count = Math.max(0, Math.ceil((Date.parse(to) - first) / bucketMs))
  const groups = new Map<string, { readonly name: string; readonly values: number[] }>()
  const add = (key: string, name: string, at: string | null, usd: number): void => {
    if (at === null || usd === 0) return
    const index = Math.round((Date.parse(at) - first) / bucketMs)
    if (index < 0 || index >= count) return
    const found = groups.get(key) ?? { name, values: Array.from({ length: count }, () => 0) }
    found.values[index] = (found.values[index] ?? 0) + usd
    groups.set(key, found)
  }
  for (const { group, at, costUsd } of rows) add(groupKey(group), group.map((part) => part ?? 'not said').join(', '), at, Number(costUsd))
  const sorted = [...groups.values()].sort((a, b) => sum(b) - sum(a))
  groups.clear()
  for (const { at, costUsd } of other) add('', 'all others', at, Number(costUsd))
  return { times: Array.from({ length: count }, (_, index) => first + index * bucketMs), series: [...sorted, ...groups.values()].map(({ name, values }, index) => ({ name, values, color: colorOf(index) })) }
}
