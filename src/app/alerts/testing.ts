import type { Notice } from '../../measure/alert/alert-book.ts'
import { aCondition } from '../../measure/alert/testing.ts'

export const AT = Date.UTC(2026, 10, 20, 12)

/** A notice with what the test does not care about filled in. */
export function aNotice(parts: Partial<Notice> = {}, condition: Parameters<typeof aCondition>[0] = {}): Notice {
  const { nanoUsd, ...rest } = aCondition(condition)
  return { type: 'opened', at: AT, alert: { condition: { ...rest, nanoUsd: nanoUsd === null ? null : String(nanoUsd) }, since: AT - 60_000, lastSeen: AT, toldAt: AT, toldSeverity: 'warning' }, ...parts }
}
