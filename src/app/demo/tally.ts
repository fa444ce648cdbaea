import type { CallRecord } from '../../core/call.ts'
import { keepsSlo } from './demo-config.ts'

/** What the tally needs of a call's record. */
export type TalliedCall = Pick<CallRecord, 'pool' | 'reason' | 'outcome' | 'arrivedAt' | 'totalMs' | 'ttftMs' | 'tpotMs'>

/** What the view shows of the calls that have ended in the last `windowMs`, and since the beginning. */
export interface Tally {
  readonly add: (call: TalliedCall) => void
  readonly read: (now: number) => TallyReading
}

/** Times are on the clock of the trace. Shares are 0..1, null without calls. */
export interface TallyReading {
  readonly calls: number
  readonly callsTotal: number
  /** Calls in a second of the trace. */
  readonly perSecond: number
  readonly byPool: ReadonlyMap<string, number>
  readonly byReason: ReadonlyMap<string, number>
  readonly byOutcome: ReadonlyMap<string, number>
  /** ms; null = no call had a first token. */
  readonly ttftP50: number | null
  readonly ttftP95: number | null
  readonly withinSlo: number | null
  /** Of all calls since the beginning. */
  readonly withinSloTotal: number | null
}

/** Keeps the last calls, at most `most`: a demo runs for days. Whatever the clock of the records, the trace runs `speed` times as fast. */
export function createTally(windowMs: number, speed: number, most = 50_000): Tally {
  let recent: TalliedCall[] = []
  let total = 0
  let withinTotal = 0
  const isWithin = ({ outcome, ttftMs, tpotMs }: TalliedCall): boolean => outcome === 'ok' && keepsSlo(ttftMs === null ? null : ttftMs * speed, tpotMs === null ? null : tpotMs * speed)
  return {
    add(call) {
      total++
      if (isWithin(call)) withinTotal++
      recent.push(call)
      if (recent.length > most) recent = recent.slice(-most / 2)
    },
    read(now) {
      recent = recent.filter(({ arrivedAt, totalMs }) => arrivedAt + totalMs >= now - windowMs)
      const count = (of: (call: TalliedCall) => string): Map<string, number> => {
        const counts = new Map<string, number>()
        for (const call of recent) counts.set(of(call), (counts.get(of(call)) ?? 0) + 1)
        return new Map([...counts].sort(([, a], [, b]) => b - a))
      }
      const ttft = recent.flatMap(({ ttftMs }) => (ttftMs === null ? [] : [ttftMs * speed])).sort((a, b) => a - b)
      const at = (share: number): number | null => ttft[Math.min(ttft.length - 1, Math.floor(share * ttft.length))] ?? null
      return {
        calls: recent.length,
        callsTotal: total,
        perSecond: (recent.length * 1000) / windowMs / speed,
        byPool: count(({ pool }) => pool ?? 'none'),
        byReason: count(({ reason }) => reason),
        byOutcome: count(({ outcome }) => outcome),
        ttftP50: at(0.5),
        ttftP95: at(0.95),
        withinSlo: recent.length === 0 ? null : recent.filter(isWithin).length / recent.length,
        withinSloTotal: total === 0 ? null : withinTotal / total,
      }
    },
  }
}
