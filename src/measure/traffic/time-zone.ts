import { SpillwayError } from '../../core/errors.ts'

const QUARTER_HOUR = 900_000
const DAY = 86_400_000
/** How far rows of one log may step back in time before that means the second of a repeated hour. */
const DISORDER_MS = 300_000
const CACHE_LIMIT = 100_000

/**
 * The offsets of one IANA time zone, for reading local times and for telling the local hour of an instant. Clocks
 * change at quarter hours, so one lookup serves a quarter hour.
 */
export class TimeZone {
  readonly name: string
  /** Local times read that the clock skipped (they were moved forward) and that it showed twice. */
  skipped = 0
  repeated = 0
  readonly #format: Intl.DateTimeFormat | null
  readonly #offsets = new Map<number, number>()
  #slot = Number.NaN
  #earlier = 0
  #later = 0
  #exists = true

  /** Throws TIME_ZONE_UNKNOWN. */
  constructor(name: string) {
    this.name = name
    try {
      this.#format = name === 'UTC' ? null : new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
    } catch (error) {
      throw new SpillwayError('TIME_ZONE_UNKNOWN', `there is no time zone "${name}"`, 'Give an IANA name such as Europe/Berlin, or UTC', {}, { cause: error })
    }
  }

  /** Local time minus UTC at an instant, in ms. */
  offsetAt(utcMs: number): number {
    if (this.#format === null) return 0
    const slot = Math.floor(utcMs / QUARTER_HOUR)
    let offset = this.#offsets.get(slot)
    if (offset === undefined) {
      offset = this.#lookUp(slot * QUARTER_HOUR)
      if (this.#offsets.size >= CACHE_LIMIT) this.#offsets.clear()
      this.#offsets.set(slot, offset)
    }
    return offset
  }

  /**
   * The instant of a local time (ms as if it were UTC). A time that the clock skipped moves forward by the jump; of a
   * time shown twice the first is meant, unless that lies over 5 minutes before `previousMs`, the row before: then
   * the second, so that a sorted log stays sorted.
   */
  toUtc(localMs: number, previousMs: number): number {
    if (this.#format === null) return localMs
    const slot = Math.floor(localMs / QUARTER_HOUR)
    if (slot !== this.#slot) this.#enter(slot)
    if (!this.#exists) this.skipped++
    else if (this.#earlier !== this.#later) {
      this.repeated++
      if (localMs - this.#earlier < previousMs - DISORDER_MS && localMs - this.#later >= previousMs - DISORDER_MS) return localMs - this.#later
    }
    return localMs - this.#earlier
  }

  /** Finds the offsets that make the local times of a quarter hour: one, two, or none. */
  #enter(slot: number): void {
    const local = slot * QUARTER_HOUR
    const before = this.offsetAt(local - DAY)
    const after = this.offsetAt(local + DAY)
    const valid = [before, after].filter((offset) => this.offsetAt(local - offset) === offset)
    this.#slot = slot
    this.#exists = valid.length > 0
    // The larger offset is the earlier instant. In a skipped hour the offset before the jump carries it forward.
    this.#earlier = valid.length > 0 ? Math.max(...valid) : before
    this.#later = valid.length > 0 ? Math.min(...valid) : before
  }

  #lookUp(utcMs: number): number {
    const part = this.#format?.formatToParts(utcMs).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const match = /GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?/u.exec(part)
    if (match === null) return 0
    const [, sign, hours, minutes, seconds = '0'] = match
    return (sign === '-' ? -1000 : 1000) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds))
  }
}
