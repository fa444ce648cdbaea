import type { Costs, Figures } from '../api/questions.ts'
import type { Series } from './stacked-time.tsx'

/** Apart from every other group, whatever is in its names. */
export const groupKey = (group: readonly (string | null)[]): string => JSON.stringify(group)

const sum = ({ values }: { readonly values: readonly number[] }): number => values.reduce((total, value) => total + value, 0)

/** What `read` takes of each group in each time bucket of the window, the largest group at the bottom and all smaller ones as one. */
export function seriesByGroup({ from, to, rows, other }: Pick<Costs, 'from' | 'to' | 'rows' | 'other'>, bucketMs: number, colorOf: (index: number) => string, read: (row: Figures) => number): { readonly times: number[]; readonly series: Series[] } {
  const first = Math.floor(Date.parse(from) / bucketMs) * bucketMs
  const count = Math.max(0, Math.ceil((Date.parse(to) - first) / bucketMs))
  const groups = new Map<string, { readonly name: string; readonly values: number[] }>()
  const add = (key: string, name: string, row: Figures): void => {
    const value = read(row)
    if (row.at === null || value === 0) return
    const index = Math.round((Date.parse(row.at) - first) / bucketMs)
    if (index < 0 || index >= count) return
    const found = groups.get(key) ?? { name, values: Array.from({ length: count }, () => 0) }
    found.values[index] = (found.values[index] ?? 0) + value
    groups.set(key, found)
  }
  for (const row of rows) add(groupKey(row.group), row.group.map((part) => part ?? 'not said').join(', '), row)
  const sorted = [...groups.values()].sort((a, b) => sum(b) - sum(a))
  groups.clear()
  for (const row of other) add('', 'all others', row)
  return { times: Array.from({ length: count }, (_, index) => first + index * bucketMs), series: [...sorted, ...groups.values()].map(({ name, values }, index) => ({ name, values, color: colorOf(index) })) }
}
