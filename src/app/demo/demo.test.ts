import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CallRecord } from '../../core/call.ts'
import { packageRoot } from '../root.ts'
import { splitChart } from './split-chart.ts'
import { createSplitHistory } from './split-history.ts'
import { createTally } from './tally.ts'
import { azureCalls } from './trace.ts'
import { clip, summaryLine, viewLines, type ViewInput } from './view.ts'
import { createWhatIf } from './what-if.ts'

const record = (over: Partial<CallRecord>): CallRecord => ({ arrivedAt: 0, totalMs: 10, ttftMs: 5, pool: 'floor', reason: 'floor', outcome: 'ok', ...over }) as CallRecord

const input = (over: Partial<ViewInput> = {}): ViewInput => {
  const tally = createTally(1000, 50)
  tally.add(record({}))
  return {
    url: 'http://127.0.0.1:8787',
    speed: 10,
    load: 4,
    seconds: 125,
    windowSeconds: 10,
    sloTtftMs: 500,
    sent: 1234,
    tally: tally.read(500),
    snapshot: { waiting: 0, pools: [{ id: 'floor', inFlight: 14, saturation: 1.4, saturated: true, endpoints: [{ id: 'a', inFlight: 14, up: true, breaker: 'closed', scrapedAt: null, metrics: null }] }] },
    bills: { dedicated: 5.38, serverless: 1 },
    whatIf: { allDedicated: 12, allServerless: 9.5 },
    split: Array.from({ length: 90 }, (_, index) => ({ dedicated: index, serverless: index > 60 ? 20 : 0 })),
    columnSeconds: 10,
    color: false,
    ...over,
  }
}

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

  it('shows pools, shares, latency on the clock of the trace, who served and cost, within 100 columns and 30 lines', () => {
    const lines = viewLines(input())
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(100)
    expect(lines.length).toBeLessThanOrEqual(28)
    const page = lines.join('\n')
    for (const part of ['2:05 of the trace', '1,234 calls', '140 %', 'saturated', 'TTFT p50 50 ms', 'served by   floor 100 %', '$6.38 = dedicated $5.38 + serverless $1.00', 'all-dedicated $12.00', 'all-serverless $9.50']) expect(page).toContain(part)
  })

  it('says the same on one line for a log, and "not known" before there is anything to know', () => {
    expect(summaryLine(input())).toBe('1,234 calls  1.0/s  floor 100 %  TTFT p50 50 ms p95 50 ms  within 500 ms 100.0 %  $6.38/h  all-dedicated $12.00/h  all-serverless $9.50/h')
    expect(viewLines(input({ whatIf: null })).join('\n')).toContain('not known yet')
  })

  it('clips a line by what is seen, not by its colors', () => {
    expect(clip('\u001B[38;5;25mab\u001B[39mcd', 3)).toBe('\u001B[38;5;25mab\u001B[39mc')
  })
})

describe('the chart of who served', () => {
  it('stacks the spill on the floor, in the colors of the house', () => {
    expect(splitChart([{ dedicated: 2, serverless: 0 }, { dedicated: 2, serverless: 2 }, { dedicated: 0, serverless: 4 }], 4, false)).toEqual([' ░░', ' ░░', '██░', '██░'])
    expect(splitChart([{ dedicated: 1, serverless: 0 }], 1, true)).toEqual(['\u001B[38;5;25m█\u001B[39m'])
    expect(splitChart([{ dedicated: 0, serverless: 0 }], 2, false)).toEqual(['', ''])
  })

  it('keeps the last columns alone, and shows the empty ones', () => {
    const history = createSplitHistory(1000, 3)
    history.add(500, 'dedicated')
    history.add(2500, 'serverless')
    history.add(2600, 'serverless')
    expect(history.read(2999)).toEqual([{ dedicated: 1, serverless: 0 }, { dedicated: 0, serverless: 0 }, { dedicated: 0, serverless: 2 }])
    expect(history.read(4000)).toEqual([{ dedicated: 0, serverless: 2 }, { dedicated: 0, serverless: 0 }, { dedicated: 0, serverless: 0 }])
  })
})

describe('what another way would cost', () => {
  it('rents for the peak, or pays by the second for what the idle window holds', () => {
    const meter = createWhatIf({ capacity: 10, dedicatedUsd: 2, serverlessUsd: 4, idleSamples: 1 })
    expect(meter.read()).toBeNull()
    for (const inFlight of [0, 25, 5, 0]) meter.sample(inFlight)
    // Replicas needed 0, 3, 1, 0; kept 0, 3, 3, 1.
    expect(meter.read()).toEqual({ allDedicated: 6, allServerless: 7 })
  })
})
