import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PoolState } from './endpoint-state.ts'
import type { EndpointState } from './endpoint-state.ts'
import { freshMetrics, loadOf, saturatedAt, saturationOf } from './saturation.ts'
import { scoreOf } from './score.ts'
import { policyConfig, pool } from './testing.ts'

const config = policyConfig()
function endpoint(sent = 0): EndpointState {
  const state = new PoolState(pool({ capacity: 10 }), config, 0).endpoints[0]!
  for (let i = 0; i < sent; i++) state.begin()
  return state
}

describe('saturationOf', () => {
  it('is own calls over capacity where nothing was scraped', () => {
    expect(saturationOf(endpoint(4), config, 0)).toBe(0.4)
  })

  it('is the worst of load, queue and KV cache', () => {
    const [byQueue, byKv, byLoad] = [endpoint(), endpoint(), endpoint()]
    byQueue.scraped({ waiting: 4, running: 1, kvUsage: 0.1 }, 0)
    byKv.scraped({ waiting: 0, running: 1, kvUsage: 0.6 }, 0)
    byLoad.scraped({ waiting: 0, running: 7, kvUsage: null }, 0)
    expect([byQueue, byKv, byLoad].map((each) => saturationOf(each, config, 0))).toEqual([0.8, expect.closeTo(0.75), 0.7])
  })

  it('counts a scrape only while it is fresh (peer defect 14)', () => {
    const state = endpoint(1)
    state.scraped({ waiting: 50, running: 10, kvUsage: 1 }, 0)
    expect(saturationOf(state, config, 2000)).toBe(10)
    expect(saturationOf(state, config, 2001)).toBe(0.1)
    expect(freshMetrics(state, 2000, 2001)).toBeNull()
  })

  it('adds what was sent since the scrape: first to free places, then to the queue (peer defect 12)', () => {
    const state = endpoint()
    state.scraped({ waiting: 0, running: 8, kvUsage: null }, 0)
    for (let i = 0; i < 5; i++) state.begin()
    expect(loadOf(state, state.metrics)).toBe(13)
    // 2 places were free; 3 queue: 3 / 5 is less than 13 / 10.
    expect(saturationOf(state, config, 0)).toBe(1.3)
    state.scraped({ waiting: 6, running: 10, kvUsage: null }, 1)
    expect(saturationOf(state, config, 1)).toBe(1.6)
    for (let i = 0; i < 4; i++) state.end()
    expect(saturationOf(state, config, 1)).toBe(1.2)
  })

  it('ignores figures that are none, and news that is older than what it has', () => {
    const state = endpoint(1)
    state.scraped({ waiting: 1, running: 1, kvUsage: 7 }, 10)
    expect(state.metrics).toEqual({ waiting: 1, running: 1, kvUsage: null })
    state.scraped({ waiting: Number.NaN, running: 1, kvUsage: null }, 20)
    state.scraped({ waiting: -1, running: 1, kvUsage: null }, 20)
    state.scraped({ waiting: 9, running: Number.POSITIVE_INFINITY, kvUsage: null }, 20)
    state.scraped({ waiting: 99, running: 99, kvUsage: 1 }, 5)
    expect([state.metrics?.waiting, state.scrapedAt]).toEqual([1, 10])
  })

  it('never says less than own calls over capacity', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), fc.nat(30), fc.nat(10), fc.nat(10), (before, waiting, running, after, ended) => {
        const state = endpoint(before)
        state.scraped({ waiting, running, kvUsage: 0 }, 0)
        for (let i = 0; i < after; i++) state.begin()
        for (let i = 0; i < Math.min(ended, before); i++) state.end()
        expect(saturationOf(state, config, 0)).toBeGreaterThanOrEqual(state.inFlight / 10)
      }),
    )
  })
})

describe('saturatedAt', () => {
  it('begins at enter and ends below release', () => {
    const bounds = { ...config.saturation, enter: 1, release: 0.75 }
    const levels = [0.9, 1, 0.9, 0.75, 0.74, 0.9, 1.2]
    let was = false
    expect(levels.map((level) => (was = saturatedAt(was, level, bounds)))).toEqual([false, true, true, true, false, false, true])
  })
})

describe('scoreOf', () => {
  it('weighs prefix, queue and KV cache as 3 : 5 : 2', () => {
    const state = endpoint(5)
    expect(scoreOf(state, 0, config, 0)).toBeCloseTo(5 * 0.5 + 2 * 0.5)
    expect(scoreOf(state, 1, config, 0)).toBeCloseTo(3 + 5 * 0.5 + 2 * 0.5)
    state.scraped({ waiting: 0, running: 5, kvUsage: 0.9 }, 0)
    expect(scoreOf(state, 1, config, 0)).toBeCloseTo(3 + 5 * 0.5 + 2 * 0.1)
  })

  it('gives up a whole prefix for three tenths of the capacity where KV follows the load, and less of it sooner', () => {
    const [holder, idle] = [endpoint(4), endpoint(0)]
    expect(scoreOf(holder, 1, config, 0)).toBeGreaterThan(scoreOf(idle, 0, config, 0))
    holder.begin()
    expect(scoreOf(holder, 1, config, 0)).toBeLessThan(scoreOf(idle, 0, config, 0))
  })

  it('goes on falling beyond the capacity, so that crowds are told apart', () => {
    expect(scoreOf(endpoint(30), 0, config, 0)).toBeLessThan(scoreOf(endpoint(20), 0, config, 0))
  })
})
