import { describe, expect, it } from 'vitest'
import { keepWarmOverflow } from './fleet/overflow.ts'
import type { OverflowModel } from './market.ts'
import { linearOverflow, transitionUsd } from './market.ts'
import { curvedOverflow, realCurve } from './testing.ts'

const curve = realCurve()

describe('OverflowModel', () => {
  const models: [string, OverflowModel][] = [
    ['bare prices', linearOverflow()],
    ['a throughput ratio', linearOverflow(0.7, 1.5)],
    ['a curved bill', curvedOverflow()],
    ['a simulated pool', keepWarmOverflow(curve)],
    ['a simulated pool of slower replicas', keepWarmOverflow(curve, 1.6)],
  ]

  it.each(models)('%s: billed is 0 at 0, never falls, and billed / useful never rises, as the bounds need', (_, { billed }) => {
    expect(billed(0)).toBe(0)
    const loads = Array.from({ length: 600 }, (__, i) => 0.0005 * 1.02 ** i)
    for (const [i, load] of loads.entries()) {
      const next = loads[i + 1] ?? load
      expect(billed(next)).toBeGreaterThanOrEqual(billed(load) * (1 - 1e-12))
      expect(billed(next) / next).toBeLessThanOrEqual((billed(load) / load) * (1 + 1e-9))
    }
  })

  it.each(models)('%s: the parts sum to what is billed', (_, { billed, split }) => {
    for (const load of [0.001, 0.3, 1, 7.7, 80]) {
      const { busy, coldStart, keepWarm, rounding } = split(load)
      expect((busy + coldStart + keepWarm + rounding) / billed(load)).toBeCloseTo(1, 9)
    }
  })
})

describe('linearOverflow', () => {
  it('bills every useful second k times, in seconds of its own replicas', () => {
    expect(linearOverflow().billed(3)).toBe(3)
    expect(linearOverflow(1.5, 2).billed(3)).toBe(9)
    expect(linearOverflow(1.5, 2).split(3)).toMatchObject({ busy: 4.5, keepWarm: 4.5 })
  })
})

describe('transitionUsd', () => {
  it('bills cold starts on the way up and idle windows on the way down', () => {
    const serverless = { perSecond: 0.01, overflow: { ...linearOverflow(), riseSeconds: 20, fallSeconds: 60 }, replicaCap: null }
    expect(transitionUsd(serverless, 1, 3)).toBeCloseTo(0.4, 12)
    expect(transitionUsd(serverless, 3, 1)).toBeCloseTo(1.2, 12)
    expect(transitionUsd(serverless, 2, 2)).toBe(0)
  })
})
