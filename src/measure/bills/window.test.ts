import { describe, expect, it } from 'vitest'
import { DAY_MS } from './ledger.ts'
import { chooseWindow, dayText } from './window.ts'

const HOUR = 3_600_000

/** Coverage from hour `first` to hour `last`, with some days missing. */
function coverage(first: number, last: number, missing: readonly number[] = []): Parameters<typeof chooseWindow>[0] {
  return { firstMs: first * HOUR, lastMs: last * HOUR, isCovered: (day) => !missing.includes(day) }
}

describe('the window of a bill', () => {
  it('is the last days', () => {
    expect(chooseWindow(coverage(0, 40 * 24), 30)).toEqual({ startDay: 10, endDay: 40, coveredMs: 30 * DAY_MS, gapDays: [], partialDay: null })
  })

  it('is all days of a shorter bill', () => {
    expect(chooseWindow(coverage(0, 5 * 24), 30)).toMatchObject({ startDay: 0, endDay: 5, coveredMs: 5 * DAY_MS })
  })

  it('leaves out a last day that has not ended', () => {
    expect(chooseWindow(coverage(0, 5 * 24 + 13), 3)).toMatchObject({ startDay: 2, endDay: 5, coveredMs: 3 * DAY_MS, partialDay: 5 })
  })

  it('keeps a part of a day where it is all there is', () => {
    expect(chooseWindow(coverage(3, 15), 30)).toMatchObject({ startDay: 0, endDay: 1, coveredMs: 12 * HOUR, partialDay: null })
  })

  it('counts the first day from the first line', () => {
    expect(chooseWindow(coverage(12, 48), 30)).toMatchObject({ startDay: 0, endDay: 2, coveredMs: 36 * HOUR })
  })

  it('does not count days without lines, and names them', () => {
    expect(chooseWindow(coverage(0, 10 * 24, [3, 7]), 30)).toMatchObject({ coveredMs: 8 * DAY_MS, gapDays: [3, 7] })
  })

  it('names days', () => {
    expect(dayText(0)).toBe('1970-01-01')
  })
})
