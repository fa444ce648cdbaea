import { SpillwayError } from '../../core/errors.ts'
import { HASH_BYTES, perfectRoot } from '../tree/hash.ts'
import type { NodeReader } from '../tree/make-proof.ts'
import { decodeBundle } from './entry-bundle.ts'
import { type Tile, TILE_WIDTH, tileOf, tilePath } from './tile-path.ts'
import type { TileSource } from './tile-source.ts'

/** Tiles kept in memory: 8 KiB each. A proof needs a few at each level. */
const CACHED_TILES = 64

/**
 * The nodes of a tree of `size` leaves, out of its tiles. The hashes are as the tiles have them: whoever uses them checks
 * that they add up to a signed root. Throws AUDIT_TILE_INVALID where a tile is missing or has the wrong length.
 */
export function tileNodes(source: TileSource, size: number): NodeReader {
  const cache = new Map<string, Promise<Buffer>>()
  return async (level, index) => {
    const tileLevel = Math.floor(level / 8)
    const count = 2 ** (level % 8)
    const first = index * count
    const tile = tileOf(tileLevel, first, size)
    const path = tilePath(tile)
    const hashes = await (cache.get(path) ?? remember(cache, path, readTile(source, tile)))
    const start = (first - tile.index * TILE_WIDTH) * HASH_BYTES
    return perfectRoot(hashes.subarray(start, start + count * HASH_BYTES))
  }
}

/** The hashes of one tile. A full tile may stand in for a partial one. */
export async function readTile(source: TileSource, tile: Tile): Promise<Buffer> {
  const path = tilePath(tile)
  const bytes = await readEither(source, tile)
  const exact = bytes?.found === 'full' ? TILE_WIDTH : tile.width
  if (bytes === null) throw missing(path)
  if (bytes.content.length !== exact * HASH_BYTES) throw new SpillwayError('AUDIT_TILE_INVALID', `the tile has ${bytes.content.length} bytes instead of ${exact * HASH_BYTES}`, 'Restore the file from a copy of the log', { file: path })
  return bytes.content.subarray(0, tile.width * HASH_BYTES)
}

/** The entries of one bundle. */
export async function readBundle(source: TileSource, index: number, width: number): Promise<Buffer[]> {
  const tile: Tile = { level: 'entries', index, width }
  const bytes = await readEither(source, tile)
  if (bytes === null) throw missing(tilePath(tile))
  return decodeBundle(bytes.content, bytes.found === 'full' ? TILE_WIDTH : width, tilePath(tile)).slice(0, width)
}

export async function entryAt(source: TileSource, index: number, size: number): Promise<Buffer> {
  const tile = tileOf('entries', index, size)
  const entries = await readBundle(source, tile.index, tile.width)
  return entries[index - tile.index * TILE_WIDTH]!
}

async function readEither(source: TileSource, tile: Tile): Promise<{ readonly content: Buffer; readonly found: 'exact' | 'full' } | null> {
  const content = await source.read(tilePath(tile))
  if (content !== null) return { content, found: 'exact' }
  // Partial tiles may be gone once the full one is there.
  const full = tile.width === TILE_WIDTH ? null : await source.read(tilePath({ ...tile, width: TILE_WIDTH }))
  return full === null ? null : { content: full, found: 'full' }
}

function remember(cache: Map<string, Promise<Buffer>>, path: string, tile: Promise<Buffer>): Promise<Buffer> {
  if (cache.size >= CACHED_TILES) cache.delete(cache.keys().next().value!)
  cache.set(path, tile)
  return tile
}

function missing(path: string): SpillwayError {
  return new SpillwayError('AUDIT_TILE_INVALID', 'the file is missing', 'Restore it from a copy of the log', { file: path })
}

