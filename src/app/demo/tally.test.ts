import { describe, expect, it } from 'vitest'
import { createTally, type TalliedCall } from './tally.ts'

const call = (over: Partial<TalliedCall>): TalliedCall => ({ arrivedAt: 0, totalMs: 10, ttftMs: 5, tpotMs: 1, pool: 'floor', reason: 'floor', outcome: 'ok', ...over })

describe('the tally of the demo', () => {
  it('reads the last window alone, and the SLO since the beginning, on the clock of the trace', () => {
    const tally = createTally(1000, 10)
    tally.add(call({ arrivedAt: 0, pool: 'overflow' }))
    tally.add(call({ arrivedAt: 5000, ttftMs: 200 }))
    tally.add(call({ arrivedAt: 5100, ttftMs: null, tpotMs: null, outcome: 'refused', pool: null, reason: 'queue-full' }))
    const reading = tally.read(5500)
    expect(reading).toMatchObject({ calls: 2, callsTotal: 3, perSecond: 0.2, ttftP50: 2000, withinSlo: 0, withinSloTotal: 1 / 3 })
    expect([...reading.byPool]).toEqual([['floor', 1], ['none', 1]])
    expect([...reading.byReason.keys()]).toEqual(['floor', 'queue-full'])
  })

  it.each([
    [{ ttftMs: 1000, tpotMs: 60 }, 1],
    [{ ttftMs: 1001, tpotMs: 60 }, 0],
    [{ ttftMs: 1000, tpotMs: 61 }, 0],
    [{ ttftMs: 1000, tpotMs: null }, 1],
    [{ ttftMs: 1, tpotMs: 1, outcome: 'upstream-failed' as const }, 0],
  ])('counts %j as %d within the SLO', (over, within) => {
    const tally = createTally(1000, 1)
    tally.add(call(over))
    expect(tally.read(0).withinSlo).toBe(within)
  })

  it('keeps a bounded number of calls', () => {
    const tally = createTally(1e9, 1, 10)
    for (let index = 0; index < 100; index++) tally.add(call({ arrivedAt: index }))
    expect(tally.read(100).calls).toBeLessThanOrEqual(10)
    expect(tally.read(100)).toMatchObject({ callsTotal: 100, withinSloTotal: 1 })
  })

  it('has no shares without calls', () => {
    expect(createTally(1000, 1).read(0)).toMatchObject({ ttftP50: null, withinSlo: null, withinSloTotal: null })
  })
})
