import { Worker } from 'node:worker_threads'
import type { Clock } from '../../core/clock.ts'
import { SpillwayError } from '../../core/errors.ts'
import type { Journal, JournalEntry, JournalReader, JournalStats } from '../journal.ts'
import { Backlog } from './backlog.ts'
import { FrameGroup, GROUP_BYTES } from './frame-group.ts'
import { Losses } from './losses.ts'
import type { FromWorker, ToWorker, WorkerSettings } from './messages.ts'
import { readJournal } from './read-journal.ts'
import { workerFile } from '../worker-file.ts'

export interface JournalOptions {
  /** A folder of its own; made where it is not there. */
  readonly folder: string
  readonly clock: Clock
  /** A new file begins at this size. Default 64 MiB. */
  readonly segmentBytes?: number
  /** A record is synced after so long or so many bytes, whichever comes first. Default 50 ms, 1 MiB. */
  readonly syncMs?: number
  readonly syncBytes?: number
  /** Most characters that wait for the disk; what comes beyond is lost, and a gap record says so. Default 64 Mi. */
  readonly queueChars?: number
  /** Largest record. Default 1 Mi characters. */
  readonly maxRecordChars?: number
}

export interface FileJournalStats extends JournalStats {
  /** Why the disk refuses at present; null = it does not. */
  readonly failure: string | null
  /** Characters that wait for the disk. */
  readonly waiting: number
}

export interface FileJournal extends Journal, JournalReader {
  /** Ends the file that is being written: what comes next begins another. Takes effect where the disk lets it. */
  readonly seal: () => void
  readonly stats: () => FileJournalStats
}

/** Records go to the writing thread in groups: one message a record would cost more than the record. */
const GROUP_MS = 20
const GROUP_CHARS = GROUP_BYTES / 2

/**
 * Opens the journal in `folder` for writing, in a thread of its own, and repairs what a crash left. A reader of it sees what is
 * on disk for certain. Throws JOURNAL_LOCKED where another process writes to it, JOURNAL_FAILED, JOURNAL_VERSION_UNKNOWN.
 */
export async function openJournal(options: JournalOptions): Promise<FileJournal> {
  const settings: WorkerSettings = {
    folder: options.folder,
    segmentBytes: options.segmentBytes ?? 64 * 1024 * 1024,
    syncMs: options.syncMs ?? 50,
    syncBytes: options.syncBytes ?? 1024 * 1024,
    openedAt: options.clock.now(),
  }
  const worker = new Worker(workerFile(new URL('worker.ts', import.meta.url), 'journal-worker.js'), { workerData: settings, name: 'spillway-journal' })
  const first = await new Promise<FromWorker>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  if (first.type === 'refused') {
    const { code, message, mend, file } = first.error
    throw new SpillwayError(code, message, mend, file === null ? {} : { file })
  }
  if (first.type !== 'ready') throw new Error(`the journal's thread began with ${first.type}`)
  return new WorkerJournal(worker, first.position, options)
}

class WorkerJournal implements FileJournal {
  readonly #worker: Worker
  readonly #options: JournalOptions
  readonly #queueChars: number
  readonly #maxRecordChars: number
  readonly #backlog = new Backlog()
  readonly #losses = new Losses()
  readonly #flushes = new Map<number, (failure: string | null) => void>()
  readonly #group = new FrameGroup()
  #timer: NodeJS.Timeout | undefined
  #appended = 0
  #durable = 0
  #position: number
  #failure: string | null = null
  #lastFlush = 0
  #flushing: Promise<void> | null = null
  #nextFlush: Promise<void> | null = null
  #closing: Promise<void> | null = null
  #closed: ((failure: string | null) => void) | null = null
  #dead = false

  constructor(worker: Worker, position: number, options: JournalOptions) {
    this.#worker = worker
    this.#position = position
    this.#options = options
    this.#queueChars = options.queueChars ?? 64 * 1024 * 1024
    this.#maxRecordChars = options.maxRecordChars ?? 1024 * 1024
    worker.on('message', (message: FromWorker) => this.#onMessage(message))
    worker.on('error', (error) => this.#onDeath(error.message))
    worker.on('exit', () => this.#onDeath('the thread that writes has ended'))
  }

  append(record: object): void {
    if (this.#closing !== null) throw new SpillwayError('JOURNAL_CLOSED', 'the journal is closed', 'This is a defect of Spillway; please report it')
    const text = jsonOf(record)
    if (text === null) this.#losses.count('not-json', this.#options.clock.now())
    else if (text.length > this.#maxRecordChars) this.#losses.count('too-large', this.#options.clock.now())
    else if (this.#dead || this.#waiting + text.length > this.#queueChars) this.#losses.count('queue-full', this.#options.clock.now())
    else {
      if (this.#losses.pending) this.#tellLosses()
      this.#take(text)
    }
  }

  /** One sync at a time: all who ask during one share the next, so that many at once wait for two syncs, not for one each. */
  flush(): Promise<void> {
    if (this.#flushing === null) return this.#flushNow()
    const again = (): Promise<void> => {
      this.#nextFlush = null
      return this.#flushNow()
    }
    return (this.#nextFlush ??= this.#flushing.then(again, again))
  }

  seal(): void {
    if (this.#closing === null && !this.#dead) this.#post({ type: 'seal' })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  stats(): FileJournalStats {
    return { appended: this.#appended, durable: this.#durable, lost: this.#losses.total, bytes: this.#position, failure: this.#failure, waiting: this.#waiting }
  }

  /** Characters. */
  get #waiting(): number {
    return this.#backlog.size + this.#group.size
  }

  read(position: number): AsyncIterable<JournalEntry> {
    return readJournal(this.#options.folder, position, () => this.#position)
  }

  #flushNow(): Promise<void> {
    if (this.#closing !== null) return this.#closing
    if (this.#dead) return Promise.reject(failed(this.#failure ?? 'the thread that writes has ended'))
    this.#tellLosses()
    this.#send()
    const id = ++this.#lastFlush
    const flushed = new Promise<void>((resolve, reject) => {
      this.#flushes.set(id, (failure) => (failure === null ? resolve() : reject(failed(failure))))
      this.#post({ type: 'flush', id })
    })
    this.#flushing = flushed
    const over = (): void => {
      this.#flushing = null
    }
    flushed.then(over, over)
    return flushed
  }

  async #close(): Promise<void> {
    if (this.#dead) throw failed(this.#failure ?? 'the thread that writes has ended')
    this.#tellLosses()
    this.#send()
    const failure = await new Promise<string | null>((resolve) => {
      this.#closed = resolve
      this.#post({ type: 'close' })
    })
    this.#dead = true
    await this.#worker.terminate()
    if (failure === null) return
    this.#losses.countOutright(this.#appended - this.#durable)
    throw failed(failure)
  }

  /** Where there is room, however little: a gap record is small and there are three kinds at most. */
  #tellLosses(): void {
    if (this.#losses.pending && this.#waiting < this.#queueChars) {
      for (const gap of this.#losses.take(this.#options.clock.now())) this.#take(JSON.stringify(gap))
    }
  }

  #take(text: string): void {
    this.#appended++
    this.#group.add(text)
    if (this.#group.size >= GROUP_CHARS) this.#send()
    else this.#timer ??= setTimeout(() => this.#send(), GROUP_MS)
  }

  #send(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#group.size === 0) return
    this.#backlog.add(this.#appended, this.#group.size)
    const batch = this.#group.take()
    this.#post({ type: 'batch', ...batch }, [batch.memory])
  }

  #post(message: ToWorker, handedOver: readonly ArrayBuffer[] = []): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#worker.postMessage(message, handedOver)
  }

  #onMessage(message: FromWorker): void {
    if (message.type === 'durable') {
      this.#durable = message.records
      this.#position = message.position
      this.#group.reuse(message.memory)
      this.#backlog.settle(message.records)
      if (this.#closing === null) this.#tellLosses()
    } else if (message.type === 'disk') this.#failure = message.failure
    else if (message.type === 'flushed') this.#answer(message.id, message.failure)
    else if (message.type === 'closed') this.#closed?.(message.failure)
  }

  #answer(id: number, failure: string | null): void {
    const answer = this.#flushes.get(id)
    this.#flushes.delete(id)
    answer?.(failure)
  }

  /** From here on everything is counted as lost, and `failure` says why. */
  #onDeath(reason: string): void {
    if (this.#dead) return
    this.#dead = true
    this.#failure = reason
    this.#losses.countOutright(this.#appended - this.#durable)
    for (const id of this.#flushes.keys()) this.#answer(id, reason)
    this.#closed?.(reason)
  }
}

/** Null for what JSON does not hold: a bigint, a cycle, undefined. */
function jsonOf(record: object): string | null {
  try {
    return JSON.stringify(record) ?? null
  } catch {
    return null
  }
}

function failed(failure: string): SpillwayError {
  return new SpillwayError('JOURNAL_FAILED', `the journal cannot write: ${failure}`, 'Free space or mend the disk of the data folder; writing goes on by itself')
}
