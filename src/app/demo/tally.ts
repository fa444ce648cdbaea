import type { CallRecord } from '../../core/call.ts'

/** What the view shows of the calls that have ended in the last `windowMs`. */
export interface Tally {
  readonly add: (record: CallRecord) => void
  readonly read: (now: number) => TallyReading
}

export interface TallyReading {
  readonly calls: number
  readonly callsTotal: number
  readonly perSecond: number
  readonly byPool: ReadonlyMap<string, number>
  readonly byReason: ReadonlyMap<string, number>
  readonly byOutcome: ReadonlyMap<string, number>
  /** ms; null = no call had a first token. */
  readonly ttftP50: number | null
  readonly ttftP95: number | null
  readonly withinSlo: number | null
}

/** Keeps the last calls, at most `most`: a demo runs for days. */
export function createTally(windowMs: number, sloTtftMs: number, most = 50_000): Tally {
  let recent: CallRecord[] = []
  let total = 0
  return {
    add(record) {
      total++
      recent.push(record)
      if (recent.length > most) recent = recent.slice(-most / 2)
    },
    read(now) {
      recent = recent.filter((record) => record.arrivedAt + record.totalMs >= now - windowMs)
      const count = (of: (record: CallRecord) => string): Map<string, number> => {
        const counts = new Map<string, number>()
        for (const record of recent) counts.set(of(record), (counts.get(of(record)) ?? 0) + 1)
        return new Map([...counts].sort(([, a], [, b]) => b - a))
      }
      const ttft = recent.flatMap(({ ttftMs }) => (ttftMs === null ? [] : [ttftMs])).sort((a, b) => a - b)
      const at = (share: number): number | null => ttft[Math.min(ttft.length - 1, Math.floor(share * ttft.length))] ?? null
      return {
        calls: recent.length,
        callsTotal: total,
        perSecond: (recent.length * 1000) / windowMs,
        byPool: count(({ pool }) => pool ?? 'none'),
        byReason: count(({ reason }) => reason),
        byOutcome: count(({ outcome }) => outcome),
        ttftP50: at(0.5),
        ttftP95: at(0.95),
        withinSlo: ttft.length === 0 ? null : ttft.filter((ms) => ms <= sloTtftMs).length / ttft.length,
      }
    },
  }
}
