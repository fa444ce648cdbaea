import { describe, expect, it } from 'vitest'
import type { CostRow } from '../api/questions.ts'
import { groupKey, seriesByGroup } from './series-by-group.ts'

const HOUR = 3_600_000
const T0 = Date.UTC(2026, 10, 1)
const at = (hours: number): string => new Date(T0 + hours * HOUR).toISOString()
const row = (group: readonly (string | null)[], hours: number, costUsd: string): CostRow => ({ at: at(hours), group, costUsd, calls: 1, share: null, inputTokens: 0, cacheReadTokens: 0, outputTokens: 0, reasoningTokens: 0, failed: 0, aborted: 0, incompleteCost: 0, success: null })

describe('groups over time', () => {
  it('has the largest group first and the rest as one', () => {
    const { times, series } = seriesByGroup({ from: at(0), to: at(2), rows: [row(['small'], 0, '1'), row(['large'], 1, '5'), row([null], 1, '2')], other: [row([], 0, '0.5')] }, HOUR, String, ({ costUsd }) => Number(costUsd))
    expect(times).toHaveLength(2)
    expect(series.map(({ name, values }) => [name, values])).toEqual([['large', [0, 5]], ['not said', [0, 2]], ['small', [1, 0]], ['all others', [0.5, 0]]])
  })

  it('keeps groups of the same words apart', () => {
    expect(groupKey(['a', 'b'])).not.toBe(groupKey(['a, b']))
    const { series } = seriesByGroup({ from: at(0), to: at(1), rows: [row(['a', 'b'], 0, '1'), row(['a, b', null], 0, '1')], other: [] }, HOUR, String, ({ costUsd }) => Number(costUsd))
    expect(series).toHaveLength(2)
  })
})
