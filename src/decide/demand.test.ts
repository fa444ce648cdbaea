import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { demandFromReplicaRps, demandRange, growDemand, levelFills, peakOf, sliceDemand, toDemand, wholeReplicas } from './demand.ts'
import { demandOf } from './testing.ts'

const trace = fc.array(fc.oneof(fc.double({ min: 0, max: 12, noNaN: true }), fc.integer({ min: 0, max: 12 })), { minLength: 1, maxLength: 60 })
const bins = (count: number, startMs: number | null = null) => ({ startMs, binSeconds: 3600, requests: new Float64Array(count).fill(7200), tokens: null, possibleGap: new Uint8Array(count) })

describe('toDemand', () => {
  it('cuts the trace into 24-hour blocks from its start; a last one of less than half a day belongs to the day before', () => {
    const demand = toDemand(bins(40), new Float64Array(40), () => 0)
    expect(demand.days).toBe(2)
    expect(demand.day.filter((day) => day === 1)).toHaveLength(16)
    expect(toDemand(bins(49), new Float64Array(49), () => 0).day.filter((day) => day === 1)).toHaveLength(25)
    expect(toDemand(bins(3), new Float64Array(3), () => 0).days).toBe(1)
    expect(Array.from(demand.hourOfDay.subarray(22, 26))).toEqual([22, 23, 0, 1])
  })

  it('asks the calendar for the local hour where the trace has a date', () => {
    const demand = toDemand(bins(2, Date.UTC(2026, 2, 1, 23)), new Float64Array(2), (ms) => new Date(ms).getUTCHours())
    expect(Array.from(demand.hourOfDay)).toEqual([23, 0])
  })

  it('has no days without bins', () => {
    expect(toDemand(bins(0), new Float64Array(0), () => 0).days).toBe(0)
  })
})

describe('demandFromReplicaRps', () => {
  it('divides the rate by what one replica serves', () => {
    expect(Array.from(demandFromReplicaRps(bins(1), 0.5))).toEqual([4])
  })
})

describe('growDemand', () => {
  it('multiplies replicas and requests, and leaves the original as it is', () => {
    const demand = demandOf([1, 2])
    const grown = growDemand(demand, 1.5)
    expect(Array.from(grown.replicas)).toEqual([1.5, 3])
    expect(Array.from(grown.requests)).toEqual([900, 1800])
    expect(growDemand(demand, 1)).toBe(demand)
    expect(Array.from(demand.replicas)).toEqual([1, 2])
  })
})

describe('sliceDemand', () => {
  it('counts its days from its own start', () => {
    const demand = sliceDemand(demandOf(Array.from({ length: 72 }, (_, t) => t), 3600), 24, 60)
    expect(demand.days).toBe(2)
    expect([demand.day[0], demand.day[35], demand.replicas[0]]).toEqual([0, 1, 24])
  })
})

describe('demandRange', () => {
  it('never takes a possible gap for the floor', () => {
    expect(demandRange(demandOf([0, 2, 4], 600, [0]))).toEqual({ floor: 2, mean: 2, peak: 4 })
  })

  it('says 0 where everything may be a gap', () => {
    expect(demandRange(demandOf([0, 0], 600, [0, 1]))).toEqual({ floor: 0, mean: 0, peak: 0 })
  })
})

describe('levelFills', () => {
  it('is the mean of min(1, max(0, d - l)), summed another way', () => {
    fc.assert(
      fc.property(trace, (values) => {
        const fills = levelFills(Float64Array.from(values))
        fills.forEach((fill, index) => {
          expect(fill).toBeCloseTo(values.reduce((sum, d) => sum + Math.min(1, Math.max(0, d - index)), 0) / values.length, 9)
        })
        expect(fills.length).toBe(wholeReplicas(peakOf(Float64Array.from(values))))
        expect(fills.reduce((sum, fill) => sum + fill, 0)).toBeCloseTo(values.reduce((sum, d) => sum + d, 0) / values.length, 6)
      }),
    )
  })
})

describe('wholeReplicas', () => {
  it.each([
    [0, 0],
    [0.2, 1],
    [3, 3],
    [3.0000000001, 3],
    [3.001, 4],
  ])('%s takes %s', (demand, replicas) => {
    expect(wholeReplicas(demand)).toBe(replicas)
  })
})
