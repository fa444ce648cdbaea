import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { meterReplica } from '../core/billing/meter.ts'
import { fromUsd } from '../core/money.ts'
import { seededRandom } from '../core/random.ts'
import type { FleetRules } from './fleet.ts'
import { Fleet, LineFull } from './fleet.ts'
import type { Trace } from './testing.ts'
import { PLAIN, promptOf, runWatching, traced } from './testing.ts'
import { Timeline } from './timeline.ts'

const FOREVER = Number.POSITIVE_INFINITY
const SPEC = { gpus: 2, timing: PLAIN, limits: { kvTokens: 16_000, blockTokens: 16, maxNumSeqs: 64, maxNumBatchedTokens: 8192, prefixCaching: true } }
const RULES: FleetRules = { minReplicas: 0, maxReplicas: 3, concurrency: 2, coldStartSeconds: () => 10, idleWindowSeconds: 30, maxWaiting: null }

function fleetOf(rules: Partial<FleetRules> = {}): { readonly timeline: Timeline; readonly fleet: Fleet; readonly call: (at: number, output?: number) => Trace } {
  const timeline = new Timeline()
  const fleet = new Fleet(timeline, SPEC, { ...RULES, ...rules }, seededRandom(1))
  let kinds = 0
  const call = (at: number, output = 101): Trace => {
    // 100 prompt tokens: 10 ms, then 10 ms a token: 101 tokens take 1.01 s.
    const { request, trace } = traced(timeline, promptOf(100, kinds++), output)
    timeline.at(at, () => fleet.submit(request))
    return trace
  }
  return { timeline, fleet, call }
}

const rounded = (value: number): number => Number(value.toFixed(6))

/** When three replicas that are asked for at once are up. */
function readyAt(seed: number): number[] {
  const fleet = new Fleet(new Timeline(), SPEC, { ...RULES, coldStartSeconds: (uniform) => 5 + 10 * uniform }, seededRandom(seed))
  fleet.setMinimum(3)
  return fleet.replicas.map((replica) => replica.readyAt)
}

describe('a fleet that scales to zero', () => {
  it('starts a replica for the first request, which waits for it, and stops it after the idle window', () => {
    const { timeline, fleet, call } = fleetOf()
    expect(fleet.replicas).toHaveLength(0)
    const trace = call(5)
    timeline.runUntil(14.9)
    expect([fleet.inLine, fleet.replicas.map(({ ready }) => ready)]).toEqual([1, [false]])
    timeline.runUntil(FOREVER)
    expect(trace.endedAt).toBeCloseTo(16.01, 9)
    expect(fleet.replicas).toHaveLength(0)
    expect(fleet.past.lives.map((life) => Object.fromEntries(Object.entries(life).map(([name, value]) => [name, rounded(value)])))).toEqual([{ gpus: 2, startedAt: 5, readyAt: 15, stoppedAt: 46.01, busySeconds: 1.01, egressGb: 0 }])
  })

  it('keeps a replica while work comes within the window, and the window begins anew each time', () => {
    const { timeline, fleet, call } = fleetOf()
    for (const at of [0, 30, 60, 90]) call(at)
    timeline.runUntil(FOREVER)
    expect(fleet.starts).toBe(1)
    expect(fleet.past.lives[0]!.stoppedAt).toBeCloseTo(90 + 1.01 + 30, 9)
  })

  it('pays for a new cold start after the window', () => {
    const { timeline, fleet, call } = fleetOf()
    call(0)
    const late = call(60)
    timeline.runUntil(FOREVER)
    expect([fleet.starts, rounded(late.tokenTimes[0]!)]).toEqual([2, 70.01])
  })

  it('starts no second replica while a slot on one that comes up is left, and one for the request beyond', () => {
    const { timeline, fleet, call } = fleetOf()
    call(0)
    call(1)
    timeline.runUntil(2)
    expect(fleet.starts).toBe(1)
    call(3)
    timeline.runUntil(4)
    expect(fleet.starts).toBe(2)
  })

  it('never has more replicas than it may; the rest wait in line', () => {
    const { timeline, fleet, call } = fleetOf({ maxReplicas: 2 })
    const traces = Array.from({ length: 10 }, () => call(0))
    timeline.runUntil(10)
    expect([fleet.replicas.length, fleet.inLine]).toEqual([2, 6])
    timeline.runUntil(FOREVER)
    expect(traces.map(({ endedAt }) => endedAt)).toEqual(traces.map(({ endedAt }) => endedAt).toSorted((a, b) => a - b))
    expect(traces.every(({ reason }) => reason === 'done')).toBe(true)
  })

  it('gives work to the replica used last, so that the others can go', () => {
    const { timeline, fleet, call } = fleetOf({ concurrency: 1 })
    call(0)
    call(0)
    for (let at = 12; at < 100; at += 3) call(at)
    timeline.runUntil(90)
    expect(fleet.replicas).toHaveLength(1)
    expect(fleet.past.lives).toHaveLength(1)
  })

  it('says no where the line is full', () => {
    const { timeline, fleet, call } = fleetOf({ maxWaiting: 2 })
    call(0)
    call(0)
    timeline.runUntil(1)
    expect(() => fleet.submit(traced(timeline, promptOf(10, 99), 1).request)).toThrow(LineFull)
    timeline.runUntil(12)
    expect(() => fleet.submit(traced(timeline, promptOf(10, 99), 1).request)).not.toThrow()
  })

  it('forgets a request that is aborted in line; the replica comes all the same, as on real platforms', () => {
    const { timeline, fleet } = fleetOf()
    const job = fleet.submit(traced(timeline, promptOf(10, 1), 5).request)
    timeline.runUntil(3)
    fleet.abort(job)
    fleet.abort(job)
    expect(fleet.inLine).toBe(0)
    timeline.runUntil(FOREVER)
    expect(fleet.past.lives).toMatchObject([{ readyAt: 10, stoppedAt: 40, busySeconds: 0 }])
  })

  it('keeps a minimum up when told to, and lets it go when told so', () => {
    const { timeline, fleet, call } = fleetOf()
    fleet.setMinimum(1)
    timeline.runUntil(1000)
    expect(fleet.replicas).toHaveLength(1)
    const warm = call(1000)
    timeline.runUntil(1010)
    expect(warm.tokenTimes[0]).toBeCloseTo(1000.01, 9)
    fleet.setMinimum(0)
    timeline.runUntil(FOREVER)
    expect([fleet.replicas.length, rounded(fleet.past.lives[0]!.stoppedAt)]).toEqual([0, 1031.01])
  })

  it('draws each cold start from the distribution, the same for the same seed', () => {
    expect(readyAt(1)).toEqual(readyAt(1))
    expect(readyAt(1)).not.toEqual(readyAt(2))
    expect(new Set(readyAt(1)).size).toBe(3)
    expect(readyAt(1).every((time) => time >= 5 && time < 15)).toBe(true)
  })

  it('gives lives that the meter takes', () => {
    const { timeline, fleet, call } = fleetOf()
    call(0)
    timeline.runUntil(FOREVER)
    const card = { rule: 'serverless', perGpuSecond: fromUsd(0.001), granularitySeconds: 1, minimumSeconds: 0, idleWindowSeconds: 30, coldStartBilled: true, coldStart: null, replicaCap: null, atCap: null, egressPerGb: null, alwaysOnPerGpuSecond: null } as const
    // 10 s cold, 1.01 s busy, 30 s idle, rounded up: 42 s on two GPUs.
    expect(meterReplica(card, fleet.past.lives[0]!)).toMatchObject({ total: fromUsd(0.084), status: 'complete' })
  })
})

it('whatever comes, no request is lost, no replica is given too much, and time is accounted for', () => {
  const rules = fc.record({ maxReplicas: fc.integer({ min: 1, max: 4 }), concurrency: fc.integer({ min: 1, max: 4 }), idleWindowSeconds: fc.integer({ min: 0, max: 40 }), minReplicas: fc.integer({ min: 0, max: 1 }) })
  const calls = fc.array(fc.record({ at: fc.integer({ min: 0, max: 200 }), output: fc.integer({ min: 1, max: 300 }) }), { maxLength: 40 })
  fc.assert(
    fc.property(rules, calls, (rule, list) => {
      const { timeline, fleet, call } = fleetOf(rule)
      const traces = list.map(({ at, output }) => call(at, output))
      runWatching(timeline, () => {
        expect(fleet.replicas.length).toBeLessThanOrEqual(rule.maxReplicas)
        expect(fleet.replicas.filter(({ inFlight }) => inFlight > rule.concurrency)).toEqual([])
      })
      expect(traces.every(({ reason }) => reason === 'done')).toBe(true)
      expect(fleet.replicas).toHaveLength(rule.minReplicas)
      expect([...fleet.past.lives, ...fleet.replicas.map((replica) => replica.life())].filter(({ readyAt, stoppedAt, busySeconds }) => busySeconds > stoppedAt - Math.min(readyAt, stoppedAt) + 1e-9)).toEqual([])
    }),
  )
})
