import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { DEFAULT_RULES } from './rules.ts'
import type { FleetRules } from './rules.ts'
import { simulateFleet } from './simulate.ts'
import { poissonWorkload } from './workload.ts'

/** Billed / useful seconds of requests of 2 s on replicas that take 20 s to start and hold one request each. */
function factor(perHour: number, idleWindowSeconds: number, rules: Partial<FleetRules>, count: number, seed: number): number {
  const { serverless } = simulateFleet({
    workload: poissonWorkload(count, perHour / 3600, seededRandom(seed), () => 2),
    dedicated: null,
    serverless: { gpus: 1, engine: { concurrency: 1 }, idleWindowSeconds, coldStart: () => 20, replicaCap: null, atCap: 'queue', rules: { ...DEFAULT_RULES, ...rules } },
    random: seededRandom(seed + 1),
  })
  return (serverless.coldStart + serverless.busy + serverless.idle) / serverless.useful
}

/** Mean factor over eight runs of `count` requests at 600 an hour and a window of 300 s. */
function leastRecentlyUsed(count: number): number {
  return [1, 2, 3, 4, 5, 6, 7, 8].reduce((sum, seed) => sum + factor(600, 300, { take: 'least-recently-used' }, count, 100 * seed) / 8, 0)
}

describe('what the rules do to the bill', () => {
  it.each([
    [600, 5, 7.8],
    [600, 60, 6.9],
    [600, 300, 9.1],
    [30, 5, 13],
    [30, 60, 31.6],
    [30, 300, 60],
  ])('at %s requests/h and a window of %s s, %s times the useful seconds under the default rules', (perHour, window, expected) => {
    expect(Math.abs(factor(perHour, window, {}, perHour * 200, 1) / expected - 1)).toBeLessThan(0.02)
  })

  it('17 times with least recently used over one day, and more the longer it goes on', () => {
    const day = leastRecentlyUsed(14_400)
    expect(Math.abs(day / 17 - 1)).toBeLessThan(0.06)
    expect(leastRecentlyUsed(144_000)).toBeGreaterThan(day * 1.05)
  })

  it('a starter that waits for its own replica makes the others wait, and more of them start', () => {
    expect(factor(600, 5, { owner: 'starter' }, 100_000, 1) / 8.5).toBeCloseTo(1, 1)
    expect(factor(600, 60, { owner: 'starter' }, 100_000, 1)).toBeGreaterThan(1.05 * factor(600, 60, {}, 100_000, 1))
  })

  it('letting a few requests wait costs less', () => {
    const [always, patient] = [factor(600, 5, {}, 100_000, 1), factor(600, 5, { start: 'when-queue-exceeds', queueLimit: 3 }, 100_000, 1)]
    expect(patient).toBeLessThan(0.7 * always)
  })

  it('without overlap it is the formula: (cold start + service + window) / service', () => {
    expect(factor(1, 5, {}, 2000, 1) / (27 / 2)).toBeCloseTo(1, 1)
  })
})
