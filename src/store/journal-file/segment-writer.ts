import { join } from 'node:path'
import type { JournalFs } from './journal-fs.ts'
import type { Recovered } from './recover.ts'
import { encodeHeader, SEGMENT_HEADER, segmentName } from './segment.ts'

/** Frames that were given together; written together, too. */
interface Batch {
  readonly bytes: Buffer
  readonly records: number
}

/**
 * Appends batches of frames to segments. Nothing is given up by an error: a failed write is cut off the file and tried again by
 * the next `write`. After a failed sync the kernel may have dropped the pages and report success next time, so that all that
 * was not synced is written anew into a new segment that begins at the last synced position. The caller bounds what it gives.
 */
export class SegmentWriter {
  readonly #fs: JournalFs
  readonly #folder: string
  readonly #segmentBytes: number
  #fd: number | null = null
  #base = 0
  /** End of what is written. */
  #position: number
  /** End of what is synced. */
  #durable: number
  #durableRecords = 0
  #pending: Batch[] = []
  #written: Batch[] = []
  #synced: Buffer[] = []

  constructor(fs: JournalFs, folder: string, segmentBytes: number, recovered: Pick<Recovered, 'segment' | 'position'>) {
    this.#fs = fs
    this.#folder = folder
    this.#segmentBytes = segmentBytes
    this.#position = this.#durable = recovered.position
    if (recovered.segment === null) return
    this.#base = recovered.segment.base
    this.#fd = fs.open(join(folder, recovered.segment.file), 'r+')
  }

  /** End of what is synced, as a position in the journal. */
  get durable(): number {
    return this.#durable
  }

  /** Records synced since the writer was made. */
  get durableRecords(): number {
    return this.#durableRecords
  }

  /** Bytes written and not yet synced. */
  get unsynced(): number {
    return this.#position - this.#durable
  }

  add(bytes: Buffer, records: number): void {
    this.#pending.push({ bytes, records })
  }

  /** Hands all that was added to the operating system. Throws the disk's error and keeps what is not written. */
  write(): void {
    while (this.#pending.length > 0) {
      if (this.#fd !== null && this.#position - this.#base >= this.#segmentBytes) this.#rotate()
      this.#fd ??= this.#create(this.#position)
      this.#writeOne(this.#fd, this.#pending[0]!)
      this.#written.push(this.#pending.shift()!)
    }
  }

  /** Syncs all that is written. Throws the disk's error. */
  sync(): void {
    if (this.#fd === null || this.#written.length === 0) return
    try {
      this.#fs.sync(this.#fd)
    } catch (error) {
      this.#abandon()
      throw error
    }
    for (const { bytes, records } of this.#written) {
      this.#durableRecords += records
      this.#synced.push(bytes)
    }
    this.#written = []
    this.#durable = this.#position
  }

  /** What was added and is on disk by now: nobody needs it any more. Each once. */
  takeSynced(): readonly Buffer[] {
    const synced = this.#synced
    this.#synced = []
    return synced
  }

  /** Ends the segment, unless it is empty: what comes next begins another. Throws the disk's error. */
  seal(): void {
    if (this.#fd !== null && this.#position > this.#base + SEGMENT_HEADER) this.#rotate()
  }

  close(): void {
    if (this.#fd !== null) this.#fs.close(this.#fd)
    this.#fd = null
  }

  #rotate(): void {
    this.sync()
    this.close()
  }

  #create(base: number): number {
    const fd = this.#fs.open(join(this.#folder, segmentName(base)), 'w')
    try {
      this.#writeFully(fd, encodeHeader(base), 0)
      this.#fs.syncFolder(this.#folder)
    } catch (error) {
      this.#fs.close(fd)
      throw error
    }
    this.#base = base
    this.#position = base + SEGMENT_HEADER
    return fd
  }

  #writeOne(fd: number, { bytes }: Batch): void {
    const offset = this.#position - this.#base
    try {
      this.#writeFully(fd, bytes, offset)
    } catch (error) {
      this.#cutBack(fd, offset)
      throw error
    }
    this.#position += bytes.length
  }

  #writeFully(fd: number, bytes: Buffer, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const taken = this.#fs.write(fd, bytes.subarray(at), offset + at)
      if (taken === 0) throw Object.assign(new Error('the disk took nothing'), { code: 'EIO' })
      at += taken
    }
  }

  /** What was half-written is gone again, or else the segment is left as it is and a new one begins. */
  #cutBack(fd: number, offset: number): void {
    try {
      this.#fs.truncate(fd, offset)
    } catch {
      this.#abandon()
    }
  }

  /** A reader takes a segment up to the base of the next: what is behind the synced position there no more counts. */
  #abandon(): void {
    this.#pending = [...this.#written, ...this.#pending]
    this.#written = []
    this.#position = this.#durable
    try {
      this.close()
    } catch {
      this.#fd = null
    }
  }
}
