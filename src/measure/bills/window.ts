import { DAY_MS } from './ledger.ts'

export interface Coverage {
  readonly firstMs: number
  readonly lastMs: number
  readonly isCovered: (day: number) => boolean
}

/** The days that count, as days since 1970-01-01 UTC; `endDay` is exclusive. */
export interface BillWindow {
  readonly startDay: number
  readonly endDay: number
  readonly coveredMs: number
  /** Days without any line, between days with lines. */
  readonly gapDays: readonly number[]
  /** The last day, left out because the bill stops within it; null where it does not. */
  readonly partialDay: number | null
}

/**
 * The last `days` days that the bill covers. A last day that the bill does not reach the end of is left out (bills
 * lag), unless it is the only one. Days without lines do not count as covered.
 */
export function chooseWindow(coverage: Coverage, days: number): BillWindow {
  const { firstMs, lastMs } = coverage
  const firstDay = Math.floor(firstMs / DAY_MS)
  const lastDay = Math.ceil(lastMs / DAY_MS)
  const partial = lastMs % DAY_MS !== 0 && lastDay - 1 > firstDay
  const endDay = partial ? lastDay - 1 : Math.max(lastDay, firstDay + 1)
  const startDay = Math.max(endDay - days, firstDay)
  const gapDays: number[] = []
  let coveredMs = 0
  for (let day = startDay; day < endDay; day++) {
    if (!coverage.isCovered(day)) gapDays.push(day)
    else coveredMs += Math.min((day + 1) * DAY_MS, Math.max(lastMs, day * DAY_MS)) - Math.max(day * DAY_MS, firstMs)
  }
  return { startDay, endDay, coveredMs: coveredMs === 0 ? DAY_MS : coveredMs, gapDays, partialDay: partial ? endDay : null }
}

/** YYYY-MM-DD of a day number. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}
