import { describe, expect, it } from 'vitest'
import { seriesByPool, seriesSince } from './series-by-pool.ts'

const HOUR = 3_600_000
const T0 = Date.UTC(2026, 10, 1)
const at = (hours: number): string => new Date(T0 + hours * HOUR).toISOString()
const row = (pool: string | null, hours: number, calls: number) => ({ at: at(hours), group: [pool], calls, costUsd: '0', share: null, inputTokens: 0, cacheReadTokens: 0, outputTokens: 0, reasoningTokens: 0, failed: 0, aborted: 0, incompleteCost: 0, success: null })
const kinds = new Map([['gpu', 'dedicated'], ['spill', 'serverless']])

describe('calls by pool over time', () => {
  it('has what is owned at the bottom, a value for every time, and other pools apart', () => {
    const { times, series } = seriesByPool({ from: at(0), to: at(3), rows: [row('spill', 1, 5), row('gpu', 0, 9), row('gpu', 2, 4), row(null, 2, 1)], other: [row('', 1, 2)] }, kinds, HOUR)
    expect(times).toEqual([T0, T0 + HOUR, T0 + 2 * HOUR])
    expect(series.map(({ name, color, values }) => [name, color, values])).toEqual([
      ['gpu', 'var(--dedicated)', [9, 0, 4]],
      ['spill', 'var(--serverless)', [0, 5, 0]],
      ['reported from elsewhere', 'var(--gray-2)', [0, 0, 1]],
      ['other pools', 'var(--gray-3)', [0, 2, 0]],
    ])
  })

  it('begins with the bucket that the window begins in', () => {
    const { times, series } = seriesByPool({ from: at(0.5), to: at(2.25), rows: [row('gpu', 0, 1), row('gpu', 2, 3)], other: [] }, kinds, HOUR)
    expect(times).toHaveLength(3)
    expect(series[0]?.values).toEqual([1, 0, 3])
  })

  it('is empty where there was no call', () => {
    expect(seriesByPool({ from: at(0), to: at(2), rows: [], other: [row('', 0, 0)] }, kinds, HOUR).series).toEqual([])
  })

  it('can begin with the bucket of the first call', () => {
    const { times, series } = seriesByPool({ from: at(0), to: at(4), rows: [row('gpu', 2, 4), row('gpu', 3, 1)], other: [] }, kinds, HOUR)
    expect(seriesSince(T0 + 2 * HOUR, times, series, HOUR)[0]?.values).toEqual([4, 1])
    expect(seriesSince(T0 + 2.5 * HOUR, times, series, HOUR)[0]?.values).toEqual([4, 1])
    expect(seriesSince(T0 - HOUR, times, series, HOUR)[0]?.values).toEqual([0, 0, 4, 1])
  })
})
