import { describe, expect, it } from 'vitest'
import { HOURLY_CARD, pool } from '../../route/gateway/testing-config.ts'
import { meteredOf } from './metered.ts'

/** Two replicas at $3.60 an hour, and a pool by the token. */
const POOLS = [pool('floor', ['http://127.0.0.1:1', 'http://127.0.0.1:2'], { kind: 'dedicated', card: HOURLY_CARD }), pool('overflow', ['http://127.0.0.1:3'])]
const HOURLY_USD = 2 * (Number(HOURLY_CARD.rule === 'dedicated' ? HOURLY_CARD.perGpuHour : 0n) / 1e9)
const row = (group: string | null, hour: number, costUsd: string, calls: number) => ({ at: new Date(Date.UTC(2026, 10, 1, hour)).toISOString(), group: [group], costUsd, calls })
const answer = (rows: ReturnType<typeof row>[], other: { readonly costUsd: string; readonly calls: number }[] = []) => ({ from: '2026-11-01T00:00:00.000Z', to: '2026-11-01T10:00:00.000Z', rows, other })

describe('what was metered', () => {
  it('is rented replicas by the hour from the first call on, and calls elsewhere by their cost', () => {
    expect(meteredOf(answer([row('floor', 4, '0.5', 10), row('overflow', 5, '0.25', 4), row(null, 6, '0.125', 1)]), POOLS)).toEqual({ hours: 6, requests: 15, dedicatedUsd: HOURLY_USD * 6, otherUsd: 0.375 })
  })

  it('counts pools beyond the largest, and hours without a call not as a beginning', () => {
    expect(meteredOf(answer([row('floor', 1, '0', 0), row('floor', 8, '1', 2)], [{ costUsd: '0.5', calls: 3 }]), POOLS)).toEqual({ hours: 2, requests: 5, dedicatedUsd: HOURLY_USD * 2, otherUsd: 0.5 })
  })

  it('is nothing where there was no call', () => {
    expect(meteredOf(answer([]), POOLS)).toBeNull()
  })
})
