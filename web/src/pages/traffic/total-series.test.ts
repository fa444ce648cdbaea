import { describe, expect, it } from 'vitest'
import { FAILURES, TOKENS } from './parts.ts'
import { totalSeries } from './total-series.ts'

const HOUR = 3_600_000
const T0 = Date.UTC(2026, 10, 2)
const at = (hours: number): string => new Date(T0 + hours * HOUR).toISOString()
const row = { at: at(1), costUsd: '0', share: null, calls: 9, inputTokens: 100, cacheReadTokens: 60, outputTokens: 30, reasoningTokens: 12, failed: 0, aborted: 2, incompleteCost: 0 }
const lines = (parts: Parameters<typeof totalSeries>[2], rows = [row]) => totalSeries({ from: at(0), to: at(2), total: rows }, HOUR, parts).series.map(({ name, values }) => [name, values])

describe('parts of all calls over time', () => {
  it('of tokens add up to all of them', () => {
    expect(lines(TOKENS)).toEqual([['prompt, not cached', [0, 40]], ['prompt, read from a cache', [0, 60]], ['answer', [0, 18]], ['reasoning', [0, 12]]])
  })

  it('are left out where there is nothing of them', () => {
    expect(lines(FAILURES)).toEqual([['client went away', [0, 2]]])
    expect(lines(TOKENS, [{ ...row, reasoningTokens: 0 }]).map(([name]) => name)).not.toContain('reasoning')
  })

  it('have a value for every time, also without a call', () => {
    const { times, series } = totalSeries({ from: at(0.5), to: at(4), total: [row] }, HOUR, FAILURES)
    expect(times).toEqual([0, 1, 2, 3].map((hours) => T0 + hours * HOUR))
    expect(series[0]?.values).toEqual([0, 2, 0, 0])
  })
})
