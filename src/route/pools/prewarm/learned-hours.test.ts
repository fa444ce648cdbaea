import { describe, expect, it } from 'vitest'
import { LearnedHours } from './learned-hours.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString().replace('.000', ''))

/** Calls at these UTC instants of each given day, `count` in an hour. */
function callsAt(hours: LearnedHours, days: readonly string[], hour: string, count = 5): void {
  for (const day of days) for (let n = 0; n < count; n++) hours.observe(Date.parse(`${day}T${hour}Z`) + n * 60_000)
}

describe('LearnedHours', () => {
  it('finds the hours of the week that were busy in the past weeks, by the local clock over a change to winter time', () => {
    const hours = new LearnedHours()
    // Mondays at 09:00 in Berlin, while summer time (UTC+2) lasted.
    callsAt(hours, ['2026-09-28', '2026-10-05', '2026-10-12', '2026-10-19'], '07:00')
    const now = Date.parse('2026-10-24T12:00Z')
    expect(iso(hours.moments('Europe/Berlin', () => now)(now))).toBe('2026-10-26T08:00:00Z')
  })

  it('a stretch of busy hours is one moment, at its beginning', () => {
    const hours = new LearnedHours()
    for (const hour of ['09:00', '10:00', '11:00']) callsAt(hours, ['2026-01-05', '2026-01-12', '2026-01-19'], hour)
    const now = Date.parse('2026-01-22T00:00Z')
    const next = hours.moments('UTC', () => now)
    expect(iso(next(now))).toBe('2026-01-26T09:00:00Z')
    expect(iso(next(Date.parse('2026-01-26T09:00Z')))).toBe('2026-02-02T09:00:00Z')
  })

  it('says nothing from less than two weeks: one busy Monday is an anecdote', () => {
    const hours = new LearnedHours()
    callsAt(hours, ['2026-01-05'], '09:00', 1000)
    const now = Date.parse('2026-01-17T00:00Z')
    expect(hours.moments('UTC', () => now)(now)).toBe(null)
  })

  it('a few stray calls make no busy hour', () => {
    const hours = new LearnedHours()
    callsAt(hours, ['2026-01-05', '2026-01-12', '2026-01-19'], '09:00', 2)
    const now = Date.parse('2026-01-22T00:00Z')
    expect(hours.moments('UTC', () => now)(now)).toBe(null)
  })

  it('unlearns what has not been for weeks, and learns what is new, within the hour', () => {
    const hours = new LearnedHours()
    callsAt(hours, ['2026-01-05', '2026-01-12', '2026-01-19'], '09:00')
    let now = Date.parse('2026-01-22T00:00Z')
    const next = hours.moments('UTC', () => now)
    expect(next(now)).not.toBe(null)
    callsAt(hours, ['2026-03-02', '2026-03-09', '2026-03-16'], '14:00')
    now = Date.parse('2026-03-20T00:00Z')
    expect(iso(next(now))).toBe('2026-03-23T14:00:00Z')
  })

  it('takes the past in any order', () => {
    const [forward, backward] = [new LearnedHours(), new LearnedHours()]
    const days = ['2026-01-05', '2026-01-12', '2026-01-19']
    callsAt(forward, days, '09:00')
    callsAt(backward, days.toReversed(), '09:00')
    const now = Date.parse('2026-01-22T00:00Z')
    expect(forward.moments('UTC', () => now)(now)).toBe(backward.moments('UTC', () => now)(now))
  })

  it('is bounded: a call every minute for a year keeps four weeks', () => {
    const hours = new LearnedHours()
    const start = Date.parse('2026-01-01T00:00Z')
    for (let minute = 0; minute < 365 * 1440; minute += 7) hours.observe(start + minute * 60_000)
    expect(hours.size).toBeLessThanOrEqual((2 * 28 * DAY) / 900_000 + 1)
  })

  it('zones with half hours begin on their own hours', () => {
    const hours = new LearnedHours()
    callsAt(hours, ['2026-01-05', '2026-01-12', '2026-01-19'], '03:30')
    const now = Date.parse('2026-01-22T00:00Z')
    expect(iso(hours.moments('Asia/Kolkata', () => now)(now))).toBe('2026-01-26T03:30:00Z')
  })
})
