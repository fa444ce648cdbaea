import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { profileTraffic, type TrafficProfile } from './profile.ts'
import { readTraffic } from './read-traffic.ts'
import { readText } from './testing.ts'

const HOUR = 3600
const profileOf = async (text: string, timeZone?: string): Promise<TrafficProfile> => profileTraffic(await readText(text, timeZone === undefined ? {} : { timeZone }, 4096))
const rates = (values: readonly number[], step = 600, start = 0): string => `t_s,rate\n${values.map((rate, bin) => `${start + bin * step},${rate}`).join('\n')}\n`

/** The hours of the week with 6 requests/s. */
const hours = ({ shape }: TrafficProfile): number[] => shape.hourOfWeek.flatMap((rate, hour) => (rate === 6 ? [hour] : []))

describe('profileTraffic', () => {
  it('describes the ServeGen trace: the floor is no gap', async () => {
    const profile = profileTraffic(await readTraffic({ file: 'examples/servegen-m-mid.csv' }))
    expect(profile.rate).toEqual({ floor: 522.01, median: expect.closeTo(1971, 0), mean: expect.closeTo(1885, 0), peak: 3444.76, peakToMean: expect.closeTo(1.827, 3) })
    expect([profile.span.days, profile.span.bins, profile.span.start, profile.span.timeZone]).toEqual([14, 2016, null, null])
    expect([profile.gaps.bins, profile.gaps.empty, profile.gaps.ranges.length, profile.gaps.ranges[0]]).toEqual([102, 84, 8, { firstBin: 522, bins: 12, start: null }])
    expect([profile.tokens, profile.burstiness.interArrivalCv]).toEqual([null, null])
  })

  it('a plain "weekdays 10-18" has a floor of zero and no gap', async () => {
    const week = Array.from({ length: 2 * 168 }, (_, hour) => (Math.floor(hour / 24) % 7 < 5 && hour % 24 >= 10 && hour % 24 < 18 ? 5 : 0))
    const profile = await profileOf(rates(week, HOUR))
    expect([profile.rate.floor, profile.rate.peak, profile.rate.mean, profile.gaps.bins]).toEqual([0, 5, expect.closeTo((5 * 40) / 168, 12), 0])
    expect([profile.shape.hourOfDay[9], profile.shape.hourOfDay[10], profile.shape.hourOfWeek[10], profile.shape.hourOfWeek[5 * 24 + 10]]).toEqual([0, expect.closeTo(25 / 7, 12), 5, 0])
  })

  it('puts hours where the zone has them', async () => {
    // Monday 2026-03-02, 23:30 UTC is Tuesday 0:30 in Berlin.
    const text = rates([6, 6, 0, 0], 1800, Date.UTC(2026, 2, 2, 23) / 1000)
    expect([hours(await profileOf(text)), hours(await profileOf(text, 'Europe/Berlin')), hours(await profileOf(text, 'America/New_York'))]).toEqual([[23], [24], [18]])
    expect((await profileOf(text)).shape.hourOfDay).toEqual(Array.from({ length: 24 }, (_, hour) => (hour === 23 ? 6 : hour === 0 ? 0 : null)))
  })

  it('spreads a bin of several hours over them', async () => {
    const profile = await profileOf(rates([1, 3, 1, 3], 43_200))
    expect(profile.shape.hourOfDay).toEqual([...Array.from({ length: 12 }, () => 1), ...Array.from({ length: 12 }, () => 3)])
  })

  it('keeps its order: floor <= median <= peak, the curve falls, shares and means agree', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1000), { minLength: 2, maxLength: 300 }), async (values) => {
        const { rate, loadDuration, requests, gaps, span } = await profileOf(rates(values))
        expect(loadDuration.map((point) => point.rate)).toEqual(loadDuration.map((point) => point.rate).toSorted((a, b) => b - a))
        expect([loadDuration[0]?.rate, loadDuration[100]?.rate, loadDuration[50]?.rate]).toEqual([rate.peak, rate.floor, rate.median])
        expect(requests).toBeCloseTo(values.reduce((sum, value) => sum + value * 600, 0), 6)
        expect(span.bins).toBe(values.length)
        expect(gaps.ranges.reduce((sum, range) => sum + range.bins, 0)).toBeLessThanOrEqual(gaps.bins)
      }),
      { numRuns: 60 },
    )
  })

  it('never takes the first or last bin of requests as the floor: they are covered in part', async () => {
    const times = [...Array.from({ length: 301 }, (_, index) => 59 + index), 360]
    const profile = await profileOf(`t,input,output\n${times.map((t) => `${t},10,1`).join('\n')}\n`)
    expect([profile.rate.floor, profile.span.bins]).toEqual([1, 7])
    expect(profile.loadDuration[100]?.rate).toBeCloseTo(1 / 60, 12)
  })

  it('summarizes tokens, cached share and work', async () => {
    const rows = Array.from({ length: 1000 }, (_, index) => JSON.stringify({ t: index, input: index + 1, output: 5, cached: index % 2 === 0 ? index + 1 : 0, gpu_seconds: 0.5, egress_mb: 2 }))
    const profile = await profileOf(`${rows.join('\n')}\n`)
    expect(profile.tokens?.input).toEqual({ total: 500_500, mean: 500.5, p50: expect.closeTo(500, -1), p90: expect.closeTo(900, -1.3), p99: expect.closeTo(990, -1.3), max: 1000 })
    expect(profile.tokens?.output).toMatchObject({ mean: 5, p50: 5, p99: 5, max: 5 })
    expect([profile.tokens?.cachedShare, profile.tokens?.cachedEstimated, profile.work]).toEqual([250_000 / 500_500, false, { gpuSecondsPerRequest: 0.5, egressMbPerRequest: 2 }])
  })

  it('says what is Poisson and what is not', async () => {
    const clock = await profileOf(`t,input,output\n${Array.from({ length: 600 }, (_, t) => `${t},1,1`).join('\n')}\n`)
    expect([clock.burstiness.interArrivalCv, clock.burstiness.indexOfDispersion]).toEqual([0, 0])
    const bursts = await profileOf(`t,input,output\n${Array.from({ length: 6000 }, (_, index) => `${Math.floor(index / 100) * 100},1,1`).join('\n')}\n`)
    expect(bursts.burstiness.interArrivalCv).toBeGreaterThan(5)
    expect([bursts.burstiness.indexOfDispersion, bursts.gaps.bins]).toEqual([expect.closeTo(40, -0.7), 0])
  })

  it('is plain data', async () => {
    const profile = await profileOf(rates([1, 2, 3]))
    expect(JSON.parse(JSON.stringify(profile))).toEqual(profile)
  })
})
