import { hash } from 'node:crypto'
import type { AppendResult } from '../telemetry.ts'
import { OBSERVATIONS, PLACES, SCORES, type ObservationVersion, type ScoreVersion, type Written } from './columns.ts'
import type { Server } from './server.ts'

/** Where the log stands: the number of the last batch of any journal, how far ours is loaded, and the totals over all of them. */
export interface Head {
  readonly seq: number
  readonly position: number
  readonly repeated: number
  readonly replaced: number
  readonly merged: number
}

const WRITTEN = { places: PLACES, observations: OBSERVATIONS, scores: SCORES }
type Table = keyof typeof WRITTEN
/** Places first: an observation without its place would not be found again. */
const TABLES: readonly Table[] = ['places', 'observations', 'scores']

/** What a batch writes, as it will stand in the tables. */
export interface Rows {
  readonly observations: readonly ObservationVersion[]
  readonly places: readonly (readonly [key: number, startedAt: number])[]
  readonly scores: readonly ScoreVersion[]
}

/**
 * ClickHouse knows no transactions, but an insert of one row is there or not there. So a batch is first written as one row of the
 * table `loaded`: its number, its position, and all that it changes, in JSON. From then on it counts. Then its rows are put where
 * they belong, by the server, from that row; whoever finds the last batch of the log not put yet puts it again, which changes
 * nothing that is there: equal keys and versions are one row.
 *
 * Batches of all journals have one order. A batch is number n + 1 only if it was made on the state after number n: the number is
 * the token of its insert, and of two inserts with a token the first counts. Who comes second finds another batch under the
 * number, and begins anew on what that one left. The server remembers 10,000 tokens, far more than one insert can be late.
 */
export class CommitLog {
  readonly #server: Server
  readonly #journal: string
  /** All up to this number is in the tables, as far as we know. */
  #applied = 0

  constructor(server: Server, journal: string) {
    this.#server = server
    this.#journal = journal
  }

  /** The head, once everything up to it is in the tables. */
  async head(): Promise<Head> {
    const rows = await this.#server.rows({ sql: 'SELECT journal, seq, position, repeated, replaced, merged FROM loaded FINAL ORDER BY seq', params: {} })
    const [last, own] = [rows.at(-1), rows.find(({ journal }) => journal === this.#journal)]
    const seq = Number(last?.['seq'] ?? 0)
    if (seq > this.#applied) await this.#applyAgain(last!['journal'] as string, seq)
    const total = (name: string): number => Number(last?.[name] ?? 0)
    return { seq, position: Number(own?.['position'] ?? 0), repeated: total('repeated'), replaced: total('replaced'), merged: total('merged') }
  }

  /** Commits a batch that was made on `head`. False = another was faster, and nothing has changed. */
  async commit(head: Head, at: number, result: AppendResult, rows: Rows): Promise<boolean> {
    const seq = head.seq + 1
    const texts = { observations: linesOf(OBSERVATIONS, rows.observations), places: linesOf(PLACES, rows.places), scores: linesOf(SCORES, rows.scores) }
    const batch = hash('sha256', JSON.stringify([this.#journal, at, texts]))
    const totals = { repeated: head.repeated + result.repeated, replaced: head.replaced + result.replaced, merged: head.merged + result.merged }
    await this.#server.insert('loaded', { journal: this.#journal, seq, position: at, batch, ...totals, ...texts }, tokenOf(seq))
    const [there] = await this.#server.rows({ sql: 'SELECT batch FROM loaded FINAL WHERE seq = {seq:UInt64}', params: { seq } })
    if (there?.['batch'] !== batch) return false
    await this.#apply(this.#journal, seq, new Set(TABLES.filter((table) => texts[table] !== '')))
    return true
  }

  /** It may be there already, as a whole or in part. */
  async #applyAgain(journal: string, seq: number): Promise<void> {
    const [row] = await this.#server.rows({ sql: `SELECT ${TABLES.map((table) => `notEmpty(${table}) AS ${table}_changed`).join(', ')} FROM loaded WHERE journal = {journal:String} AND seq = {seq:UInt64} LIMIT 1`, params: { journal, seq } })
    // Gone = merged with a later batch of the journal, which was made when this one was there.
    await this.#apply(journal, seq, new Set(TABLES.filter((table) => row?.[`${table}_changed`] === 1)))
  }

  /** Puts the rows of a batch where they belong, those of each table that it changes. */
  async #apply(journal: string, seq: number, changed: ReadonlySet<Table>): Promise<void> {
    for (const table of TABLES) {
      if (!changed.has(table)) continue
      const { columns } = WRITTEN[table]
      const structure = columns.map(([name, type]) => `${name} ${type}`).join(', ')
      const sql = `INSERT INTO ${table} (${columns.map(([name]) => name).join(', ')}) SELECT * FROM format(JSONCompactEachRow, '${structure}', (SELECT ${table} FROM loaded WHERE journal = {journal:String} AND seq = {seq:UInt64} LIMIT 1))`
      await this.#server.run({ sql, params: { journal, seq } }, { token: tokenOf(seq) })
    }
    this.#applied = seq
  }
}

function tokenOf(seq: number): string {
  return `batch ${seq}`
}

function linesOf<T>({ values }: Written<T>, rows: readonly T[]): string {
  return rows.map((row) => JSON.stringify(values(row).map(wellFormed))).join('\n')
}

/** Half of a character that needs two is none to ClickHouse, and would keep the batch out for good. Texts, and objects of texts. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name.toWellFormed(), (text as string).toWellFormed()])) : value
}
