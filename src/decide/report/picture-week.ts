import type { PictureData } from '../plan-result.ts'
import type { Tick } from './picture.ts'

/** One slice of the week: from `from` to `to` (0 to 1 across the panel), demand in replicas. */
export interface WeekColumn {
  readonly from: number
  readonly to: number
  /** Least, median and most demand among the bins of this slice, possible gaps left out; null where none is left. */
  readonly low: number | null
  readonly middle: number | null
  readonly high: number | null
  /** Whether a bin here may be a gap in the recording. */
  readonly gap: boolean
}

const DAY = 86400
const WEEK = 7 * DAY
/** 1970-01-05, the first Monday of the clock. */
const MONDAY = 4 * DAY
const NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/**
 * The left panel. Traces longer than a week are folded: each slice of the week then shows least, median and most of
 * what was seen in it. A mean week would hide the very peaks that decide what is rented, and the two panels would
 * disagree on their height.
 */
export function weekColumns(data: PictureData, most: number): { columns: WeekColumn[]; ticks: Tick[]; title: string } {
  const bins = data.demand.length
  const seconds = bins * data.binSeconds
  const folds = seconds > WEEK
  const span = folds ? WEEK : seconds
  // Folded with a clock, the week starts on Monday; else at the first bin.
  const start = data.startMs === null ? 0 : data.startMs / 1000 - MONDAY
  const offset = folds && data.startMs !== null ? modulo(start, WEEK) : 0
  const count = Math.max(1, Math.min(most, Math.floor(span / data.binSeconds)))
  const slices: number[][] = Array.from({ length: count }, () => [])
  const gaps = new Set(data.gaps)
  const gapIn = new Uint8Array(count)
  for (const [t, value] of data.demand.entries()) {
    const slice = Math.min(count - 1, Math.floor(((modulo(offset + t * data.binSeconds, folds ? WEEK : Number.POSITIVE_INFINITY) + 1e-6) / span) * count))
    if (gaps.has(t)) gapIn[slice] = 1
    else slices[slice]!.push(value)
  }
  const columns = slices.map((values, slice) => envelope(values, slice / count, (slice + 1) / count, gapIn[slice] === 1))
  return { columns, ticks: dayTicks(data.startMs, folds, span), title: folds ? `demand over the week, ${trim(seconds / WEEK)} weeks folded` : 'demand over time' }
}

function envelope(values: number[], from: number, to: number, gap: boolean): WeekColumn {
  if (values.length === 0) return { from, to, low: null, middle: null, high: null, gap }
  const sorted = values.sort((a, b) => a - b)
  const half = (sorted.length - 1) / 2
  return { from, to, low: sorted[0]!, middle: (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2, high: sorted.at(-1)!, gap }
}

function dayTicks(startMs: number | null, folds: boolean, span: number): Tick[] {
  if (folds) return NAMES.map((name, day) => ({ at: day / 7, label: startMs === null ? `day ${day + 1}` : name }))
  const step = [DAY, 6 * 3600, 3600, 600, 60, 1].find((size) => span / size >= 2) ?? 1
  const first = startMs === null ? 0 : modulo(-(startMs / 1000), step)
  const every = Math.max(1, Math.ceil((span - first) / step / 8))
  const ticks: Tick[] = []
  for (let at = first; at < span - 1e-6; at += step * every) ticks.push({ at: at / span, label: label(startMs, at, step) })
  return ticks
}

function label(startMs: number | null, at: number, step: number): string {
  if (startMs === null) return step === DAY ? `day ${Math.round(at / DAY) + 1}` : step >= 3600 ? `${Math.round(at / 3600)} h` : step >= 60 ? `${Math.round(at / 60)} min` : `${Math.round(at)} s`
  const clock = new Date(startMs + at * 1000).toISOString()
  return step === DAY ? clock.slice(5, 10) : step >= 60 ? clock.slice(11, 16) : clock.slice(11, 19)
}

function modulo(value: number, by: number): number {
  return by === Number.POSITIVE_INFINITY ? value : ((value % by) + by) % by
}

function trim(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 })
}
