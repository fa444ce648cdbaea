import { rootOfEdge, edgeOf } from '../tree/edge.ts'
import { type Hash, HASH_BYTES, perfectRoot } from '../tree/hash.ts'
import { hashesAt, type Tile, TILE_WIDTH, tileOf } from './tile-path.ts'

export interface TileContent {
  readonly tile: Tile
  readonly hashes: Buffer
}

/**
 * The unfinished tiles at the right edge of a tree, one a level: all that appending needs, 8 KiB a level. Sizes up to
 * 2^53 - 1.
 */
export class GrowingTiles {
  #size: number
  readonly #levels: Buffer[]

  /** Goes on from a tree of `size`, whose unfinished tiles are `partial`, from level 0 up. */
  constructor(size = 0, partial: readonly Uint8Array[] = []) {
    this.#size = size
    this.#levels = partial.map((hashes) => Buffer.concat([hashes, Buffer.alloc(TILE_WIDTH * HASH_BYTES - hashes.length)]))
  }

  get size(): number {
    return this.#size
  }

  /** `onFull` is given each tile that this leaf completes, lowest first. */
  append(leaf: Hash, onFull: (full: TileContent) => void): void {
    let hash = leaf
    for (let level = 0; ; level++) {
      const at = hashesAt(level, this.#size)
      const slot = at % TILE_WIDTH
      const hashes = (this.#levels[level] ??= Buffer.alloc(TILE_WIDTH * HASH_BYTES))
      hashes.set(hash, slot * HASH_BYTES)
      if (slot < TILE_WIDTH - 1) break
      onFull({ tile: { level, index: Math.floor(at / TILE_WIDTH), width: TILE_WIDTH }, hashes: Buffer.from(hashes) })
      hash = perfectRoot(hashes)
    }
    this.#size++
  }

  /** The unfinished tiles that hold anything, lowest first. */
  partial(): TileContent[] {
    return this.#levels.flatMap((hashes, level) => {
      const width = hashesAt(level, this.#size) % TILE_WIDTH
      return width === 0 ? [] : [{ tile: tileOf(level, hashesAt(level, this.#size) - 1, this.#size), hashes: Buffer.from(hashes.subarray(0, width * HASH_BYTES)) }]
    })
  }

  root(): Hash {
    return rootOfEdge(
      edgeOf(this.#size).map(({ level, index }) => {
        const count = 2 ** (level % 8)
        const slot = (index * count) % TILE_WIDTH
        return perfectRoot(this.#levels[Math.floor(level / 8)]!.subarray(slot * HASH_BYTES, (slot + count) * HASH_BYTES))
      }),
    )
  }

  copy(): GrowingTiles {
    return new GrowingTiles(this.#size, this.#levels)
  }
}
