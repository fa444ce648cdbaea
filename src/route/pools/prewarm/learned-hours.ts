import type { NextMoment } from './cron-moments.ts'

const SLOT = 900_000
const HOUR = 4 * SLOT
const WEEK = 7 * 24 * HOUR
const WEEKS = 4
/** Fewer weeks than that are an anecdote. */
const LEAST_WEEKS = 2
const LEAST_CALLS = 3

/**
 * When calls of the past four weeks needed a pool, kept as counts by quarter hour: at most twice 2,688 numbers. An hour of the week is
 * busy where at least half of the weeks seen, two at least, had three calls or more in it, by the local clock.
 */
export class LearnedHours {
  /** Counts by quarter hour since 1970. */
  readonly #slots = new Map<number, number>()
  #since: number | null = null

  /** Numbers kept. */
  get size(): number {
    return this.#slots.size
  }

  /** A call that the pool served, at its arrival (Unix ms). Those of the past may come in any order. */
  observe(at: number): void {
    const slot = Math.floor(at / SLOT)
    this.#slots.set(slot, (this.#slots.get(slot) ?? 0) + 1)
    this.#since = Math.min(this.#since ?? at, at)
    if (this.#slots.size > (2 * WEEKS * WEEK) / SLOT) this.#forget(Math.max(...this.#slots.keys()))
  }

  /** The beginnings of busy stretches to come, within a week from `after`; null where there are none (yet). */
  moments(timeZone: string, now: () => number): NextMoment {
    const hourOf = localHours(timeZone)
    let busy: ReadonlySet<number> = new Set()
    let learnedAt = Number.NEGATIVE_INFINITY
    /** The last answer, which holds for every time from the question's to its own. */
    let last: { readonly after: number; readonly moment: number | null } | null = null
    const search = (after: number): number | null => {
      if (busy.size === 0) return null
      for (let at = (Math.floor(after / SLOT) + 1) * SLOT; at <= after + WEEK; at += SLOT) {
        const { hour, minute } = hourOf(at)
        if (minute === 0 && busy.has(hour) && !busy.has(hourOf(at - HOUR).hour)) return at
      }
      return null
    }
    return (after) => {
      if (now() - learnedAt >= HOUR || now() < learnedAt) {
        busy = this.#busyHours(hourOf, now())
        learnedAt = now()
        last = null
      }
      if (last === null || after < last.after || (last.moment !== null && after >= last.moment)) last = { after, moment: search(after) }
      return last.moment
    }
  }

  #busyHours(hourOf: HourOf, now: number): Set<number> {
    this.#forget(Math.floor(now / SLOT))
    const weeks = this.#since === null ? 0 : Math.min(WEEKS, Math.floor((now - this.#since) / WEEK))
    if (weeks < LEAST_WEEKS) return new Set()
    const calls = new Map<number, number[]>()
    for (const [slot, count] of this.#slots) {
      const week = Math.floor((now - slot * SLOT) / WEEK)
      if (week < 0 || week >= weeks) continue
      const { hour } = hourOf(slot * SLOT)
      const byWeek = calls.get(hour) ?? Array.from({ length: weeks }, () => 0)
      byWeek[week] = byWeek[week]! + count
      calls.set(hour, byWeek)
    }
    return new Set([...calls].filter(([, byWeek]) => 2 * byWeek.filter((count) => count >= LEAST_CALLS).length >= weeks).map(([hour]) => hour))
  }

  #forget(newest: number): void {
    for (const slot of this.#slots.keys()) if (slot < newest - (WEEKS * WEEK) / SLOT) this.#slots.delete(slot)
  }
}

/** Hour of the week (0 = Sunday, the first hour) and minute by the local clock. */
type HourOf = (at: number) => { readonly hour: number; readonly minute: number }

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

function localHours(timeZone: string): HourOf {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  return (at) => {
    const parts = format.formatToParts(at)
    const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((one) => one.type === type)?.value ?? ''
    return { hour: DAYS.indexOf(part('weekday')) * 24 + Number(part('hour')), minute: Number(part('minute')) }
  }
}
