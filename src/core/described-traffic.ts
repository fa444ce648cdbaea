import { SpillwayError } from './errors.ts'
import type { TrafficBins } from './traffic.ts'

/** Hours of the week in which there is traffic, Monday first: 168 flags. */
export type WeekPattern = Uint8Array

const DAY_SETS: Readonly<Record<string, readonly number[]>> = {
  daily: [0, 1, 2, 3, 4, 5, 6],
  everyday: [0, 1, 2, 3, 4, 5, 6],
  weekdays: [0, 1, 2, 3, 4],
  weekends: [5, 6],
  mon: [0],
  tue: [1],
  wed: [2],
  thu: [3],
  fri: [4],
  sat: [5],
  sun: [6],
}

/**
 * Reads a pattern in words: hours `10-18` (24-hour clock, the end excluded; `22-6` passes midnight) and days
 * (`weekdays`, `weekends`, `daily`, `mon`..`sun`), several joined by commas: `10-18 weekdays, 12-16 sat`. `24/7` is
 * always. Throws TRAFFIC_PATTERN_INVALID.
 */
export function parsePattern(text: string): WeekPattern {
  const week = new Uint8Array(168)
  for (const part of text.toLowerCase().split(',')) {
    const words = part.trim().split(/\s+/u).filter((word) => word !== '')
    if (words.length === 0) throw invalid(text, 'it is empty')
    let hours: readonly number[] = Array.from({ length: 24 }, (_, hour) => hour)
    let days: readonly number[] = []
    for (const word of words) {
      const range = /^(\d{1,2})(?::00)?-(\d{1,2})(?::00)?$/u.exec(word)
      if (range !== null) hours = hoursOf(Number(range[1]), Number(range[2]), text)
      else if (word === '24/7') days = DAY_SETS['daily']!
      else if (DAY_SETS[word] !== undefined) days = [...days, ...DAY_SETS[word]]
      else throw invalid(text, `"${word}" is neither hours such as 10-18 nor days such as weekdays`)
    }
    for (const day of days.length === 0 ? DAY_SETS['daily']! : days) {
      // Hours past midnight belong to the day after.
      for (const hour of hours) week[(day * 24 + hour) % 168] = 1
    }
  }
  return week
}

function hoursOf(from: number, to: number, text: string): readonly number[] {
  if (from > 24 || to > 24 || from === to) throw invalid(text, `hours ${from}-${to} are not a span within a day`)
  const end = to > from ? to : to + 24
  return Array.from({ length: end - from }, (_, i) => from + i)
}

function invalid(text: string, why: string): SpillwayError {
  return new SpillwayError('TRAFFIC_PATTERN_INVALID', `the pattern "${text}" cannot be read: ${why}`, 'Write for example --pattern "10-18 weekdays", "24/7" or "8-20 weekdays, 10-16 sat"')
}

/**
 * Traffic as described rather than recorded: `requestsPerDay` on each day that has any active hour, spread evenly over
 * that day's active hours. Two weeks in 10-minute bins from a Monday, 0:00. Token counts are the same for every request.
 */
export function describedTraffic(requestsPerDay: number, week: WeekPattern, tokens: { readonly input: number; readonly output: number } | null): TrafficBins {
  const bins = 2016
  const requests = new Float64Array(bins)
  for (let t = 0; t < bins; t++) {
    const hour = Math.floor(t / 6) % 168
    if (week[hour] === 0) continue
    const day = Math.floor(hour / 24) * 24
    const active = week.subarray(day, day + 24).reduce((sum, flag) => sum + flag, 0)
    requests[t] = requestsPerDay / active / 6
  }
  const bare: TrafficBins = { startMs: null, binSeconds: 600, requests, tokens: null, possibleGap: new Uint8Array(bins) }
  return tokens === null ? bare : withTokenShape(bare, tokens)
}

/** Gives every request of a trace without token counts the same number of tokens, none cached. */
export function withTokenShape(bins: TrafficBins, { input, output }: { readonly input: number; readonly output: number }): TrafficBins {
  const each = (factor: number): Float64Array => bins.requests.map((count) => count * factor)
  return {
    ...bins,
    tokens: { input: each(input), cached: each(0), uncachedSquared: each(input * input), output: each(output), outputSquared: each(output * output), inputOutput: each(input * output) },
  }
}

/** The same traffic `factor` times as dense: another team's share of the same shape. */
export function scaleTraffic(bins: TrafficBins, factor: number): TrafficBins {
  const scaled = (values: Float64Array): Float64Array => values.map((value) => value * factor)
  const { tokens } = bins
  return {
    ...bins,
    requests: scaled(bins.requests),
    tokens: tokens && {
      input: scaled(tokens.input),
      cached: scaled(tokens.cached),
      uncachedSquared: scaled(tokens.uncachedSquared),
      output: scaled(tokens.output),
      outputSquared: scaled(tokens.outputSquared),
      inputOutput: scaled(tokens.inputOutput),
    },
  }
}
