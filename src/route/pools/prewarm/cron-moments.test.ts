import { describe, expect, it } from 'vitest'
import { cronMoments } from './cron-moments.ts'
import { warmWindow } from './warm-window.ts'

const at = Date.parse
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString().replace('.000', ''))
/** Moments from a time on. */
function moments(pattern: string, zone: string, from: string, count: number): (string | null)[] {
  const next = cronMoments(pattern, zone)
  const found: (string | null)[] = []
  for (let after: number | null = at(from); found.length < count && after !== null; found.push(iso(after))) after = next(after)
  return found
}

describe('cronMoments', () => {
  it('is local time: 08:50 in Berlin on weekdays, across the end of summer time', () => {
    expect(moments('50 8 * * 1-5', 'Europe/Berlin', '2026-10-23T00:00Z', 3)).toEqual(['2026-10-23T06:50:00Z', '2026-10-26T07:50:00Z', '2026-10-27T07:50:00Z'])
  })

  it('a time that the clock skips comes right after the jump, and the day after at its own time', () => {
    expect(moments('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', 3)).toEqual(['2026-03-28T01:30:00Z', '2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'])
  })

  it('a time that comes twice counts once', () => {
    expect(moments('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual(['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'])
  })

  it('zones with half hours, and the southern summer', () => {
    expect(moments('0 9 * * *', 'Asia/Kolkata', '2026-01-01T00:00Z', 1)).toEqual(['2026-01-01T03:30:00Z'])
    expect(moments('0 9 * * *', 'Australia/Sydney', '2026-04-04T00:00Z', 2)).toEqual(['2026-04-04T23:00:00Z', '2026-04-05T23:00:00Z'])
  })

  it('is strictly after: asked at the moment itself, the next one comes', () => {
    const next = cronMoments('0 * * * *', 'UTC')
    expect(iso(next(at('2026-01-01T00:00Z')))).toBe('2026-01-01T01:00:00Z')
    expect(iso(next(at('2026-01-01T00:00Z') - 1))).toBe('2026-01-01T00:00:00Z')
  })
})

describe('warmWindow', () => {
  const rule = { leadMinutes: 10, keepMinutes: 60 }
  const daily = cronMoments('0 9 * * *', 'UTC')
  const window = (time: string): (string | null)[] => {
    const found = warmWindow(rule, daily, at(time))
    return found === null ? [] : [iso(found.opensAt), iso(found.warmAt), iso(found.closesAt)]
  }

  it('is found from the present time alone: before, in the middle (a restart), and after', () => {
    const today = ['2026-01-01T08:50:00Z', '2026-01-01T09:00:00Z', '2026-01-01T10:00:00Z']
    for (const time of ['2026-01-01T00:00Z', '2026-01-01T08:55Z', '2026-01-01T09:00Z', '2026-01-01T09:59:59.999Z']) expect(window(time)).toEqual(today)
    expect(window('2026-01-01T10:00Z')[0]).toBe('2026-01-02T08:50:00Z')
  })

  it('moments that follow each other within the time kept make one window after the other without a gap', () => {
    const often = cronMoments('*/30 * * * *', 'UTC')
    for (let minute = 0; minute < 180; minute++) {
      const now = at('2026-01-01T00:00Z') + minute * 60_000
      const { opensAt, closesAt } = warmWindow(rule, often, now)!
      expect(opensAt <= now && now < closesAt).toBe(true)
    }
  })
})
