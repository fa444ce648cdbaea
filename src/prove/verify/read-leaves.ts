import { decodeLeaf } from '../leaf/leaf.ts'
import type { Leaf } from '../leaf/schema.ts'
import { firstEntry } from '../log/pruned.ts'
import type { Verifier } from '../note/keys.ts'
import { readBundle } from '../tiles/tile-reader.ts'
import { TILE_WIDTH, tileOf } from '../tiles/tile-path.ts'
import type { TileSource } from '../tiles/tile-source.ts'
import { currentCheckpoint } from './prove-entry.ts'

/** Every leaf that a log holds, bundle by bundle. What they say is true once `verifyLog` has found the log to be as it was signed. */
export async function* readLeaves(source: TileSource, log: Verifier): AsyncGenerator<{ readonly index: number; readonly leaf: Leaf }, void, undefined> {
  const { size } = await currentCheckpoint(source, log)
  for (let first = await firstEntry(source, log); first < size; first += TILE_WIDTH) {
    const { index, width } = tileOf('entries', first, size)
    for (const [n, entry] of (await readBundle(source, index, width)).entries()) yield { index: first + n, leaf: decodeLeaf(entry) }
  }
}
