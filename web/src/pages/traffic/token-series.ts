import type { Costs } from '../../api/questions.ts'
import type { Series } from '../../charts/stacked-time.tsx'

/** Tokens in each time bucket of a window, in parts that add up to all of them. */
export function tokenSeries({ from, to, total }: Pick<Costs, 'from' | 'to' | 'total'>, bucketMs: number, colorOf: (index: number) => string): { readonly times: number[]; readonly series: Series[] } {
  const first = Math.floor(Date.parse(from) / bucketMs) * bucketMs
  const count = Math.max(0, Math.ceil((Date.parse(to) - first) / bucketMs))
  const parts = [
    ['prompt, not cached', ({ inputTokens, cacheReadTokens }: Costs['total'][number]) => inputTokens - cacheReadTokens],
    ['prompt, read from a cache', ({ cacheReadTokens }: Costs['total'][number]) => cacheReadTokens],
    ['answer', ({ outputTokens, reasoningTokens }: Costs['total'][number]) => outputTokens - reasoningTokens],
    ['reasoning', ({ reasoningTokens }: Costs['total'][number]) => reasoningTokens],
  ] as const
  const series = parts.map(([name, read], index) => {
    const values = Array.from({ length: count }, () => 0)
    for (const row of total) {
      const at = row.at === null ? -1 : Math.round((Date.parse(row.at) - first) / bucketMs)
      if (at >= 0 && at < count) values[at]! += read(row)
    }
    return { name, values, color: colorOf(index) }
  })
  return { times: Array.from({ length: count }, (_, index) => first + index * bucketMs), series: series.filter(({ values }) => values.some((value) => value > 0)) }
}
