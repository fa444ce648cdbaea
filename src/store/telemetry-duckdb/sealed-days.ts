import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import { rowsOf, type Database } from './database.ts'

const DAY_MS = 86_400_000
/** The names that we give, and so may remove. */
const OURS = /^day-\d{4}-\d{2}-\d{2}-\d+\.parquet(?:\.tmp)?$/u

export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

/** The days that lie in Parquet files, as the database names them; what it does not name does not count. Never changes: a new one is loaded. */
export class SealedDays {
  readonly #folder: string
  readonly #files: ReadonlyMap<number, string>

  /** The days whose sums are in `sealed_sums`: all that were sealed since there are any. */
  readonly summed: readonly number[]

  private constructor(folder: string, files: ReadonlyMap<number, string>, summed: readonly number[]) {
    this.#folder = folder
    this.#files = files
    this.summed = summed
  }

  static async load({ writer, folder }: Database): Promise<SealedDays> {
    const rows = await rowsOf(writer, 'SELECT day, file, summed FROM sealed_days ORDER BY day')
    return new SealedDays(folder, new Map(rows.map(({ day, file }) => [day as number, file as string])), rows.filter(({ summed }) => summed === true).map(({ day }) => day as number))
  }

  /** Removes files of ours that are not named: what a crash left half done, and what was replaced. */
  sweep(): void {
    const named = new Set(this.#files.values())
    for (const name of readdirSync(this.#folder)) if (OURS.test(name) && !named.has(name)) rmSync(join(this.#folder, name))
  }

  /** Throws TELEMETRY_UNAVAILABLE where a file is missing. */
  check(): void {
    for (const name of this.#files.values()) {
      if (!existsSync(join(this.#folder, name))) throw new SpillwayError('TELEMETRY_UNAVAILABLE', 'a sealed day of telemetry is missing', 'Restore the file from a copy, or move the folder away: a new database is loaded from the journal', { file: join(this.#folder, name) })
    }
  }

  get days(): readonly number[] {
    return [...this.#files.keys()]
  }

  get bytes(): number {
    return [...this.#files.values()].reduce((sum, name) => sum + statSync(join(this.#folder, name)).size, 0)
  }

  fileOf(day: number): string | null {
    return this.#files.get(day) ?? null
  }

  /** The days of a time, from `from` on and before `until` (Unix ms). */
  within(from: number, until: number): readonly number[] {
    return this.days.filter((day) => day * DAY_MS < until && (day + 1) * DAY_MS > from)
  }

  /** What to select from: the open days, and these sealed ones. */
  source(days: readonly number[]): string {
    return days.length === 0 ? 'observations' : `(SELECT * FROM observations UNION ALL BY NAME SELECT * FROM ${this.parquet(days)})`
  }

  parquet(days: readonly number[]): string {
    return `read_parquet([${days.map((day) => literal(join(this.#folder, this.#files.get(day)!))).join(', ')}], union_by_name = true)`
  }
}

/** Only for paths of ours, which no statement takes as a parameter; what users write is always a parameter. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
