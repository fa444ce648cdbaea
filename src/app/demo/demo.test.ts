import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CallRecord } from '../../core/call.ts'
import { packageRoot } from '../root.ts'
import { createTally } from './tally.ts'
import { azureCalls } from './trace.ts'
import { viewLines } from './view.ts'

const record = (over: Partial<CallRecord>): CallRecord => ({ arrivedAt: 0, totalMs: 10, ttftMs: 5, pool: 'floor', reason: 'floor', outcome: 'ok', ...over }) as CallRecord

describe('the demo', () => {
  it('replays the whole trace that ships, in order, with its tokens', () => {
    const calls = azureCalls(join(packageRoot(), 'examples/azure-llm-2023-conv.csv.gz'))
    expect(calls).toHaveLength(19_366)
    expect(calls[0]).toMatchObject({ atMs: 0, input: expect.any(Number) })
    expect(calls.every(({ atMs, input, output }, index) => atMs >= (calls[index - 1]?.atMs ?? 0) && input > 0 && output > 0)).toBe(true)
    expect(calls.at(-1)!.atMs / 60_000).toBeCloseTo(58.4, 0)
  })

  it('tallies the last window alone', () => {
    const tally = createTally(1000, 100)
    tally.add(record({ arrivedAt: 0, pool: 'overflow' }))
    tally.add(record({ arrivedAt: 5000, ttftMs: 200 }))
    tally.add(record({ arrivedAt: 5100, ttftMs: null, outcome: 'refused', pool: null, reason: 'queue-full' }))
    const reading = tally.read(5500)
    expect(reading).toMatchObject({ calls: 2, callsTotal: 3, perSecond: 2, ttftP50: 200, withinSlo: 0 })
    expect([...reading.byPool]).toEqual([['floor', 1], ['none', 1]])
    expect([...reading.byReason.keys()]).toEqual(['floor', 'queue-full'])
  })

  it('keeps a bounded number of calls', () => {
    const tally = createTally(1e9, 100, 10)
    for (let index = 0; index < 100; index++) tally.add(record({ arrivedAt: index }))
    expect(tally.read(100).calls).toBeLessThanOrEqual(10)
    expect(tally.read(100).callsTotal).toBe(100)
  })

  it('shows pools, shares, latency on the clock of the trace and cost, within 100 columns', () => {
    const tally = createTally(1000, 50)
    tally.add(record({}))
    const lines = viewLines({
      url: 'http://127.0.0.1:8787',
      speed: 10,
      seconds: 125,
      windowSeconds: 10,
      sloTtftMs: 500,
      sent: 1234,
      tally: tally.read(500),
      snapshot: { waiting: 0, pools: [{ id: 'floor', inFlight: 14, saturation: 1.4, saturated: true, endpoints: [{ id: 'a', inFlight: 14, up: true, breaker: 'closed', scrapedAt: null, metrics: null }] }] },
      bills: { dedicated: 5.38, serverless: 1 },
    })
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(100)
    const page = lines.join('\n')
    for (const part of ['2:05 so far', '1,234 calls sent', '140 %', 'saturated', 'TTFT p50 50 ms', 'served by   floor 100 %', '$6.38 an hour of the trace']) expect(page).toContain(part)
  })
})
