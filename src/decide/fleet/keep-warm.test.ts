import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serverless as card } from '../../core/billing/testing.ts'
import { seededRandom } from '../../core/random.ts'
import { coldStartSampler, meanColdStart } from '../../core/billing/cold-start.ts'
import { summarizeRequests } from './fleet-run.ts'
import { billedReplicas, evaluate, keepWarmCurve } from './keep-warm.ts'
import type { KeepWarmInput, KeepWarmPoint } from './keep-warm-point.ts'
import { keepWarmOverflow } from './overflow.ts'
import { DEFAULT_RULES } from './rules.ts'
import { simulateFleet } from './simulate.ts'
import { poissonWorkload } from './workload.ts'

const SPREAD = { p50: 20, p90: 30, p99: 60 }

function input(over: Partial<KeepWarmInput> = {}): KeepWarmInput {
  return { card: card({ granularitySeconds: 1, coldStart: SPREAD }), requestSeconds: 2, concurrency: 1, rules: DEFAULT_RULES, seed: 1, ...over }
}

const total = (point: KeepWarmPoint): number => point.busy + point.coldStart + point.keepWarm + point.rounding

/** Billed replica-seconds per second by a simulation of many windows. */
function truth({ card: { idleWindowSeconds, coldStart }, requestSeconds, concurrency, stepTime, rules }: KeepWarmInput, load: number): { billed: number; waitedShare: number } {
  const perSecond = (load * concurrency) / requestSeconds
  const count = Math.max(30_000, Math.ceil(100 * perSecond * (idleWindowSeconds! + requestSeconds + 30)))
  const until = count / perSecond
  const run = simulateFleet({
    workload: poissonWorkload(count, perSecond, seededRandom(71), () => requestSeconds),
    dedicated: null,
    serverless: { gpus: 1, engine: { concurrency, ...(stepTime === undefined ? {} : { stepSeconds: (n: number) => stepTime(n) / stepTime(concurrency) }) }, idleWindowSeconds: idleWindowSeconds!, coldStart: coldStartSampler(coldStart!), replicaCap: null, atCap: 'queue', rules },
    random: seededRandom(72),
    measureFrom: until / 10,
    until,
  })
  const { coldStart: starting, busy, idle, useful } = run.serverless
  return { billed: ((starting + busy + idle) / useful) * load, waitedShare: summarizeRequests(run).waitedShare }
}

const SHAPES: readonly (readonly [string, KeepWarmInput])[] = [
  ['short requests, one at a time', input()],
  ['a long window', input({ card: card({ idleWindowSeconds: 300, coldStart: SPREAD }) })],
  ['a window of 5 s', input({ card: card({ idleWindowSeconds: 5, coldStart: SPREAD }) })],
  ['batches that slow down', input({ requestSeconds: 12, concurrency: 16, stepTime: (running) => 20 + running })],
  ['tiny requests, too many to simulate', input({ requestSeconds: 0.01, concurrency: 8 })],
  ['spread over all replicas', input({ rules: { ...DEFAULT_RULES, take: 'least-recently-used' } })],
]

describe.each(SHAPES)('keepWarmCurve: %s', (_, subject) => {
  const curve = keepWarmCurve(subject)

  it('never falls, never rises as a ratio, and never bills less than the work', () => {
    const loads = fc.double({ min: 1e-4, max: 500, noNaN: true })
    fc.assert(
      fc.property(loads, loads, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        const [billedLow, billedHigh] = [billedReplicas(curve, low), billedReplicas(curve, high)]
        expect(billedLow).toBeGreaterThanOrEqual(low)
        expect(billedHigh).toBeGreaterThanOrEqual(billedLow * (1 - 1e-12))
        expect(billedHigh / high).toBeLessThanOrEqual((billedLow / low) * (1 + 1e-9))
      }),
    )
  })

  it('has parts that sum to the whole, none negative, busy at least the work', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 200, noNaN: true }), (load) => {
        const point = evaluate(curve, load)
        expect(total(point)).toBeCloseTo(billedReplicas(curve, load), 8)
        expect(Math.min(point.coldStart, point.keepWarm, point.rounding)).toBeGreaterThanOrEqual(0)
        expect(point.busy).toBeGreaterThanOrEqual(load)
        expect(point.coldStartShare >= 0 && point.coldStartShare <= 1).toBe(true)
        expect(point.wait.p50 <= point.wait.p90 && point.wait.p90 <= point.wait.p99).toBe(true)
        expect(point.peakReplicas).toBeGreaterThanOrEqual(load > 0 ? 1 : 0)
      }),
    )
  })

  it('is nothing at no load', () => {
    expect(billedReplicas(curve, 0)).toBe(0)
    expect(total(evaluate(curve, 0))).toBe(0)
  })
})

describe('keepWarmCurve against long simulations', () => {
  it.each([
    [0, 0.01], [0, 0.3], [0, 2], [0, 8], [0, 30],
    [1, 0.01], [1, 0.3], [1, 2], [1, 8],
    [2, 0.01], [2, 0.3], [2, 8],
    [3, 0.01], [3, 0.1], [3, 4], [3, 16],
  ])('shape %s at a load of %s is within 10 %%', (shape, load) => {
    const subject = SHAPES[shape]![1]
    const { billed, waitedShare } = truth(subject, load)
    const curve = keepWarmCurve(subject)
    expect(Math.abs(billedReplicas(curve, load) / billed - 1)).toBeLessThan(0.1)
    expect(Math.abs(evaluate(curve, load).coldStartShare - waitedShare)).toBeLessThan(0.06)
  })

  it('reproduces the known factor of 600 requests/h at a window of 60 s', () => {
    const curve = keepWarmCurve(input({ card: card({ coldStart: { p50: 20, p90: 20, p99: 20 } }) }))
    expect(Math.abs((billedReplicas(curve, 1 / 3) / (1 / 3)) / 6.9 - 1)).toBeLessThan(0.1)
  })
})

describe('keepWarmCurve', () => {
  it('approaches the isolated request as the load vanishes', () => {
    const curve = keepWarmCurve(input({ card: card({ idleWindowSeconds: 5, coldStart: { p50: 20, p90: 20, p99: 20 } }) }))
    expect(Math.abs(billedReplicas(curve, 1e-5) / 1e-5 / (27 / 2) - 1)).toBeLessThan(0.03)
    expect(evaluate(curve, 1e-5).coldStartShare).toBeGreaterThan(0.97)
  })

  it('bills no cold start where the provider does not, and still makes requests wait', () => {
    const point = evaluate(keepWarmCurve(input({ card: card({ coldStart: SPREAD, coldStartBilled: false }) })), 0.1)
    expect(point.coldStart).toBe(0)
    expect(point.wait.p99).toBeGreaterThan(10)
    expect(total(point)).toBeLessThan(total(evaluate(keepWarmCurve(input()), 0.1)))
  })

  it('bills rounding and minimum', () => {
    const rough = keepWarmCurve(input({ card: card({ granularitySeconds: 60, minimumSeconds: 300, idleWindowSeconds: 5, coldStart: SPREAD }) }))
    expect(evaluate(rough, 0.01).rounding / billedReplicas(rough, 0.01)).toBeGreaterThan(0.5)
    expect(evaluate(keepWarmCurve(input({ card: card({ granularitySeconds: 0, coldStart: SPREAD }) })), 0.01).rounding).toBe(0)
  })

  it('bills poor batching: at low load a replica is busy with few requests', () => {
    const point = evaluate(keepWarmCurve(SHAPES[3]![1]), 0.02)
    expect(point.busy).toBeGreaterThan(4 * 0.02)
  })

  it('replays from its seed, and another seed moves it by little', () => {
    const [a, b, c] = [keepWarmCurve(input()), keepWarmCurve(input()), keepWarmCurve(input({ seed: 2 }))]
    expect(b).toEqual(a)
    for (const load of [0.01, 0.1, 1, 10]) expect(Math.abs(billedReplicas(c, load) / billedReplicas(a, load) - 1)).toBeLessThan(0.15)
  })

  it.each([
    ['idle window', card({ idleWindowSeconds: null }), 'PLAN_PRICE_MISSING'],
    ['cold start', card({ coldStart: null }), 'PLAN_PRICE_MISSING'],
    ['negative window', card({ idleWindowSeconds: -1 }), 'CATALOG_INVALID'],
  ])('refuses a card with an unknown or wrong %s', (_, wrong, code) => {
    expect(() => keepWarmCurve(input({ card: wrong }))).toThrow(expect.objectContaining({ code }))
  })

  it.each([{ requestSeconds: 0 }, { requestSeconds: Number.NaN }, { concurrency: 0 }, { stepTime: () => 0 }])('refuses %o', (wrong) => {
    expect(() => keepWarmCurve(input(wrong))).toThrow(expect.objectContaining({ code: 'NUMBER_INVALID' }))
  })
})

describe('keepWarmOverflow', () => {
  const curve = keepWarmCurve(input())

  it('is the curve at the demand in serverless replicas', () => {
    const model = keepWarmOverflow(curve, 1.5)
    expect(model.billed(2)).toBe(billedReplicas(curve, 3))
    const { busy, coldStart, keepWarm, rounding, coldStartShare } = model.split(2)
    expect(busy + coldStart + keepWarm + rounding).toBeCloseTo(model.billed(2), 9)
    expect(coldStartShare).toBe(evaluate(curve, 3).coldStartShare)
    expect(keepWarmOverflow(curve).billed(3)).toBe(billedReplicas(curve, 3))
  })

  it('carries what a change of the load adds', () => {
    expect(keepWarmOverflow(curve)).toMatchObject({ riseSeconds: meanColdStart(SPREAD), fallSeconds: 60 })
  })
})
