import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TimeStamp } from './time-stamp.ts'
import { TimeZone } from './time-zone.ts'

const UTC = new TimeZone('UTC')
const read = (stamp: TimeStamp, text: string): number => stamp.read(Buffer.from(`x${text}y`), 1, 1 + Buffer.byteLength(text))
const once = (text: string, stamp = new TimeStamp(UTC)): number => read(stamp, text)

describe('TimeStamp, dates', () => {
  it.each([
    ['2023-11-16 18:15:46.6805900', '2023-11-16T18:15:46.68059Z'],
    ['2023-11-16T18:15:46Z', '2023-11-16T18:15:46Z'],
    ['2023-11-16T18:15:46.5+02:00', '2023-11-16T16:15:46.5Z'],
    ['2023-11-16 18:15:46-0530', '2023-11-16T23:45:46Z'],
    ['2023-11-16 18:15:46 UTC', '2023-11-16T18:15:46Z'],
    ['2023-11-16 18:15:46+01', '2023-11-16T17:15:46Z'],
    ['  2023-11-16 18:15  ', '2023-11-16T18:15:00Z'],
    ['2024-02-29 00:00:00,25', '2024-02-29T00:00:00.25Z'],
  ])('%j', (text, iso) => {
    expect(once(text)).toBeCloseTo(Date.parse(iso) + (text.includes('6805900') ? 0.59 : 0), 3)
  })

  it('reads what a Date writes, at any time', () => {
    const stamp = new TimeStamp(UTC)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7e12 }), (ms) => {
        expect(read(stamp, new Date(ms).toISOString())).toBeCloseTo(ms, 6)
      }),
    )
  })

  it('reads times without offset in the zone', () => {
    expect(once('2026-07-01 12:00:00', new TimeStamp(new TimeZone('Europe/Berlin')))).toBe(Date.parse('2026-07-01T10:00:00Z'))
  })

  it.each(['2023-02-29 00:00:00', '2023-13-01 00:00:00', '2023-01-01 24:00:00', '2023-01-01 00:60:00', '2023-01-01 00:00:61', '2023-01-01x00:00:00', '2023-01-01 00:00:00+25:00', '2023-01-01 00:00:00 noon', '1969-12-31 23:59:59', '2023-1-01 00:00:00.0', '2023-01-01', '', 'yesterday at noon'])('refuses %j', (text) => {
    const stamp = new TimeStamp(UTC)
    expect([once(text, stamp), stamp.problem]).toEqual([Number.NaN, expect.stringMatching(/is not|is empty/u)])
  })
})

describe('TimeStamp, numbers', () => {
  it.each([
    ['0', 0, false],
    ['12.5', 12_500, false],
    ['99999999', 99_999_999_000, false],
    ['1700000000', 1.7e12, true],
    ['1700000000.25', 1.7e12 + 250, true],
    ['1700000000123', 1_700_000_000_123, true],
    ['1700000000123456', 1_700_000_000_123.456, true],
    ['1700000000123456789', 1_700_000_000_123.4568, true],
  ])('%s', (text, ms, absolute) => {
    const stamp = new TimeStamp(UTC)
    expect(once(text, stamp)).toBeCloseTo(ms, 3)
    expect(stamp.absolute).toBe(absolute)
  })

  it('takes a given unit, whatever the size', () => {
    expect(once('1500', new TimeStamp(UTC, 'ms'))).toBe(1500)
    expect(once('1500000', new TimeStamp(UTC, 'us'))).toBe(1500)
  })

  it.each([
    ['1700000000', '1700000060000', 'Unix time in ms', 'Unix time in s'],
    ['1700000000000', '1700000060', 'Unix time in s', 'Unix time in ms'],
    ['5', '1700000000', 'Unix time in s', 'a time since the start'],
    ['2023-11-16 18:15:46', '1700000000', 'Unix time in s', 'a date'],
    ['1700000000', '2023-11-16 18:15:46', 'a date', 'Unix time in s'],
  ])('refuses to mix %s and %s', (first, second, is, was) => {
    const stamp = new TimeStamp(UTC)
    read(stamp, first)
    expect(read(stamp, second)).toBeNaN()
    expect(stamp.problem).toBe(`"${second}" is ${is}, while the first row has ${was}`)
  })

  it.each(['-5', 'NaN', 'Infinity', '0x10', '1e400', '12:30', '1_000'])('refuses %j', (text) => {
    expect(once(text)).toBeNaN()
  })

  it('refuses what lies after the year 2200', () => {
    const stamp = new TimeStamp(UTC, 's')
    expect([once('1700000000000', stamp), stamp.problem]).toEqual([Number.NaN, '"1700000000000" lies after the year 2200'])
  })
})
