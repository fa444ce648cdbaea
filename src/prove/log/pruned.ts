import { basename, dirname } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import { decodeLeaf } from '../leaf/leaf.ts'
import type { Leaf } from '../leaf/schema.ts'
import { strictDecimal } from '../note/base64.ts'
import type { Signer, Verifier } from '../note/keys.ts'
import { openNote, signNote } from '../note/signed-note.ts'
import { timeOf } from '../leaf/time-of.ts'
import { readBundle } from '../tiles/tile-reader.ts'
import { TILE_WIDTH, tilePath } from '../tiles/tile-path.ts'
import type { TileSource } from '../tiles/tile-source.ts'
import { type LogFs, placeFiles } from './log-fs.ts'

/** In the folder of a log: from which entry on it has bundles. Hashes stay, so that everything is proven as before. */
export const PRUNED = 'pruned'
const BUNDLES_A_FOLDER = 1000
const HEADER = 'spillway audit pruned v1'

/** The first entry that the log still holds; 0 = all are there. Throws AUDIT_DAMAGED for what the log's key has not signed. */
export async function firstEntry(source: TileSource, log: Verifier): Promise<number> {
  const bytes = await source.read(PRUNED)
  if (bytes === null) return 0
  try {
    const match = /^(.*)\nfirst (.*)\n$/u.exec(openNote(bytes, [log]).text)
    const first = strictDecimal(match?.[2] ?? '')
    if (match?.[1] === HEADER && first !== null && first % BigInt(TILE_WIDTH) === 0n && first <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(first)
    throw new Error('no such note')
  } catch (error) {
    throw new SpillwayError('AUDIT_DAMAGED', "what says which entries were removed is broken or not signed by the log's key", 'Restore the file from a copy of the log', { file: PRUNED }, { cause: error })
  }
}

export interface KeepTimes {
  readonly size: number
  /** Unix ms: what is younger stays. */
  readonly cutoff: number
  /** Earlier ones, of calls of AI systems by their names. */
  readonly cutoffs?: ReadonlyMap<string, number>
}

/**
 * Where the log could begin so that nothing is removed that has to stay: full bundles from the beginning on, all of whose entries are
 * older. A log has one beginning: what came after an entry that stays, stays too.
 */
export async function prunableUntil(source: TileSource, log: Verifier, { size, cutoff, cutoffs }: KeepTimes): Promise<number> {
  const stays = (leaf: Leaf): boolean => timeOf(leaf) >= ((leaf.leaf === 'call' || leaf.leaf === 'intent') && leaf.system !== undefined ? (cutoffs?.get(leaf.system) ?? cutoff) : cutoff)
  let first = await firstEntry(source, log)
  for (; first + TILE_WIDTH <= size; first += TILE_WIDTH) {
    const entries = await readBundle(source, first / TILE_WIDTH, TILE_WIDTH)
    if (entries.some((entry) => stays(decodeLeaf(entry)))) break
  }
  return first
}

/**
 * Removes the bundles before entry `first` (a multiple of 256) and says so under the log's key, that first: whoever verifies
 * knows what is gone by right. What an earlier run has left, by a crash, goes too. Throws what the disk throws.
 */
export function pruneLog(fs: LogFs, folder: string, signer: Signer, first: number): void {
  placeFiles(fs, folder, [{ path: PRUNED, bytes: Buffer.from(signNote(`${HEADER}\nfirst ${first}\n`, [signer])) }])
  for (let group = 0; group < first / TILE_WIDTH; group += BUNDLES_A_FOLDER) {
    const files = Array.from({ length: Math.min(BUNDLES_A_FOLDER, first / TILE_WIDTH - group) }, (_, n) => `${folder}/${tilePath({ level: 'entries', index: group + n, width: TILE_WIDTH })}`)
    const there = new Set(fs.list(dirname(files[0]!)))
    for (const file of files) if (there.has(basename(file))) fs.remove(file)
  }
}
