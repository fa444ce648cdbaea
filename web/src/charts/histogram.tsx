import type { ReactNode } from 'react'
import { useFormats } from '../format/preferences.tsx'
import { AsTable } from './as-table.tsx'
import styles from './charts.module.css'
import { useWidth } from './use-width.ts'

const HEIGHT = 120
const BOTTOM = 20
const COLUMNS = 60

/** How often values were seen, on a logarithmic scale: widths grow with the value as the buckets behind them do. */
export function Histogram({ title, bars, marks, format }: { readonly title: string; readonly bars: readonly { readonly value: number; readonly calls: number }[]; readonly marks: readonly (readonly [string, number | null])[]; readonly format: (value: number) => string }): ReactNode {
  const formats = useFormats()
  const [ref, width] = useWidth<HTMLDivElement>()
  const positive = bars.filter(({ value }) => value > 0)
  const least = Math.log(positive[0]?.value ?? 1)
  const span = Math.max(1e-9, Math.log(positive.at(-1)?.value ?? 1) - least)
  const columns = columnsOf(positive, least, span)
  const most = Math.max(1, ...columns)
  const x = (value: number): number => ((Math.log(value) - least) / span) * width
  return (
    <figure className={styles.chart} ref={ref}>
      <svg role="img" aria-label={`${title}: ${marks.map(([name, value]) => `${name} ${value === null ? 'unknown' : format(value)}`).join(', ')}`} width={width} height={HEIGHT}>
        <path fill="var(--gray-4)" d={columns.map((count, index) => (count === 0 ? '' : `M${((index / COLUMNS) * width).toFixed(1)} ${HEIGHT - BOTTOM}v${(-(count / most) * (HEIGHT - BOTTOM - 4)).toFixed(1)}h${(width / COLUMNS - 1).toFixed(1)}V${HEIGHT - BOTTOM}Z`)).join('')} />
        {marks.map(([name, value]) =>
          value === null || value <= 0 ? null : (
            <g key={name}>
              <path d={`M${x(value).toFixed(1)} 0V${HEIGHT - BOTTOM}`} stroke="var(--ink)" />
              <text className={styles.label} x={x(value) > width - 90 ? x(value) - 4 : x(value) + 4} y={12} textAnchor={x(value) > width - 90 ? 'end' : 'start'}>
                {name}
              </text>
            </g>
          ),
        )}
        <text className={styles.label} x={0} y={HEIGHT - 5}>
          {positive[0] === undefined ? '' : format(positive[0].value)}
        </text>
        <text className={styles.label} x={width} y={HEIGHT - 5} textAnchor="end">
          {positive[0] === undefined ? '' : format(positive.at(-1)!.value)}
        </text>
      </svg>
      <p className={styles.legend}>
        {marks.map(([name, value]) => (
          <span key={name}>
            {name} {value === null ? 'unknown' : format(value)}
          </span>
        ))}
      </p>
      <AsTable title={title} head={['about', 'calls']} rows={() => bars.map(({ value, calls }) => [format(value), formats.count(calls)])} />
    </figure>
  )
}

function columnsOf(bars: readonly { readonly value: number; readonly calls: number }[], least: number, span: number): number[] {
  const columns = Array.from({ length: COLUMNS }, () => 0)
  for (const { value, calls } of bars) columns[Math.min(COLUMNS - 1, Math.floor(((Math.log(value) - least) / span) * COLUMNS))]! += calls
  return columns
}
