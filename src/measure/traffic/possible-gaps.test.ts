import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describedTraffic, parsePattern } from '../../core/described-traffic.ts'
import { possibleGaps } from './possible-gaps.ts'
import { readTraffic } from './read-traffic.ts'

const TEN_MINUTES = 600
const DAY = 144
const marked = (gaps: Uint8Array): number[] => [...gaps].flatMap((flag, bin) => (flag === 1 ? [bin] : []))
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)

/** Two weeks with `pattern`, and the bins of `hole` emptied. */
function withHole(pattern: string, hole: readonly number[], days = 14): Uint8Array {
  const { requests } = describedTraffic(50_000, parsePattern(pattern), null)
  const cut = requests.slice(0, days * DAY)
  for (const bin of hole) cut[bin] = 0
  return possibleGaps(cut, TEN_MINUTES)
}

/** Six hours of steady traffic with a hole: the bins marked. */
function hours(hole: readonly number[]): number[] {
  const requests = new Float64Array(36).fill(100)
  for (const bin of hole) requests[bin] = 0
  return marked(possibleGaps(requests, TEN_MINUTES))
}

describe('possible gaps in real traces', () => {
  it('ServeGen m-mid: all 84 empty bins, and the 18 bins recorded in part beside them', async () => {
    const { bins } = await readTraffic({ file: 'examples/servegen-m-mid.csv' })
    const gaps = marked(bins.possibleGap)
    expect([gaps.length, gaps.filter((bin) => bins.requests[bin] === 0).length]).toEqual([102, 84])
    expect(Math.min(...[...bins.requests].filter((_, bin) => bins.possibleGap[bin] === 0))).toBeGreaterThan(0.2 * 600 * 1790)
  })

  it('ServeGen m-small: its 37 empty bins', async () => {
    const { bins } = await readTraffic({ file: 'examples/servegen-m-small.csv' })
    expect(marked(bins.possibleGap)).toEqual([...bins.requests].flatMap((count, bin) => (count === 0 ? [bin] : [])))
    expect(marked(bins.possibleGap)).toHaveLength(37)
  })
})

describe('possible gaps', () => {
  it.each(['10-18 weekdays', '24/7', '8-20 daily', '9-12 weekdays, 13-18 weekdays', '22-6 daily', '10-18 mon'])('a regular "%s" has none, for 2 weeks, 1 week and 3 days', (pattern) => {
    expect([14, 7, 3].map((days) => marked(withHole(pattern, [], days)).length)).toEqual([0, 0, 0])
  })

  it.each([
    ['an hour at noon', range(3 * DAY + 72, 3 * DAY + 78)],
    ['a whole working day', range(3 * DAY + 60, 3 * DAY + 108)],
    ['a single bin', [8 * DAY + 90]],
    ['the start of a day', range(DAY + 60, DAY + 66)],
  ])('"10-18 weekdays" with a hole of %s: exactly that', (_, hole) => {
    expect(marked(withHole('10-18 weekdays', hole))).toEqual(hole)
  })

  it('a hole of days in steady traffic is found, up to half a week of one', () => {
    const hole = range(4 * DAY, 7 * DAY)
    expect(marked(withHole('24/7', hole))).toEqual(hole)
    expect(marked(withHole('24/7', range(3 * DAY, 4 * DAY), 7))).toEqual(range(3 * DAY, 4 * DAY))
  })

  it('a short hole in a trace of a few hours is seen from its neighbors; a long one cannot be told from a pause', () => {
    expect(hours(range(12, 18))).toEqual(range(12, 18))
    expect(hours(range(10, 25))).toEqual([])
  })

  it('bins recorded in part are marked with the empty bin beside them, alone they are not', () => {
    const requests = new Float64Array(36).fill(1000)
    requests[12] = 0
    requests[13] = 14
    requests[20] = 14
    expect(marked(possibleGaps(requests, TEN_MINUTES))).toEqual([12, 13])
  })

  it('an empty bin is chance where few requests are expected', () => {
    const requests = Float64Array.from({ length: 2016 }, (_, bin) => (bin % 7 === 0 ? 0 : 3))
    expect(marked(possibleGaps(requests, TEN_MINUTES))).toEqual([])
  })

  it('traffic in bursts has empty bins between them, not gaps', () => {
    const requests = Float64Array.from({ length: 2016 }, (_, bin) => (bin % 5 < 2 ? 0 : 1000))
    expect(marked(possibleGaps(requests, TEN_MINUTES))).toEqual([])
  })

  it('bins without a row are always marked', () => {
    expect(marked(possibleGaps(new Float64Array([1, 0, 1]), TEN_MINUTES, new Uint8Array([0, 1, 0])))).toEqual([1])
  })

  it('never marks a bin with more than 2 % of the mean, whatever the trace', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), fc.nat(5000)), { minLength: 2, maxLength: 400 }), (counts) => {
        const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
        for (const bin of marked(possibleGaps(Float64Array.from(counts), 3600))) expect(counts[bin]).toBeLessThanOrEqual(0.02 * mean)
      }),
    )
  })
})
