import { hash } from 'node:crypto'
import type { AppendResult } from '../telemetry.ts'
import { OBSERVATIONS, PLACES, SCORES, type ObservationVersion, type ScoreVersion, type Written } from './columns.ts'
import type { Server } from './server.ts'

/** Where the log stands: the number of the last batch of any journal, and of ours how far it is loaded. */
export interface Head {
  readonly seq: number
  readonly position: number
  readonly repeated: number
  readonly replaced: number
  readonly merged: number
}

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
    if (seq > this.#applied) await this.#apply(last!['journal'] as string, seq)
    return { seq, position: Number(own?.['position'] ?? 0), repeated: Number(own?.['repeated'] ?? 0), replaced: Number(own?.['replaced'] ?? 0), merged: Number(own?.['merged'] ?? 0) }
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
    await this.#apply(this.#journal, seq, texts)
    return true
  }

  /** Puts the rows of a batch where they belong. `texts` spares asking for what is not in it. */
  async #apply(journal: string, seq: number, texts?: Readonly<Record<string, string>>): Promise<void> {
    // Places first: an observation without its place would not be found again.
    for (const [table, { columns }] of [['places', PLACES], ['observations', OBSERVATIONS], ['scores', SCORES]] as const) {
      if (texts?.[table] === '') continue
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

/** Half of a character that needs two is none to ClickHouse, and would keep the batch out for good. */
function linesOf<T>({ values }: Written<T>, rows: readonly T[]): string {
  return rows.map((row) => JSON.stringify(values(row).map((value) => (typeof value === 'string' ? value.toWellFormed() : value)))).join('\n')
}
