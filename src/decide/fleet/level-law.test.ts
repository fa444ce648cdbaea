import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { levelLaw } from './level-law.ts'
import { DEFAULT_RULES } from './rules.ts'
import { simulateFleet } from './simulate.ts'
import { poissonWorkload } from './workload.ts'

/** Mean replicas up and starts a second, simulated without cold starts for 80 windows. */
function simulated(load: number, concurrency: number, seconds: number, window: number): { up: number; starts: number } {
  const perSecond = (load * concurrency) / seconds
  const count = Math.max(20_000, Math.ceil(80 * window * perSecond))
  const until = count / perSecond
  const { serverless, from } = simulateFleet({
    workload: poissonWorkload(count, perSecond, seededRandom(3), () => seconds),
    dedicated: null,
    serverless: { gpus: 1, engine: { concurrency }, idleWindowSeconds: window, coldStart: () => 0, replicaCap: null, atCap: 'queue', rules: DEFAULT_RULES },
    random: seededRandom(4),
    measureFrom: until / 10,
    until,
  })
  return { up: (serverless.busy + serverless.idle) / (until - from), starts: serverless.starts / (until - from) }
}

describe('levelLaw', () => {
  it.each([
    [0.05, 1, 2, 300],
    [0.5, 1, 2, 60],
    [3, 1, 2, 60],
    [12, 1, 2, 60],
    [0.3, 8, 10, 60],
    [3, 8, 10, 60],
    [10, 32, 10, 60],
    [1.5, 32, 0.5, 30],
  ])('at a load of %s with %s slots, %s s a request and a window of %s s is near the simulator', (load, concurrency, seconds, window) => {
    const { up } = simulated(load, concurrency, seconds, window)
    expect(Math.abs(levelLaw(load, concurrency, seconds, window).up / up - 1)).toBeLessThan(0.1)
  })

  it('counts starts for single slots', () => {
    const { starts } = simulated(1, 1, 2, 60)
    expect(Math.abs(levelLaw(1, 1, 2, 60).starts / starts - 1)).toBeLessThan(0.1)
  })

  it('has its limits: no window leaves the work, an endless one never lets go', () => {
    expect(levelLaw(5, 1, 2, 0).up).toBeCloseTo(5, 6)
    expect(levelLaw(5, 1, 2, 0).starts).toBeCloseTo(2.5, 6)
    expect(levelLaw(5, 1, 2, 1e9).up).toBeGreaterThan(20)
    // Two replicas of 1000 slots at half load: the first is always up, the second never needed.
    expect(levelLaw(0.5, 1000, 10, 60).up).toBeCloseTo(1, 3)
  })

  it('is stable for thousands of requests in service', () => {
    const { up, starts, dailyPeak } = levelLaw(1000, 64, 10, 60)
    expect(up).toBeGreaterThan(1000)
    expect(up).toBeLessThan(1030)
    expect(Number.isFinite(starts)).toBe(true)
    expect(dailyPeak).toBeGreaterThan(up)
  })

  it('grows with the load and with the window', () => {
    const ups = [0.1, 0.3, 1, 3, 10, 30].map((load) => levelLaw(load, 4, 5, 60).up)
    expect(ups).toEqual(ups.toSorted((a, b) => a - b))
    const windows = [0, 1, 10, 100, 1000].map((window) => levelLaw(3, 4, 5, window).up)
    expect(windows).toEqual(windows.toSorted((a, b) => a - b))
  })
})
