import type { Clock } from '../../core/clock.ts'
import { SpillwayError } from '../../core/errors.ts'
import type { JournalReader } from '../../store/journal.ts'
import { encodeLeaf } from '../leaf/leaf.ts'
import { utc } from '../leaf/call-leaf.ts'
import type { AdminLeaf } from '../leaf/schema.ts'
import type { TenantKeys } from '../leaf/tenant-keys.ts'
import type { LogWriter } from '../log/log-writer.ts'
import { leavesOfRecord } from './journal-leaves.ts'

/** Most leaves of one commit, and bytes: what the sequencer holds in memory at once. */
const MOST_LEAVES = 16_384
const MOST_BYTES = 32 * 1024 * 1024

export interface SequencerOptions {
  readonly log: LogWriter
  readonly journal: JournalReader
  readonly keys: TenantKeys
  readonly build: string
  readonly clock: Clock
}

/** Where in the journal the log stands; committed with the leaves, in the log's own state. */
interface Cursor {
  /** Position of the next record. */
  readonly journal: number
  readonly config: string | null
  readonly acts: readonly string[]
}

/**
 * Turns records of the journal into leaves, each exactly once: the position goes to disk together with the leaves, or neither
 * does.
 */
export class Sequencer {
  readonly #options: SequencerOptions
  #cursor: Cursor
  #waiting: Buffer[] = []

  constructor(options: SequencerOptions) {
    this.#options = options
    this.#cursor = parseCursor(options.log.cursor)
  }

  /** Position in the journal up to which all is in the log. */
  get position(): number {
    return this.#cursor.journal
  }

  /** A leaf that comes from no record: committed first in the next step. */
  add(leaf: AdminLeaf): void {
    this.#waiting.push(encodeLeaf(leaf))
  }

  start(): void {
    this.add({ leaf: 'log-started', v: 1, at: this.#now(), actor: null, build: this.#options.build })
  }

  stop(reason: string): void {
    this.add({ leaf: 'log-stopped', v: 1, at: this.#now(), actor: null, reason })
  }

  /**
   * Commits what the journal has, up to a limit; true = there may be more. Throws AUDIT_WRITE_FAILED, after which the log must
   * be opened anew with a new sequencer, and what the journal's reader throws.
   */
  async step(): Promise<boolean> {
    const { log, journal, keys, build, clock } = this.#options
    const leaves = [...this.#waiting]
    let bytes = 0
    let cursor = this.#cursor
    let more = false
    for await (const { position, next, record } of journal.read(cursor.journal)) {
      const { leaves: made, config, acts } = leavesOfRecord(record, position, { build, keys, config: cursor.config, acts: cursor.acts, now: clock.now() })
      leaves.push(...made)
      bytes += made.reduce((sum, { length }) => sum + length, 0)
      cursor = { journal: next, config, acts }
      more = leaves.length >= MOST_LEAVES || bytes >= MOST_BYTES
      if (more) break
    }
    if (leaves.length > 0 || cursor.journal > this.#cursor.journal) log.commit(leaves, JSON.stringify(cursor))
    this.#cursor = cursor
    this.#waiting = []
    return more
  }

  #now(): string {
    return utc(this.#options.clock.now())
  }
}

/** Refuses to go on from a journal that ends before what the log has taken from it. `end`: the position after its last record. */
export function checkJournal(position: number, end: number): void {
  if (position > end) throw new SpillwayError('AUDIT_JOURNAL_BEHIND', `the log has taken records up to position ${position}, the journal ends at ${end}`, 'An old copy of the journal was put in its place: bring the newer one back, or begin a new log')
}

/** Position in the journal up to which a log has taken records, from what it has committed with its leaves. */
export function takenOf(cursor: string): number {
  return parseCursor(cursor).journal
}

function parseCursor(text: string): Cursor {
  if (text === '') return { journal: 0, config: null, acts: [] }
  const { journal, config, acts = [] } = JSON.parse(text) as Omit<Cursor, 'acts'> & Partial<Cursor>
  return { journal, config, acts }
}
