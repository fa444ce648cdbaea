import { basename } from 'node:path'
import type { Random } from '../../core/random.ts'
import { decodeFrame } from './frame.ts'
import type { JournalFs } from './journal-fs.ts'
import { SEGMENT_HEADER, segmentsOf } from './segment.ts'

type Operation = 'open' | 'write' | 'truncate' | 'sync' | 'syncFolder' | 'close'

interface FakeFile {
  /** What programs see. */
  cache: Buffer
  /** What is there after a power cut. */
  disk: Buffer
  /** Bytes of the cache up to here were dropped by a failed sync: later syncs claim success and do not write them. */
  dropped: { from: number; to: number } | null
  /** The folder has been synced since it was made. */
  named: boolean
}

/**
 * A disk in memory that fails when told to and loses what was not synced when the power goes, with the manners of Linux: writes
 * may be short, a failed write may have written a part, and after a failed fsync the lost pages count as clean.
 */
export class FakeDisk implements JournalFs {
  readonly files = new Map<string, FakeFile>()
  /** Asked before each operation; a code makes it fail. */
  fault: (operation: Operation) => string | null = () => null
  readonly #random: Random
  readonly #open = new Map<number, string>()
  #nextFd = 3

  constructor(random: Random) {
    this.#random = random
  }

  makeFolder(): void {}

  list(): readonly string[] {
    return [...this.files.keys()]
  }

  open(file: string, flags: 'w' | 'r+'): number {
    this.#maybeFail('open')
    const name = basename(file)
    if (flags === 'w') this.files.set(name, { cache: Buffer.alloc(0), disk: this.files.get(name)?.disk ?? Buffer.alloc(0), dropped: null, named: this.files.get(name)?.named ?? false })
    if (!this.files.has(name)) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
    this.#open.set(++this.#nextFd, name)
    return this.#nextFd
  }

  read(fd: number, buffer: Buffer, position: number): number {
    return this.#file(fd).cache.copy(buffer, 0, position)
  }

  write(fd: number, bytes: Buffer, position: number): number {
    const file = this.#file(fd)
    const short = Math.max(1, Math.ceil(this.#random() * bytes.length))
    const code = this.fault('write')
    // A failed write leaves a part, a good one may be short.
    const part = code === null ? short : Math.floor(this.#random() * bytes.length)
    file.cache = Buffer.concat([file.cache.subarray(0, position), bytes.subarray(0, part)])
    if (code !== null) throw Object.assign(new Error(code), { code })
    return part
  }

  truncate(fd: number, length: number): void {
    this.#maybeFail('truncate')
    const file = this.#file(fd)
    file.cache = file.cache.subarray(0, length)
  }

  sync(fd: number): void {
    const file = this.#file(fd)
    const code = this.fault('sync')
    if (code !== null) {
      file.dropped = { from: file.dropped?.from ?? file.disk.length, to: file.cache.length }
      throw Object.assign(new Error(code), { code })
    }
    file.disk = Buffer.from(file.cache)
    if (file.dropped !== null) file.disk.fill(0, file.dropped.from, Math.min(file.dropped.to, file.disk.length))
  }

  syncFolder(): void {
    this.#maybeFail('syncFolder')
    for (const file of this.files.values()) file.named = true
  }

  stat(fd: number): { size: number; mtimeMs: number } {
    return { size: this.#file(fd).cache.length, mtimeMs: 500 }
  }

  close(fd: number): void {
    this.#open.delete(fd)
    this.#maybeFail('close')
  }

  copy(from: string, to: string): void {
    this.files.set(basename(to), { ...this.files.get(basename(from))! })
  }

  remove(file: string): void {
    this.files.delete(basename(file))
  }

  /** The power goes: of what was not synced, any beginning may be there. */
  powerCut(): void {
    this.#open.clear()
    for (const [name, file] of this.files) {
      if (!file.named && this.#random() < 0.5) {
        this.files.delete(name)
        continue
      }
      const extra = file.cache.subarray(file.disk.length)
      file.disk = Buffer.concat([file.disk, file.dropped === null ? extra.subarray(0, Math.floor(this.#random() * (extra.length + 1))) : Buffer.alloc(0)])
      file.cache = Buffer.from(file.disk)
      file.dropped = null
      file.named = true
    }
  }

  /** The records that a reader finds: each segment up to the base of the next. */
  records(): unknown[] {
    const segments = segmentsOf(this.list())
    return segments.flatMap(({ file, base }, index) => {
      const { cache } = this.files.get(file)!
      const end = Math.min(cache.length, (segments[index + 1]?.base ?? Infinity) - base)
      const found: unknown[] = []
      let at = SEGMENT_HEADER
      for (let frame = decodeFrame(cache, at, end); typeof frame !== 'string'; frame = decodeFrame(cache, at, end)) {
        found.push(JSON.parse(frame.payload.toString()))
        at = frame.next
      }
      return found
    })
  }

  #file(fd: number): FakeFile {
    return this.files.get(this.#open.get(fd) ?? '')!
  }

  #maybeFail(operation: Operation): void {
    const code = this.fault(operation)
    if (code !== null) throw Object.assign(new Error(code), { code })
  }
}
