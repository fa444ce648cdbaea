import type { Figures } from '../../api/questions.ts'

const HOUR_MS = 3_600_000
const HOURS = 168

/**
 * Mean calls in each hour of the week, Monday first, in a time zone; null = there was no such hour between the first and the last
 * one that has a call. Hours between without a call count as none.
 */
export function weekMeans(rows: readonly Pick<Figures, 'at' | 'calls'>[], timeZone: string): (number | null)[] {
  const at = new Map(rows.flatMap(({ at: time, calls }) => (time === null || calls === 0 ? [] : [[Date.parse(time), calls] as const])))
  const sums = Array.from({ length: HOURS }, () => 0)
  const counts = Array.from({ length: HOURS }, () => 0)
  if (at.size > 0) {
    const hourOf = hourOfWeek(timeZone)
    const times = [...at.keys()]
    for (let time = Math.min(...times); time <= Math.max(...times); time += HOUR_MS) {
      const hour = hourOf(time)
      sums[hour]! += at.get(time) ?? 0
      counts[hour]!++
    }
  }
  return sums.map((sum, hour) => (counts[hour] === 0 ? null : sum / counts[hour]!))
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

function hourOfWeek(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short', hour: 'numeric', hourCycle: 'h23' })
  return (ms) => {
    const parts = format.formatToParts(ms)
    const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? ''
    return DAYS.indexOf(part('weekday')) * 24 + Number(part('hour'))
  }
}
