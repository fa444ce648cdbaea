import type { ReactNode } from 'react'
import { labelIndexes, type Series } from '../../charts/stacked-time.tsx'
import styles from '../../charts/charts.module.css'
import { niceTicks } from '../../charts/nice-scale.ts'
import { useWidth } from '../../charts/use-width.ts'
import { useFormats } from '../../format/preferences.tsx'

const HEIGHT = 200
const LEFT = 56
const TOP = 8
const BOTTOM = 22

/** The times of a window sorted by their load, the busiest first, each cut into what served it: how high the floor is and how narrow the peak. */
export function LoadDuration({ series, format, bucket }: { readonly series: readonly Series[]; readonly format: (value: number) => string; readonly bucket: string }): ReactNode {
  const formats = useFormats()
  const [ref, width] = useWidth<HTMLDivElement>()
  const count = series[0]?.values.length ?? 0
  const sums = Array.from({ length: count }, (_, index) => series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0))
  const order = sortedByLoad(sums)
  const ticks = niceTicks(Math.max(0, ...sums))
  const y = (value: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / ticks.at(-1)!)
  const step = (width - LEFT) / Math.max(1, count)
  return (
    <figure className={styles.chart} ref={ref}>
      <p className={styles.legend}>The same times, the busiest first</p>
      <svg role="img" aria-label={`Load-duration curve: in ${bucket} steps, the busiest had ${format(sums[order[0] ?? 0] ?? 0)} calls, the median ${format(sums[order[Math.floor(count / 2)] ?? 0] ?? 0)}, the quietest ${format(sums[order.at(-1) ?? 0] ?? 0)}`} width={width} height={HEIGHT}>
        {ticks.map((tick) => (
          <g key={tick} className={styles.tick}>
            <line x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} />
            <text x={LEFT - 6} y={y(tick) + 4} textAnchor="end">
              {format(tick)}
            </text>
          </g>
        ))}
        {series.map(({ name, color, values }, layer) => (
          <path key={name} fill={color} d={order.map((from, to) => { const below = series.slice(0, layer).reduce((sum, one) => sum + (one.values[from] ?? 0), 0); const own = values[from] ?? 0; return own > 0 ? `M${(LEFT + to * step).toFixed(1)} ${y(below).toFixed(1)}h${(step + 0.3).toFixed(1)}V${y(below + own).toFixed(1)}h${(-step - 0.3).toFixed(1)}Z` : '' }).join('')} />
        ))}
        {labelIndexes(5, 5).map((quarter) => (
          <text key={quarter} className={styles.label} x={LEFT + ((width - LEFT) * quarter) / 4} y={HEIGHT - 6} textAnchor={quarter === 4 ? 'end' : quarter === 0 ? 'start' : 'middle'}>
            {formats.percent(quarter / 4)}
            {quarter === 2 ? ' of the time' : ''}
          </text>
        ))}
      </svg>
    </figure>
  )
}

/** Indexes, the largest value first; equal ones in their own order. */
export function sortedByLoad(values: readonly number[]): number[] {
  return values.map((_, index) => index).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b)
}
