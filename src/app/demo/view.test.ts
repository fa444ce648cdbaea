import { describe, expect, it } from 'vitest'
import { createTally } from './tally.ts'
import { clip, summaryLine, viewLines, type ViewInput } from './view.ts'

const input = (over: Partial<ViewInput> = {}): ViewInput => {
  const tally = createTally(1000, 10)
  tally.add({ arrivedAt: 0, totalMs: 10, ttftMs: 5, tpotMs: 1, pool: 'floor', reason: 'floor', outcome: 'ok' })
  return {
    url: 'http://127.0.0.1:8787',
    speed: 10,
    load: 2,
    seconds: 125,
    isOver: false,
    windowSeconds: 100,
    sent: 1234,
    tally: tally.read(500),
    snapshot: { waiting: 0, pools: [{ id: 'floor', inFlight: 14, saturation: 1.4, saturated: true, endpoints: [{ id: 'a', inFlight: 14, up: true, breaker: 'closed', scrapedAt: null, metrics: null }] }] },
    bills: { dedicated: 5.38, serverless: 1 },
    whatIf: { allDedicated: { replicas: 4, usdPerHour: 12, withinSlo: 0.995 }, allServerless: { replicas: 0, usdPerHour: 9.5, withinSlo: null } },
    split: Array.from({ length: 90 }, (_, index) => ({ dedicated: index, serverless: index > 60 ? 20 : 0 })),
    columnSeconds: 10,
    color: false,
    ...over,
  }
}

describe('the live page', () => {
  it('shows pools, shares, latency on the clock of the trace, who served and cost, within 100 columns and 30 lines', () => {
    const lines = viewLines(input())
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(100)
    expect(lines.length).toBeLessThanOrEqual(28)
    const page = lines.join('\n')
    for (const part of ['day 12, 19:52:05', '1,234 calls', '140 %', 'saturated', 'TTFT p50 50 ms', 'served by   floor 100 %', 'dedicated 5.38 + serverless 1.00']) expect(page).toContain(part)
    expect(page).toMatch(/hybrid, as here +6\.38 +100\.0 %/u)
    expect(page).toMatch(/all-dedicated x 4 +12\.00 +99\.5 %/u)
    expect(page).toMatch(/all-serverless +9\.50 +unknown/u)
  })

  it('shows a pool that has scaled to zero as empty', () => {
    const pool = { id: 'overflow', inFlight: 0, saturation: 1, saturated: true, endpoints: [{ id: 'a', inFlight: 0, up: false, breaker: 'closed' as const, scrapedAt: null, metrics: null }] }
    expect(viewLines(input({ snapshot: { waiting: 0, pools: [pool] } }))[4]).toBe(`  overflow   ${'·'.repeat(40)}   0 %    0 in flight   none up`)
  })

  it('says when the trace is over', () => {
    const lines = viewLines(input({ isOver: true, seconds: 10_800, sent: 108_672 }))
    expect(lines[1]).toBe('The trace is over (day 12, 22:50:00, 108,672 calls): no more is replayed, the gateway keeps serving.')
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(100)
  })

  it('says the same on one line for a log', () => {
    expect(summaryLine(input())).toBe('day 12, 19:52:05  1,234 calls  0.1/s  floor 100 %  TTFT p50 50 ms p95 50 ms  in SLO 100.0 %  $6.38/h  all-dedicated x 4 $12.00/h  all-serverless $9.50/h')
  })

  it('clips a line by what is seen, not by its colors', () => {
    expect(clip('\u001B[38;5;25mab\u001B[39mcd', 3)).toBe('\u001B[38;5;25mab\u001B[39mc')
  })
})
