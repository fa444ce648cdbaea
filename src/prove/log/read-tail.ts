import { SpillwayError } from '../../core/errors.ts'
import { encodeEntry } from '../tiles/entry-bundle.ts'
import { GrowingTiles } from '../tiles/growing-tiles.ts'
import { readBundle, readTile } from '../tiles/tile-reader.ts'
import { hashesAt, tileLevels, TILE_WIDTH, tileOf } from '../tiles/tile-path.ts'
import type { TileSource } from '../tiles/tile-source.ts'
import { HASH_BYTES, leafHash, sameHash } from '../tree/hash.ts'
import type { LogState } from './log-state.ts'

/** What appending goes on from. */
export interface LogTail {
  readonly tiles: GrowingTiles
  /** The unfinished bundle as it stands on disk; empty where the last one is full. */
  readonly bundle: Buffer
}

/** Reads the right edge of a tree and proves that it is the one of `state`. Throws AUDIT_TILE_INVALID, AUDIT_DAMAGED. */
export async function readTail(source: TileSource, { size, root }: Pick<LogState, 'size' | 'root'>): Promise<LogTail> {
  const partial = await Promise.all(
    Array.from({ length: tileLevels(size) }, (_, level) => {
      const hashes = hashesAt(level, size)
      return hashes % TILE_WIDTH === 0 ? Buffer.alloc(0) : readTile(source, tileOf(level, hashes - 1, size))
    }),
  )
  const tiles = new GrowingTiles(size, partial)
  if (!sameHash(tiles.root(), root)) throw damaged('its last tiles do not add up to the signed root')
  const width = size % TILE_WIDTH
  if (width === 0) return { tiles, bundle: Buffer.alloc(0) }
  const entries = await readBundle(source, Math.floor(size / TILE_WIDTH), width)
  const wrong = entries.findIndex((entry, n) => !sameHash(leafHash(entry), partial[0]!.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES)))
  if (wrong >= 0) throw damaged(`entry ${size - width + wrong} is not the one that was signed`)
  return { tiles, bundle: Buffer.concat(entries.map(encodeEntry)) }
}

function damaged(what: string): SpillwayError {
  return new SpillwayError('AUDIT_DAMAGED', `the log was changed: ${what}`, 'Nothing was written. Look into it with "spillway audit verify", then restore the log from a copy')
}
