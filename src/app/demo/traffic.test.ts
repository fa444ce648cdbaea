import { describe, expect, it } from 'vitest'
import { DEMO_SECONDS, demoTraffic, MOST_SECONDS, traceTime } from './traffic.ts'

const perSecond = (calls: readonly { readonly at: number }[], from: number, until: number): number => calls.filter(({ at }) => at >= from && at < until).length / (until - from)

describe('the traffic of the demo', () => {
  const calls = demoTraffic(DEMO_SECONDS, 1)

  it('comes in order, within the time asked for, with tokens', () => {
    expect(calls.every(({ at, input, output }, index) => at >= (calls[index - 1]?.at ?? 0) && input > 0 && output > 0)).toBe(true)
    expect(calls.at(-1)!.at).toBeLessThan(DEMO_SECONDS)
    expect(demoTraffic(100, 1)).toEqual(calls.filter(({ at }) => at < 100))
  })

  it('follows the rates of the trace: a peak of more than twice what comes after', () => {
    // 20:20 to 20:30 is its busiest bin, the last hours are calm.
    const [after, peak] = [perSecond(calls, 3600, DEMO_SECONDS), perSecond(calls, 1800, 2400)]
    expect(peak / after).toBeGreaterThan(2)
    // The row of examples/servegen-m-small.csv at 1023600 s, and Poisson: within five standard deviations of its rate.
    const rate = 3879.508333 * 0.004
    expect(Math.abs(peak - rate)).toBeLessThan(5 * Math.sqrt(rate / 600))
  })

  it('has the lengths of the Azure conversations, and their mean', () => {
    expect([calls[0], calls[1]]).toMatchObject([{ input: 374, output: 44 }, { input: 396, output: 109 }])
    expect(calls.reduce((sum, { input }) => sum + input, 0) / calls.length).toBeCloseTo(1155, -2)
  })

  it('has so many times the calls with a load', () => {
    const share = demoTraffic(3600, 1, 2).length / demoTraffic(3600, 1).length
    expect(share).toBeGreaterThan(1.9)
    expect(share).toBeLessThan(2.1)
  })

  it('is the same for the same seed alone', () => {
    expect(demoTraffic(600, 1)).toEqual(demoTraffic(600, 1))
    expect(demoTraffic(600, 2)).not.toEqual(demoTraffic(600, 1))
  })

  it('tells the time of the trace, up to the end of its two weeks', () => {
    expect([traceTime(0), traceTime(5 * 3600 + 61)]).toEqual(['day 12, 19:50:00', 'day 13, 00:51:01'])
    expect(traceTime(MOST_SECONDS - 1)).toBe('day 14, 23:59:59')
  })
})
