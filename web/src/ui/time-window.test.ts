import { describe, expect, it } from 'vitest'
import { dayOf, readWindow, windowBefore } from './time-window.ts'

const NOW = Date.UTC(2026, 10, 25, 12)

describe('a window of time', () => {
  it('is one that ends now', () => {
    expect(readWindow('7d', 'UTC', NOW)).toMatchObject({ label: 'last 7 days', bucket: '1h', query: { from: '7d' }, days: null })
  })

  it('is days, the last one included, of the reader’s time zone', () => {
    expect(readWindow('2026-11-01..2026-11-03', 'UTC', NOW)).toMatchObject({ ms: 3 * 86_400_000, bucket: '1h', query: { from: '2026-11-01T00:00:00.000Z', to: '2026-11-04T00:00:00.000Z' } })
    expect(readWindow('2026-11-10..2026-11-10', 'Asia/Tokyo', NOW)?.query).toEqual({ from: '2026-11-09T15:00:00.000Z', to: '2026-11-10T15:00:00.000Z' })
  })

  it('has 25 hours on the day that clocks go back, and 23 when they go forward', () => {
    expect(readWindow('2026-11-01..2026-11-01', 'America/New_York', NOW)?.ms).toBe(25 * 3_600_000)
    expect(readWindow('2026-03-29..2026-03-29', 'Europe/Berlin', NOW)?.ms).toBe(23 * 3_600_000)
    expect(readWindow('2026-04-05..2026-04-05', 'Australia/Sydney', NOW)?.ms).toBe(25 * 3_600_000)
  })

  it('ends now where its last day is not over', () => {
    expect(readWindow('2026-11-25..2026-11-30', 'UTC', NOW)?.query.to).toBe(new Date(NOW).toISOString())
  })

  it.each(['', '1y', 'toString', '2026-11-05..2026-11-01', '2026-12-01..2026-12-02', '2026-02-30..2026-03-01', '2026-11-01..2026-11-31', '2000-01-01..2026-11-01', '2026-11-01', '<script>'])('is not %j', (name) => {
    expect(readWindow(name, 'UTC', NOW)).toBeNull()
  })

  it('never has more than 170 buckets', () => {
    for (const first of ['2026-11-25', '2026-11-20', '2026-10-01', '2026-06-01', '2025-01-01', '2024-01-01']) {
      const { ms, bucketMs } = readWindow(`${first}..2026-11-25`, 'UTC', NOW)!
      expect(ms / bucketMs).toBeLessThanOrEqual(170)
    }
  })

  it('has a time before it, as long as itself', () => {
    expect(windowBefore(readWindow('24h', 'UTC', NOW)!, NOW)).toEqual({ from: '2026-11-23T12:00:00.000Z', to: '2026-11-24T12:00:00.000Z' })
    expect(windowBefore(readWindow('2026-11-03..2026-11-04', 'UTC', NOW)!, NOW)).toEqual({ from: '2026-11-01T00:00:00.000Z', to: '2026-11-03T00:00:00.000Z' })
  })

  it('names the day of a moment', () => {
    expect([dayOf(NOW, 'UTC'), dayOf(Date.UTC(2026, 10, 25, 23), 'Asia/Tokyo'), dayOf(Date.UTC(2026, 10, 25, 1), 'America/New_York')]).toEqual(['2026-11-25', '2026-11-26', '2026-11-24'])
  })
})
