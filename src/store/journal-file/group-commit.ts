import type { GapRecord } from './gap-record.ts'
import { encodeFrames, sealFrames } from './frame.ts'
import type { JournalFs } from './journal-fs.ts'
import { recover } from './recover.ts'
import { SegmentWriter } from './segment-writer.ts'

export interface CommitSettings {
  readonly folder: string
  readonly segmentBytes: number
  /** Longest time and most bytes that a record waits for the sync. */
  readonly syncMs: number
  readonly syncBytes: number
  readonly openedAt: number
  /** The last writer crashed. */
  readonly unclean: boolean
}

export interface CommitEvents {
  /** `synced`: the buffers that were added, free for other use. */
  readonly durable: (records: number, position: number, synced: readonly Buffer[]) => void
  readonly disk: (failure: string | null) => void
}

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5000

/**
 * Writes at once, syncs in groups, and keeps trying while the disk refuses. Writing at once matters: what the operating system
 * has survives the death of this process.
 */
export class GroupCommit {
  readonly #writer: SegmentWriter
  readonly #settings: CommitSettings
  readonly #events: CommitEvents
  #timer: NodeJS.Timeout | undefined
  #failure: string | null = null
  #retryMs = FIRST_RETRY_MS
  /** Gap records of this thread's own, which the other side does not count. */
  #own = 0
  #reported = 0

  /** Recovers the journal; throws what `recover` throws. */
  constructor(fs: JournalFs, settings: CommitSettings, events: CommitEvents) {
    this.#settings = settings
    this.#events = events
    const recovered = recover(fs, settings.folder)
    this.#writer = new SegmentWriter(fs, settings.folder, settings.segmentBytes, recovered)
    const past = { kind: 'gap', schemaVersion: 1, lost: null, from: recovered.lastWriteAt, until: settings.openedAt } as const
    if (recovered.kept !== null) this.#addOwn({ ...past, reason: 'damage', kept: recovered.kept })
    if (settings.unclean) this.#addOwn({ ...past, reason: 'crash' })
  }

  get position(): number {
    return this.#writer.durable
  }

  /** Frames, whose checksums need not be there yet. */
  add(frames: Buffer): void {
    this.#writer.add(frames, sealFrames(frames))
    // While the disk refuses, the retry has its own pace.
    if (this.#failure !== null) return
    if (this.#attempt(() => this.#writer.write()) === null && this.#writer.unsynced >= this.#settings.syncBytes) this.commit()
    else this.#timer ??= setTimeout(() => this.commit(), this.#settings.syncMs)
  }

  /** Writes and syncs now. Null = all that was added is on disk, else why not; trying goes on by itself. */
  commit(): string | null {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const failure = this.#attempt(() => {
      this.#writer.write()
      this.#writer.sync()
    })
    this.#report()
    return failure
  }

  /** Writes and syncs now and ends the segment; where the disk refuses, the segment goes on. */
  seal(): void {
    if (this.commit() === null) this.#attempt(() => this.#writer.seal())
  }

  /** The last attempt; null = all is on disk. */
  close(): string | null {
    const failure = this.commit()
    clearTimeout(this.#timer)
    this.#writer.close()
    return failure
  }

  #addOwn(record: GapRecord): void {
    this.#own++
    this.add(encodeFrames([JSON.stringify(record)]))
  }

  #attempt(work: () => void): string | null {
    try {
      work()
      if (this.#failure !== null) this.#events.disk(null)
      this.#failure = null
      this.#retryMs = FIRST_RETRY_MS
    } catch (error) {
      const failure = describe(error)
      if (failure !== this.#failure) this.#events.disk(failure)
      this.#failure = failure
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.commit(), this.#retryMs)
      this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2)
    }
    return this.#failure
  }

  #report(): void {
    const records = Math.max(0, this.#writer.durableRecords - this.#own)
    if (records === this.#reported) return
    this.#reported = records
    this.#events.durable(records, this.#writer.durable, this.#writer.takeSynced())
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'the file may grow no further (a limit on file sizes)',
  EIO: 'the disk reports an input/output error',
  EROFS: 'the disk is read-only',
}

function describe(error: unknown): string {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  // Node's own message may name the folder, and readiness tells this to anybody.
  return `${WORDS[code] ?? 'the disk refuses'} (${code})`
}
