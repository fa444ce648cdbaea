import { useId, type ReactNode } from 'react'
import type { Band, Picture } from '../../../../src/decide/report/picture.ts'
import { SERVICES } from '../../../../src/decide/report/services.ts'
import styles from './calculator.module.css'

const WIDTH = 780
const HEIGHT = 300
const TOP = 30
const BOTTOM = 248
const WEEK = { left: 40, width: 420 } as const
const SORTED = { left: 484, width: 180 } as const
/** Text below this row height would overlap. */
const ROOM_FOR_TEXT = 10

interface Slab {
  readonly left: number
  readonly right: number
  readonly low: number
  readonly high: number
}

/**
 * The signature picture on a page: demand over the week, and the same demand sorted, cut into a row a replica and colored by what
 * serves it cheapest. The geometry is the planner's own; colors follow the theme.
 */
export function Signature({ picture }: { readonly picture: Picture }): ReactNode {
  const id = useId()
  const y = (replicas: number): number => BOTTOM - (Math.min(picture.top, Math.max(0, replicas)) / picture.top) * (BOTTOM - TOP)
  const services = [...new Set(picture.bands.map(({ service }) => service))]
  const hatched = `url(#${id}idle)`
  const striped = `url(#${id}stripes)`
  const week = (band: Band, from: 'zero' | 'middle', to: 'middle' | 'high'): string =>
    pathOf(band, y, picture.week.columns.map((column) => ({ left: WEEK.left + column.from * WEEK.width, right: WEEK.left + column.to * WEEK.width, low: from === 'zero' ? 0 : (column[from] ?? 0), high: column[to] ?? 0 })))
  const step = SORTED.width / Math.max(1, picture.duration.columns.length)
  const sorted = (band: Band): string => pathOf(band, y, picture.duration.columns.map((value, index) => ({ left: SORTED.left + index * step, right: SORTED.left + (index + 1) * step, low: 0, high: value })))
  const { breakEven } = picture
  return (
    <svg className={styles.picture} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={picture.alt}>
      <defs>
        <pattern id={`${id}idle`} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="1" height="5" fill="var(--idle)" />
        </pattern>
        <pattern id={`${id}stripes`} width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
          <rect width="1" height="4" fill="var(--surface)" fillOpacity="0.5" />
        </pattern>
      </defs>
      <text x={WEEK.left} y={TOP - 14}>
        Replicas: {picture.week.title}
      </text>
      <text x={SORTED.left} y={TOP - 14}>
        {picture.duration.title}
      </text>
      {picture.ticks.map(({ at, label }) => (
        <text key={at} x={WEEK.left - 6} y={y(at) + 4} textAnchor="end">
          {label}
        </text>
      ))}
      {picture.week.ticks.map(({ at, label }) => (
        <text key={at} x={WEEK.left + at * WEEK.width + 2} y={BOTTOM + 14}>
          {label}
        </text>
      ))}
      {picture.duration.ticks.map(({ at, label }) => (
        <text key={at} x={SORTED.left + at * SORTED.width} y={BOTTOM + 14} textAnchor={at === 0 ? 'start' : at === 1 ? 'end' : 'middle'}>
          {label}
        </text>
      ))}
      {picture.bands.map((band) => {
        const color = `var(--${band.service})`
        const mostly = week(band, 'zero', 'middle')
        const sometimes = week(band, 'middle', 'high')
        const area = sorted(band)
        const height = y(band.from) - y(band.to)
        return (
          <g key={band.from}>
            {band.service === 'dedicated' ? (
              <>
                <rect x={WEEK.left} y={y(band.to)} width={WEEK.width} height={height} fill={hatched} fillOpacity="0.6" />
                <rect x={SORTED.left} y={y(band.to)} width={SORTED.width} height={height} fill={hatched} fillOpacity="0.6" />
              </>
            ) : null}
            <path d={sometimes} fill="var(--surface)" />
            <path d={sometimes} fill={color} fillOpacity="0.4" />
            <path d={mostly} fill={color} />
            <path d={area} fill={color} />
            {band.service === 'serverless' ? <path d={mostly + area} fill={striped} /> : null}
            <path d={`M${WEEK.left} ${y(band.to)}H${SORTED.left + SORTED.width}`} stroke="var(--surface)" strokeWidth="0.6" />
            {height >= ROOM_FOR_TEXT ? (
              <text x={SORTED.left + SORTED.width + 6} y={(y(band.from) + y(band.to)) / 2 + 4}>
                {Math.round(band.meanFill * 100)} % · {band.label}
              </text>
            ) : null}
          </g>
        )
      })}
      <path d={`M${WEEK.left} ${BOTTOM}H${WEEK.left + WEEK.width}M${SORTED.left} ${BOTTOM}H${SORTED.left + SORTED.width}`} stroke="var(--line-strong)" />
      {breakEven === null ? null : (
        <>
          <path d={`M${SORTED.left + breakEven.at * SORTED.width} ${TOP - 4}V${BOTTOM}`} stroke="var(--ink)" strokeDasharray="4 3" />
          <text x={SORTED.left + breakEven.at * SORTED.width + (breakEven.at > 0.5 ? -3 : 3)} y={TOP + 2} textAnchor={breakEven.at > 0.5 ? 'end' : 'start'} style={{ fill: 'var(--ink)' }}>
            {breakEven.label}
          </text>
        </>
      )}
      {services.map((service, index) => (
        <g key={service}>
          <rect x={WEEK.left + index * 110} y={HEIGHT - 16} width="10" height="10" fill={`var(--${service})`} />
          <text x={WEEK.left + index * 110 + 15} y={HEIGHT - 7}>
            {SERVICES[service].label}
          </text>
        </g>
      ))}
      <rect x={WEEK.left + services.length * 110} y={HEIGHT - 16} width="10" height="10" fill={hatched} />
      <text x={WEEK.left + services.length * 110 + 15} y={HEIGHT - 7}>
        paid and idle
      </text>
    </svg>
  )
}

/** The part of columns that lies within a band, as one path of rectangles; equal neighbors are one. */
function pathOf(band: Band, y: (replicas: number) => number, slabs: readonly Slab[]): string {
  const cut = (value: number): number => Math.min(band.to, Math.max(band.from, value))
  const merged: Slab[] = []
  for (const slab of slabs) {
    const next = { ...slab, low: cut(slab.low), high: cut(slab.high) }
    const last = merged.at(-1)
    if (next.high <= next.low) continue
    if (last !== undefined && last.low === next.low && last.high === next.high && Math.abs(last.right - next.left) < 1e-9) merged[merged.length - 1] = { ...last, right: next.right }
    else merged.push(next)
  }
  return merged.map(({ left, right, low, high }) => `M${left.toFixed(1)} ${y(high).toFixed(1)}H${right.toFixed(1)}V${y(low).toFixed(1)}H${left.toFixed(1)}Z`).join('')
}
