import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PictureData } from '../plan-result.ts'
import { FINE, layoutPicture } from './picture.ts'
import { anyResult, exampleResult, exampleScenario } from './testing.ts'

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** A picture of this demand, everything dedicated. */
function drawn(data: Partial<PictureData>) {
  return layoutPicture(exampleResult({ picture: { startMs: null, binSeconds: 3600, demand: [1], gaps: [], levels: [{ level: 1, meanFill: 1, choice: 'dedicated' }], breakEven: 0.6, ...data } }))
}

function hours(count: number, demand: (hour: number) => number): number[] {
  return Array.from({ length: count }, (_, hour) => demand(hour))
}

describe('the layout of the signature picture', () => {
  it('cuts demand into one band a replica, named by what serves it', () => {
    const { bands, top } = layoutPicture(exampleResult())
    expect(top).toBe(8)
    expect(bands.map(({ label, service }) => `${label} ${service}`)).toEqual(['1 dedicated', '2 dedicated', '3 dedicated', '4 elastic', '5 elastic', '6 serverless', '7 serverless', '8 serverless'])
  })

  it('groups many replicas, and never across the border between two services', () => {
    const levels = Array.from({ length: 60 }, (_, index) => ({ level: index + 1, meanFill: 1 - index / 60, choice: index < 13 ? ('dedicated' as const) : ('serverless' as const) }))
    const { bands } = drawn({ levels, demand: [60] })
    expect(bands.length).toBeLessThanOrEqual(FINE.mostBands + 1)
    expect(bands.map(({ label }) => label).slice(0, 5)).toEqual(['1-5', '6-10', '11-13', '14-15', '16-20'])
    expect(bands[0]!.meanFill).toBeCloseTo(mean(levels.slice(0, 5).map(({ meanFill }) => meanFill)), 12)
  })

  it('shows a plan on a token API as such', () => {
    const { bands } = layoutPicture(exampleResult({ scenarios: [exampleScenario('tokens-api', 1, { family: 'tokens' })], recommended: 'tokens-api' }))
    expect(new Set(bands.map(({ service }) => service))).toEqual(new Set(['tokens']))
  })

  it('draws no break-even line where nothing can be worth owning, or nothing can be compared', () => {
    expect([drawn({ breakEven: 1.4 }).breakEven, drawn({ breakEven: 0 }).breakEven]).toEqual([null, null])
    expect(drawn({ breakEven: 0.508 }).breakEven).toEqual({ at: 0.508, label: 'break-even 51 %' })
  })

  it('tells in words what it shows', () => {
    expect(layoutPicture(exampleResult()).alt).toBe('Demand over the week and the same demand sorted, up to 8 replicas: 3 on dedicated replicas, 2 rented by the hour, 3 on serverless. Break-even: a replica filled 60 % of the time.')
  })

  it('keeps areas: the mean of the sorted columns is the mean demand, whatever the number of bins', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 900 }), (demand) => {
        const { duration } = drawn({ demand })
        expect(mean(duration.columns)).toBeCloseTo(mean(demand), 6)
        expect([...duration.columns].sort((a, b) => b - a)).toEqual(duration.columns)
      }),
      { numRuns: 50 },
    )
  })

  it('puts the curve right of the break-even line in a band, on average, exactly where its mean fill is above break-even', () => {
    const { bands, duration } = layoutPicture(exampleResult(), { ...FINE, durationColumns: 336 })
    const edges = bands.map(({ from, to }) => mean(duration.columns.map((value) => Math.min(to, Math.max(from, value)) - from)))
    for (const [index, { meanFill }] of bands.entries()) expect(edges[index]).toBeCloseTo(meanFill, 12)
  })

  it('holds together for anything: bands without holes, columns that cover the panel, low <= median <= high', () => {
    fc.assert(
      fc.property(anyResult(), (result) => {
        const { bands, week, top } = layoutPicture(result)
        expect(bands.map(({ from }) => from)).toEqual([0, ...bands.map(({ to }) => to)].slice(0, bands.length))
        expect(bands.at(-1)?.to ?? 0).toBe(result.picture.levels.length)
        expect(top).toBeGreaterThanOrEqual(Math.max(1, ...result.picture.demand.map((value) => Math.ceil(value - 1e-9))))
        expect([week.columns[0]!.from, week.columns.at(-1)!.to]).toEqual([0, 1])
        for (const { low, middle, high } of week.columns) expect([low ?? 0, middle ?? 0, high ?? 0]).toEqual([low ?? 0, middle ?? 0, high ?? 0].sort((a, b) => a - b))
      }),
      { numRuns: 100 },
    )
  })
})

describe('the week', () => {
  it('folds two weeks with a clock onto Monday to Sunday', () => {
    // The trace starts on a Wednesday; the one busy hour is on each Friday, 12:00.
    const startMs = Date.UTC(2026, 10, 4)
    const { week } = drawn({ startMs, demand: hours(336, (hour) => (hour % 168 === 60 ? 5 : 1)) })
    expect(week.ticks.map(({ label }) => label)).toEqual(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'])
    expect(week.columns.findIndex(({ high }) => high === 5)).toBe(4 * 24 + 12)
    expect(week.title).toBe('demand over the week, 2 weeks folded')
  })

  it('shows how weeks differ: the median, and up to the most', () => {
    const { week } = drawn({ demand: hours(504, (hour) => [1, 2, 9][Math.floor(hour / 168)]!) })
    expect(week.columns[0]).toMatchObject({ low: 1, middle: 2, high: 9 })
  })

  it('shows a short trace as it is, with its dates', () => {
    const { week } = drawn({ startMs: Date.UTC(2026, 10, 4, 12), demand: hours(60, (hour) => hour) })
    expect(week.title).toBe('demand over time')
    expect(week.columns.map(({ middle }) => middle)).toEqual(hours(60, (hour) => hour))
    expect(week.ticks).toEqual([{ at: 0.2, label: '11-05' }, { at: 0.6, label: '11-06' }])
  })

  it('leaves possible gaps out of the floor and marks them', () => {
    const { week } = drawn({ demand: hours(336, (hour) => (hour === 5 ? 0 : 2)), gaps: [5] })
    expect(week.columns[5]).toMatchObject({ low: 2, middle: 2, high: 2, gap: true })
    expect(week.columns.filter(({ gap }) => gap)).toHaveLength(1)
  })

  it('has no figure where nothing but a gap was seen', () => {
    expect(drawn({ demand: [1, 0, 1], gaps: [1] }).week.columns[1]).toMatchObject({ low: null, middle: null, high: null, gap: true })
  })

  it.each([
    [60, 30, ['0 min', '10 min', '20 min']],
    [3600, 60, ['day 1', 'day 2', 'day 3']],
    [3600, 30, ['0 h', '6 h', '12 h', '18 h', '24 h']],
    [1, 90, ['0 s', '12 s', '24 s', '36 s', '48 s', '60 s', '72 s', '84 s']],
  ])('counts from the start where there is no clock: %d s x %d', (binSeconds, count, labels) => {
    expect(drawn({ binSeconds, demand: hours(count, () => 1) }).week.ticks.map(({ label }) => label)).toEqual(labels)
  })
})
