import { describe, expect, it } from 'vitest'
import { byteCount, fraction, milliseconds, spendPerMinute } from './units.ts'

describe('units', () => {
  it.each([['500ms', 500], ['30s', 30_000], ['1.5m', 90_000], ['1h', 3_600_000], ['2d', 172_800_000], ['0s', 0], ['0.4ms', 0]])('%s is %d ms', (text, ms) => {
    expect(milliseconds(text)).toBe(ms)
  })

  it.each([['10B', 10], ['64KB', 64_000], ['64KiB', 65_536], ['20MB', 20_000_000], ['1.5 GiB', 1_610_612_736], ['1GB', 1e9], ['2MiB', 2_097_152]])('%s is %d bytes', (text, bytes) => {
    expect(byteCount(text)).toBe(bytes)
  })

  it.each([['$5/h', 83_333_333n], ['$0.10/min', 100_000_000n], ['$1/s', 60_000_000_000n], ['$24/day', 16_666_667n], ['$0/h', 0n]])('%s is %d nano-USD a minute', (text, nano) => {
    expect(spendPerMinute(text)).toBe(nano)
  })

  it.each([['5%', 0.05], ['100%', 1], ['0.5%', 0.005], [0.05, 0.05]])('%s is the share %d', (value, share) => {
    expect(fraction(value)).toBeCloseTo(share, 12)
  })
})
