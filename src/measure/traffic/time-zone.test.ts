import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TimeZone } from './time-zone.ts'

const HOUR = 3_600_000

describe('TimeZone', () => {
  it.each([
    ['UTC', '2026-07-01T00:00:00Z', 0],
    ['Europe/Berlin', '2026-01-01T00:00:00Z', 1],
    ['Europe/Berlin', '2026-07-01T00:00:00Z', 2],
    ['Asia/Kathmandu', '2026-07-01T00:00:00Z', 5.75],
    ['America/New_York', '2026-01-01T00:00:00Z', -5],
    ['America/St_Johns', '2026-01-01T00:00:00Z', -3.5],
  ])('%s at %s is %d hours from UTC', (name, iso, hours) => {
    expect(new TimeZone(name).offsetAt(Date.parse(iso))).toBe(hours * HOUR)
  })

  it('changes its offset at the minute at which the clocks change', () => {
    const berlin = new TimeZone('Europe/Berlin')
    expect([berlin.offsetAt(Date.parse('2026-03-29T00:59:59Z')), berlin.offsetAt(Date.parse('2026-03-29T01:00:00Z'))]).toEqual([HOUR, 2 * HOUR])
  })

  it('reads a local time back to the instant that shows it, except where a clock shows it twice', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia'].map((name) => new TimeZone(name))
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2035, 0) }), (zone, utc) => {
        const local = utc + zone.offsetAt(utc)
        // The row before was at the same instant, so that a repeated hour is told apart.
        expect(zone.toUtc(local, utc)).toBe(utc)
      }),
      { numRuns: 300 },
    )
  })

  it('moves a time that the clock skipped forward', () => {
    const berlin = new TimeZone('Europe/Berlin')
    expect(berlin.toUtc(Date.parse('2026-03-29T02:30:00Z'), 0)).toBe(Date.parse('2026-03-29T01:30:00Z'))
    expect([berlin.skipped, berlin.repeated]).toEqual([1, 0])
  })

  it('takes the first of a repeated time, unless the row before shows the second', () => {
    const berlin = new TimeZone('Europe/Berlin')
    const local = Date.parse('2026-10-25T02:30:00Z')
    expect(berlin.toUtc(local, 0)).toBe(Date.parse('2026-10-25T00:30:00Z'))
    expect(berlin.toUtc(local, Date.parse('2026-10-25T01:29:00Z'))).toBe(Date.parse('2026-10-25T01:30:00Z'))
    expect(berlin.repeated).toBe(2)
  })

  it.each(['Mars/Olympus', '', 'Europe/Berlin; x'])('refuses %j', (name) => {
    expect(() => new TimeZone(name)).toThrow(expect.objectContaining({ code: 'TIME_ZONE_UNKNOWN' }))
  })
})
