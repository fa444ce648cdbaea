import type { Costs, Figures } from '../../api/questions.ts'
import type { Series } from '../../charts/stacked-time.tsx'

export type Part = readonly [name: string, color: string, read: (row: Figures) => number]

/** Parts of all calls in each time bucket of a window; parts of which there is nothing are left out. */
export function totalSeries({ from, to, total }: Pick<Costs, 'from' | 'to' | 'total'>, bucketMs: number, parts: readonly Part[]): { readonly times: number[]; readonly series: Series[] } {
  const first = Math.floor(Date.parse(from) / bucketMs) * bucketMs
  const count = Math.max(0, Math.ceil((Date.parse(to) - first) / bucketMs))
  const series = parts.map(([name, color, read]) => {
    const values = Array.from({ length: count }, () => 0)
    for (const row of total) {
      const at = row.at === null ? -1 : Math.round((Date.parse(row.at) - first) / bucketMs)
      if (at >= 0 && at < count) values[at]! += read(row)
    }
    return { name, color, values }
  })
  return { times: Array.from({ length: count }, (_, index) => first + index * bucketMs), series: series.filter(({ values }) => values.some((value) => value > 0)) }
}
