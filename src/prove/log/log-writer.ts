import { SpillwayError } from '../../core/errors.ts'
import type { Signer } from '../note/keys.ts'
import { encodeEntry } from '../tiles/entry-bundle.ts'
import type { TileContent } from '../tiles/growing-tiles.ts'
import { hashesAt, TILE_WIDTH, tileOf, tilePath } from '../tiles/tile-path.ts'
import { leafHash } from '../tree/hash.ts'
import { CHECKPOINT, signedCheckpoint, STATE } from './log-files.ts'
import { type LogFs, placeFiles } from './log-fs.ts'
import { encodeState, type LogState } from './log-state.ts'
import type { LogTail } from './read-tail.ts'
import { removePartials } from './sweep.ts'

/** Most entries of one commit. */
export const MAX_COMMIT_ENTRIES = 65_536

interface OpenedLog {
  readonly fs: LogFs
  readonly folder: string
  readonly privateFolder: string
  readonly signer: Signer
  readonly unlock: () => void
  readonly state: LogState
  readonly tail: LogTail
}

interface Growth extends LogTail {
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[]
  /** Full tiles that had partial ones. */
  readonly completed: readonly string[]
}

/**
 * The one writer of a log. A commit puts tiles and bundles on disk, then the state, then the checkpoint, so that every
 * checkpoint ever seen is backed by what is on disk, and each is an extension of the one before.
 */
export class LogWriter {
  readonly #log: OpenedLog
  #state: LogState
  #tail: LogTail
  #stopped: 'closed' | 'failed' | null = null

  constructor(log: OpenedLog) {
    this.#log = log
    this.#state = log.state
    this.#tail = log.tail
  }

  get size(): number {
    return this.#state.size
  }

  /** As committed with the last entries; empty in a new log. */
  get cursor(): string {
    return this.#state.cursor
  }

  /**
   * Appends entries and signs for them; on disk when it returns. `cursor` (one line) is committed with them: both or neither. No
   * entries = the cursor alone. After AUDIT_WRITE_FAILED the log takes nothing more until it is opened again, which finds out
   * what has reached the disk: a failed sync is never tried again as if nothing were lost.
   */
  commit(entries: readonly Uint8Array[], cursor = this.cursor): void {
    if (this.#stopped !== null) throw new SpillwayError('AUDIT_WRITE_FAILED', this.#stopped === 'failed' ? 'an earlier write to the log has failed' : 'the log is closed', 'Open it again')
    if (entries.length > MAX_COMMIT_ENTRIES || cursor.includes('\n')) throw new RangeError('too many entries, or a cursor of several lines')
    const { fs, folder, privateFolder, signer } = this.#log
    const growth = grow(this.#tail, entries)
    const state = { size: growth.tiles.size, root: growth.tiles.root(), cursor }
    const stateBytes = encodeState(state, signer)
    try {
      placeFiles(fs, folder, growth.files)
      placeFiles(fs, privateFolder, [{ path: STATE, bytes: stateBytes }])
      if (entries.length > 0) placeFiles(fs, folder, [{ path: CHECKPOINT, bytes: signedCheckpoint(state, signer) }])
    } catch (error) {
      this.#stopped = 'failed'
      throw writeFailed(folder, error)
    }
    this.#state = state
    this.#tail = growth
    try {
      for (const path of growth.completed) removePartials(fs, folder, path)
    } catch {
      // All is committed. Partial tiles that stay are superfluous, not wrong.
    }
  }

  close(): void {
    if (this.#stopped !== 'closed') this.#log.unlock()
    this.#stopped = 'closed'
  }
}

export function writeFailed(folder: string, error: unknown): SpillwayError {
  const { code, message } = error as NodeJS.ErrnoException
  return new SpillwayError('AUDIT_WRITE_FAILED', `the log cannot be written (${code ?? message})`, 'Free space or mend the disk, then open the log again', { file: folder }, { cause: error })
}

/** What a commit changes, worked out beside what is there: a failed commit leaves the tail as it was. */
function grow(tail: LogTail, entries: readonly Uint8Array[]): Growth {
  const before = tail.tiles.size
  const tiles = tail.tiles.copy()
  const full: TileContent[] = []
  const files: { path: string; bytes: Uint8Array }[] = []
  let bundle = [tail.bundle]
  for (const entry of entries) {
    bundle.push(encodeEntry(entry))
    tiles.append(leafHash(entry), (tile) => full.push(tile))
    if (tiles.size % TILE_WIDTH > 0) continue
    files.push({ path: tilePath(tileOf('entries', tiles.size - 1, tiles.size)), bytes: Buffer.concat(bundle) })
    bundle = []
  }
  const rest = Buffer.concat(bundle)
  if (entries.length > 0 && tiles.size % TILE_WIDTH > 0) files.push({ path: tilePath(tileOf('entries', tiles.size - 1, tiles.size)), bytes: rest })
  const grown = tiles.partial().filter(({ tile: { level } }) => hashesAt(Number(level), before) < hashesAt(Number(level), tiles.size))
  files.push(...[...full, ...grown].map(({ tile, hashes }) => ({ path: tilePath(tile), bytes: hashes })))
  const completed = full.map(({ tile }) => tile).filter(({ level, index }) => hashesAt(Number(level), before) > index * TILE_WIDTH)
  return { tiles, bundle: rest, files, completed: completed.flatMap((tile) => (tile.level === 0 ? [tilePath(tile), tilePath({ ...tile, level: 'entries' })] : [tilePath(tile)])) }
}
