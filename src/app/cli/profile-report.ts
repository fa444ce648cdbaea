import type { TokenSummary, TrafficProfile } from '../../measure/traffic/profile.ts'
import { areaChart, sparkline } from './block-charts.ts'

const CURVE_COLUMNS = 48
const DAY_NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const FORMAT_NAMES = { azure: 'Azure LLM CSV', burstgpt: 'BurstGPT CSV', mooncake: 'Mooncake JSON lines', rates: 'rates in bins', jsonl: 'Spillway JSON lines', csv: 'CSV' } as const
const WIDTH = 100

/** The profile as one screen of text, at most 100 columns wide. */
export function profileReport(profile: TrafficProfile): string {
  const { span, rate, burstiness, gaps, skippedRows } = profile
  const clock = span.start === null ? 'hours count from the start of the trace' : `${short(span.start)} to ${short(span.end ?? span.start)} UTC`
  const lines = [
    `Traffic   ${fit(profile.file, WIDTH - 10)}`,
    `          ${FORMAT_NAMES[profile.format]}, ${count(profile.rows)} rows, ${count(Math.round(profile.requests))} requests`,
    `Span      ${length(span.days)} in ${count(span.bins)} bins of ${width(span.binSeconds)}, ${clock}`,
    `Rate      floor ${figure(rate.floor)}   median ${figure(rate.median)}   mean ${figure(rate.mean)}   peak ${figure(rate.peak)} requests/s   peak/mean ${figure(rate.peakToMean)}`,
    `Bursts    between requests CV ${burstiness.interArrivalCv === null ? 'unknown' : figure(burstiness.interArrivalCv)} (Poisson 1); variance/mean per bin ${burstiness.indexOfDispersion === null ? 'unknown' : figure(burstiness.indexOfDispersion)}`,
    ...tokenLines(profile),
    ...wrap(`Gaps      ${gaps.bins === 0 ? 'none seen' : `${count(gaps.bins)} bins (${figure(gaps.share * 100)} %) may be gaps in the recording, ${count(gaps.empty)} of them empty; not in floor and mean`}`, 10),
    ...(skippedRows.count === 0 ? [] : [`Skipped   ${count(skippedRows.count)} bad rows; first: ${fit(skippedRows.first.map(({ row, reason }) => `row ${row}: ${reason}`)[0] ?? '', 70)}`]),
    '',
    ...pictures(profile),
    '',
    ...profile.warnings.flatMap((warning) => wrap(`Note: ${warning}`)),
    ...(span.days < 14 ? wrap(`Note: ${length(span.days)} is under two weeks, so a plan on it will stay inconclusive: record longer.`) : []),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

function tokenLines({ tokens, work }: TrafficProfile): string[] {
  const of = (name: string, { mean, p50, p90, p99, max }: TokenSummary): string => `${name} mean ${figure(mean)}   p50 ${count(p50)}   p90 ${count(p90)}   p99 ${count(p99)}   max ${count(max)}`
  const lines = tokens === null ? ['Tokens    none in this trace'] : [`Tokens    ${of('input ', tokens.input)}`, `          ${of('output', tokens.output)}`]
  if (tokens !== null && tokens.cachedShare > 0) lines.push(`          ${figure(tokens.cachedShare * 100)} % of the input tokens cached${tokens.cachedEstimated ? ' (estimate: one infinite cache)' : ''}`)
  if (work !== null) {
    const parts = [work.gpuSecondsPerRequest === null ? null : `${figure(work.gpuSecondsPerRequest)} GPU-seconds`, work.egressMbPerRequest === null ? null : `${figure(work.egressMbPerRequest)} MB sent`]
    lines.push(`Work      ${parts.filter((part) => part !== null).join(', ')} per request`)
  }
  return lines
}

/** Hour of the week on the left, the same bins sorted on the right. */
function pictures({ span, shape, loadDuration, rate }: TrafficProfile): string[] {
  const highest = Math.max(...shape.hourOfWeek.map((value) => value ?? 0))
  const strip = Array.from({ length: 7 }, (_, day) => `${span.timeZone === null ? `d ${day + 1}` : DAY_NAMES[day]!}  ${sparkline(shape.hourOfWeek.slice(day * 24, day * 24 + 24), highest)}`)
  const columns = Array.from({ length: CURVE_COLUMNS }, (_, column) => loadDuration[Math.round(((column + 0.5) / CURVE_COLUMNS) * 100)]?.rate ?? 0)
  const curve = areaChart(columns, rate.peak, 7)
  const scale = [figure(rate.peak), '', '', figure(rate.peak / 2), '', '', '0'].map((label) => label.padStart(10))
  return [
    `${fit(span.timeZone === null ? 'Hours from the start, by week' : `Hour of the week, ${span.timeZone}`, 31).padEnd(33)}  Load-duration: requests/s, the bins sorted`,
    ...strip.map((days, line) => `${days}    ${scale[line]!} ${curve[line]!}`.trimEnd()),
    `     0     6     12    18${' '.repeat(19)}0 %         25          50          75     100 %`,
  ]
}

/** Three significant digits, or a whole number with separators from 1,000 on. */
function figure(value: number): string {
  if (Math.abs(value) >= 1000) return count(Math.round(value))
  return value === 0 ? '0' : Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 })
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function width(seconds: number): string {
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`
}

/** A span of days in the unit that reads best. */
function length(days: number): string {
  if (days >= 2) return `${figure(days)} days`
  return days * 24 >= 2 ? `${figure(days * 24)} hours` : `${figure(days * 1440)} minutes`
}

function short(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ')
}

function fit(text: string, columns: number): string {
  const safe = text.replace(/[\u0000-\u001F\u007F-\u009F]/gu, '?')
  return safe.length > columns ? `...${safe.slice(safe.length - columns + 3)}` : safe
}

/** Lines of at most 100 columns, from the second on indented. */
function wrap(text: string, indent = 6): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(lines.length === 0 ? word : `${' '.repeat(indent)}${word}`)
  }
  return lines
}
