import type { ReactNode } from 'react'
import { useFormats } from '../format/preferences.tsx'
import { AsTable } from './as-table.tsx'
import styles from './charts.module.css'
import { niceTicks } from './nice-scale.ts'
import { labelIndexes } from './stacked-time.tsx'
import { tickTime } from './tick-time.ts'
import { useWidth } from './use-width.ts'

export interface Line {
  readonly name: string
  /** Of its stroke; lines are told apart by it, not by color. */
  readonly dash: string
  readonly values: readonly (number | null)[]
}

const HEIGHT = 180
const LEFT = 60
const TOP = 8
const BOTTOM = 22

/** Lines over time; where a bucket is missing the line is cut. */
export function Lines({ title, times, bucketMs, lines, format }: { readonly title: string; readonly times: readonly number[]; readonly bucketMs: number; readonly lines: readonly Line[]; readonly format: (value: number) => string }): ReactNode {
  const formats = useFormats()
  const [ref, width] = useWidth<HTMLDivElement>()
  const first = times[0] ?? 0
  const span = Math.max(bucketMs, (times.at(-1) ?? first) - first)
  const ticks = niceTicks(Math.max(0, ...lines.flatMap(({ values }) => values.flatMap((value) => value ?? []))))
  const x = (time: number): number => LEFT + ((time - first) / span) * (width - LEFT - 8)
  const y = (value: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / ticks.at(-1)!)
  const path = (values: Line['values']): string => {
    let last: number | null = null
    return values
      .map((value, index) => {
        const time = times[index]!
        if (value === null) return ''
        const joins = last !== null && time - last <= bucketMs * 1.5
        last = time
        // A point by itself is drawn as a short stroke: else it could not be seen.
        return `${joins ? 'L' : 'M'}${x(time).toFixed(1)} ${y(value).toFixed(1)}${joins ? '' : 'h1'}`
      })
      .join('')
  }
  const timeText = tickTime(formats, span, bucketMs)
  return (
    <figure className={styles.chart} ref={ref}>
      <ul className={styles.legend}>
        {lines.map(({ name, dash, values }) => (
          <li key={name}>
            <svg width="26" height="8" aria-hidden="true">
              <path d="M0 4H26" stroke="var(--ink)" strokeWidth="2" strokeDasharray={dash} />
            </svg>{' '}
            {name} <span className={styles.faint}>last {format(values.findLast((value) => value !== null) ?? Number.NaN)}</span>
          </li>
        ))}
      </ul>
      <svg role="img" aria-label={title} width={width} height={HEIGHT}>
        {ticks.map((tick) => (
          <g key={tick} className={styles.tick}>
            <line x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} />
            <text x={LEFT - 6} y={y(tick) + 4} textAnchor="end">
              {format(tick)}
            </text>
          </g>
        ))}
        {labelIndexes(6, Math.max(2, Math.floor(width / 110))).map((part) => (
          <text key={part} className={styles.label} x={x(first + (span * part) / 6)} y={HEIGHT - 6}>
            {timeText(first + (span * part) / 6)}
          </text>
        ))}
        {lines.map(({ name, dash, values }) => (
          <path key={name} d={path(values)} fill="none" stroke="var(--ink)" strokeWidth="1.6" strokeDasharray={dash} />
        ))}
      </svg>
      <AsTable title={title} head={['from', ...lines.map(({ name }) => name)]} rows={() => times.map((time, index) => [formats.dateTime(time), ...lines.map(({ values }) => format(values[index] ?? Number.NaN))])} />
    </figure>
  )
}
