import { SpillwayError } from '../../core/errors.ts'
import { openCheckpoint } from '../note/checkpoint.ts'
import { firstEntry } from '../log/pruned.ts'
import type { Verifier } from '../note/keys.ts'
import { formatProof, parseProof, verifyProof } from '../note/tlog-proof.ts'
import { entryAt, readBundle, tileNodes } from '../tiles/tile-reader.ts'
import { tileOf, TILE_WIDTH } from '../tiles/tile-path.ts'
import type { TileSource } from '../tiles/tile-source.ts'
import { inclusionProof } from '../tree/make-proof.ts'

/**
 * A proof file (C2SP tlog-proof) that the log holds its entry number `index`, with the entry itself as its extra data: all that
 * is needed to check it offline but the log's key. Throws what `openCheckpoint` throws, AUDIT_PROOF_INVALID where the log
 * cannot prove it.
 */
export async function proveEntry(source: TileSource, log: Verifier, index: number): Promise<string> {
  return (await proverOf(source, log)).prove(index)
}

export interface Prover {
  /** The checkpoint that all its proofs lead to. */
  readonly checkpoint: Buffer
  readonly size: number
  /** As `proveEntry`. `entry`: where it is at hand already. */
  readonly prove: (index: number, entry?: Buffer) => Promise<string>
}

/** For many proofs: they lead to one checkpoint, and share the tiles that were read. */
export async function proverOf(source: TileSource, log: Verifier): Promise<Prover> {
  const { bytes, size } = await currentCheckpoint(source, log)
  const nodes = tileNodes(source, size)
  return {
    checkpoint: bytes,
    size,
    prove: async (index, known) => {
      if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) throw new SpillwayError('AUDIT_PROOF_INVALID', `the log holds ${size} entries, no number ${index}`, 'Entries count from 0')
      const entry = known ?? (await entryAt(source, index, size))
      const text = formatProof({ extra: entry, index: BigInt(index), proof: await inclusionProof(index, size, nodes), checkpoint: bytes })
      verifyProof(Buffer.from(text), entry, log)
      return text
    },
  }
}

/** The entry that a proof file carries; null = none. Nothing about it is true before `verifyProof` says so. */
export function carriedEntry(proof: Uint8Array): Buffer | null {
  return parseProof(proof).extra
}

/** The number of the newest entry that `wanted` picks; null = none does. Reads bundle by bundle, from the newest on. */
export async function findEntry(source: TileSource, log: Verifier, wanted: (entry: Buffer) => boolean): Promise<number | null> {
  const { size } = await currentCheckpoint(source, log)
  const first = await firstEntry(source, log)
  for (let last = size - 1; last >= first; ) {
    const { index, width } = tileOf('entries', last, size)
    const at = (await readBundle(source, index, width)).findLastIndex(wanted)
    if (at >= 0) return index * TILE_WIDTH + at
    last = index * TILE_WIDTH - 1
  }
  return null
}

export async function currentCheckpoint(source: TileSource, log: Verifier): Promise<{ readonly bytes: Buffer; readonly size: number; readonly root: Uint8Array }> {
  const bytes = await source.read('checkpoint')
  if (bytes === null) throw new SpillwayError('AUDIT_LOG_MISSING', 'there is no checkpoint here', 'Name the folder of a log: it holds "checkpoint" and "tile/"')
  const { size, root } = openCheckpoint(bytes, log)
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new SpillwayError('AUDIT_NOTE_INVALID', `the log is said to hold ${size} entries, more than this version reads`, 'Use another tool')
  return { bytes, size: Number(size), root }
}
