import { useId, useState, type ReactNode } from 'react'
import { useFormats } from '../format/preferences.tsx'
import { AsTable } from './as-table.tsx'
import styles from './charts.module.css'
import { niceTicks } from './nice-scale.ts'
import { tickTime } from './tick-time.ts'
import { useWidth } from './use-width.ts'

export interface Series {
  readonly name: string
  readonly color: string
  /** A value for each time. */
  readonly values: readonly number[]
}

export interface StackedTimeProps {
  /** What it shows, for those who do not see it. */
  readonly title: string
  /** Start of each bucket, Unix ms, evenly spaced. */
  readonly times: readonly number[]
  readonly bucketMs: number
  /** From the bottom up. */
  readonly series: readonly Series[]
  readonly format: (value: number) => string
  readonly height?: number
}

const LEFT = 56
const BOTTOM = 22
const TOP = 8

/** Bars over time, stacked; the figures of the bar under the pointer or the focus are told, and all of them in a table. */
export function StackedTime({ title, times, bucketMs, series, format, height = 200 }: StackedTimeProps): ReactNode {
  const formats = useFormats()
  const [ref, width] = useWidth<HTMLDivElement>()
  const [at, setAt] = useState<number | null>(null)
  const hint = useId()
  const sums = times.map((_, index) => series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0))
  const ticks = niceTicks(Math.max(0, ...sums))
  const most = ticks.at(-1)!
  const plot = Math.max(1, width - LEFT)
  const step = plot / Math.max(1, times.length)
  const y = (value: number): number => TOP + (height - TOP - BOTTOM) * (1 - value / most)
  const long = times.length * bucketMs > 2 * 86_400_000
  const tick = tickTime(formats, times.length * bucketMs, bucketMs)
  const labels = labelIndexes(times.length, Math.max(2, Math.floor(plot / 90)))
  const clamp = (index: number): number => Math.min(times.length - 1, Math.max(0, index))
  return (
    <figure className={styles.chart} ref={ref}>
      <ul className={styles.legend}>
        {series.map(({ name, color, values }, index) => (
          <li key={index}>
            <span className={styles.swatch} style={{ background: color }} />
            {name} <span className={styles.faint}>{format(at === null ? values.reduce((sum, value) => sum + value, 0) : (values[at] ?? 0))}</span>
          </li>
        ))}
        <li className={styles.faint} id={hint} aria-live="polite">
          {at === null ? 'sum of all' : `${long ? formats.dateTime(times[at]) : tick(times[at]!)}: ${format(sums[at] ?? 0)}`}
        </li>
      </ul>
      <svg
        role="img"
        aria-label={title}
        aria-describedby={hint}
        tabIndex={0}
        width={width}
        height={height}
        onPointerMove={(event) => setAt(clamp(Math.floor((event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT) / step)))}
        onPointerLeave={() => setAt(null)}
        onBlur={() => setAt(null)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
          event.preventDefault()
          setAt((last) => clamp((last ?? (event.key === 'ArrowLeft' ? times.length : -1)) + (event.key === 'ArrowLeft' ? -1 : 1)))
        }}
      >
        {ticks.map((value) => (
          <g key={value} className={styles.tick}>
            <line x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 6} y={y(value) + 4} textAnchor="end">
              {format(value)}
            </text>
          </g>
        ))}
        {labels.map((index) => (
          <text key={index} className={styles.label} x={LEFT + index * step} y={height - 6}>
            {tick(times[index]!)}
          </text>
        ))}
        {at === null ? null : <rect className={styles.at} x={LEFT + at * step} y={TOP} width={step} height={height - TOP - BOTTOM} />}
        {series.map(({ color, values }, layer) => (
          <path key={layer} fill={color} d={barsPath(values, (index) => series.slice(0, layer).reduce((sum, below) => sum + (below.values[index] ?? 0), 0), (index) => LEFT + index * step, step, y)} />
        ))}
      </svg>
      <AsTable title={title} head={['from', ...series.map(({ name }) => name)]} rows={() => times.map((time, index) => [formats.dateTime(time), ...series.map(({ values }) => format(values[index] ?? 0))])} />
    </figure>
  )
}

/** All bars of one layer in one path: a week of hours is one element, not 168. */
function barsPath(values: readonly number[], below: (index: number) => number, x: (index: number) => number, step: number, y: (value: number) => number): string {
  const width = Math.max(0.5, step - (step > 4 ? 1 : 0))
  return values.map((value, index) => (value > 0 ? `M${x(index).toFixed(1)} ${y(below(index)).toFixed(1)}h${width.toFixed(1)}V${y(below(index) + value).toFixed(1)}h${(-width).toFixed(1)}Z` : '')).join('')
}

/** Which of `count` get a label when there is room for `room`: the first, and evenly on. */
export function labelIndexes(count: number, room: number): number[] {
  const step = Math.max(1, Math.ceil(count / room))
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step)
}
