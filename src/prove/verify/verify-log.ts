import { SpillwayError } from '../../core/errors.ts'
import { firstEntry, PRUNED } from '../log/pruned.ts'
import { openCheckpoint, type OpenedCheckpoint } from '../note/checkpoint.ts'
import type { Verifier } from '../note/keys.ts'
import { GrowingTiles, type TileContent } from '../tiles/growing-tiles.ts'
import { readBundle, readTile, tileNodes } from '../tiles/tile-reader.ts'
import { hashesAt, tileLevels, TILE_WIDTH, tileOf, tilePath } from '../tiles/tile-path.ts'
import type { TileSource } from '../tiles/tile-source.ts'
import { HASH_BYTES, leafHash, sameHash } from '../tree/hash.ts'
import { rootAt } from '../tree/make-proof.ts'
import { currentCheckpoint } from './prove-entry.ts'

export interface VerifyOptions {
  readonly source: TileSource
  readonly log: Verifier
  readonly witnesses?: readonly Verifier[]
  /**
   * A checkpoint that was verified before and kept elsewhere: the log must go on from it, and only what came after it is read
   * entry by entry.
   */
  readonly since?: Uint8Array
  /** Told of entries checked so far, every 256. */
  readonly onProgress?: (checked: number, size: number) => void
  /** Given every entry that is read, once its hash was found in its tile. */
  readonly onEntry?: (entry: Buffer, index: number) => void
}

export interface VerifyReport {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
  readonly cosigned: OpenedCheckpoint['cosigned']
  /** Entries read and hashed; the rest is covered by the checkpoint that was kept, or was removed. */
  readonly checked: number
  /** The first entry that the log still holds: those before were removed, and the log's key says so. */
  readonly first: number
  /** What is wrong, a line each, with the file; empty = all is as it was signed. At most 20. */
  readonly problems: readonly SpillwayError[]
}

const MOST_PROBLEMS = 20
/** Read while one is hashed: at most 64 MiB of the longest entries, 1 MiB of ordinary ones. */
const BUNDLES_AHEAD = 4

/**
 * Verifies a log: the signature, every entry against its tile, every tile against those below it, and that all adds up to
 * the signed root. Reads a bundle and a tile at a time. Throws AUDIT_LOG_MISSING, AUDIT_NOTE_INVALID,
 * AUDIT_SIGNATURE_INVALID where there is no checkpoint to go by; what is wrong below it is in the report.
 */
export async function verifyLog(options: VerifyOptions): Promise<VerifyReport> {
  const { source, log, witnesses, since } = options
  const { bytes, size } = await currentCheckpoint(source, log)
  const { origin, root, cosigned } = openCheckpoint(bytes, log, witnesses)
  const problems: SpillwayError[] = []
  let first = 0
  const report = { origin, size, root, cosigned, problems }
  try {
    first = await firstEntry(source, log)
    if (first > size) throw problem(`it is said to begin at entry ${first}, but has ${size}`, PRUNED)
    const kept = since === undefined ? null : openCheckpoint(since, log)
    const start = await growFrom(source, Math.max(first, kept === null ? 0 : await continueFrom(source, kept, size)), size)
    const from = start.size
    const tiles = await checkEntries(options, start, size, problems)
    for (const tile of tiles.partial()) await compareTile(source, tile, problems)
    if (problems.length === 0 && !sameHash(tiles.root(), root)) problems.push(problem('the entries do not add up to the signed root', 'checkpoint'))
    return { ...report, first, checked: size - from }
  } catch (error) {
    if (!(error instanceof SpillwayError)) throw error
    return { ...report, first, checked: 0, problems: [...problems, error] }
  }
}

/** The last full tile before the kept checkpoint ends here, once the tiles have shown that the kept root is theirs. */
async function continueFrom(source: TileSource, kept: OpenedCheckpoint, size: number): Promise<number> {
  if (kept.size > BigInt(size)) throw new SpillwayError('AUDIT_ROLLED_BACK', `the kept checkpoint is of ${kept.size} entries, the log holds ${size}`, 'An old copy was put in its place: bring the newer one back')
  const keptSize = Number(kept.size)
  if (!sameHash(await rootAt(keptSize, tileNodes(source, size)), kept.root)) throw new SpillwayError('AUDIT_FORKED', `the first ${keptSize} entries are not those of the kept checkpoint`, 'The log was rewritten. Keep both copies and find out by whom')
  return keptSize - (keptSize % TILE_WIDTH)
}

/** The tree up to entry `from`, a multiple of 256, out of its tiles; that they add up to the signed root shows at the end. */
async function growFrom(source: TileSource, from: number, size: number): Promise<GrowingTiles> {
  const partial = await Promise.all(
    Array.from({ length: tileLevels(from) }, (_, level) => {
      const hashes = hashesAt(level, from)
      return hashes % TILE_WIDTH === 0 ? Buffer.alloc(0) : readTile(source, tileOf(level, hashes - 1, size)).then((tile) => tile.subarray(0, (hashes % TILE_WIDTH) * HASH_BYTES))
    }),
  )
  return new GrowingTiles(from, partial)
}

async function checkEntries({ source, onProgress, onEntry }: VerifyOptions, tiles: GrowingTiles, size: number, problems: SpillwayError[]): Promise<GrowingTiles> {
  const full: TileContent[] = []
  const onFull = (one: TileContent): void => void full.push(one)
  const bundles = readAhead(source, tiles.size, size)
  while (tiles.size < size) {
    const first = tiles.size
    // A bundle that cannot be read leaves nothing to go on with: what follows it would only look wrong.
    const entries = await bundles()
    for (let n = 0; n < entries.length; n++) {
      tiles.append(leafHash(entries[n]!), onFull)
      onEntry?.(entries[n]!, first + n)
    }
    for (const one of full.splice(0)) await compareTile(source, one, problems)
    if (problems.length >= MOST_PROBLEMS) break
    onProgress?.(tiles.size, size)
  }
  return tiles
}

/** Each call gives the next bundle from entry `from` on; the disk reads the ones after it meanwhile. */
function readAhead(source: TileSource, from: number, size: number): () => Promise<Buffer[]> {
  const coming: Promise<Buffer[]>[] = []
  let next = from
  return () => {
    for (; next < size && coming.length <= BUNDLES_AHEAD; next += TILE_WIDTH) {
      const { index, width } = tileOf('entries', next, size)
      const bundle = readBundle(source, index, width)
      // Told to whom it is given; nobody may ask for it after another has failed.
      bundle.catch(() => {})
      coming.push(bundle)
    }
    return coming.shift()!
  }
}

/** Says which hash of the tile on disk is not the one that was computed. */
async function compareTile(source: TileSource, { tile, hashes }: TileContent, problems: SpillwayError[]): Promise<void> {
  if (problems.length >= MOST_PROBLEMS) return
  try {
    const found = await readTile(source, tile)
    if (sameHash(found, hashes)) return
    const slot = Array.from({ length: tile.width }, (_, n) => n).find((n) => !sameHash(found.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES), hashes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES)))!
    const first = (tile.index * TILE_WIDTH + slot) * TILE_WIDTH ** Number(tile.level)
    const what = tile.level === 0 ? `entry ${first} (in ${tilePath({ ...tile, level: 'entries' })})` : `the ${TILE_WIDTH ** Number(tile.level)} entries from ${first} on`
    problems.push(problem(`hash ${slot} is not that of ${what}`, tilePath(tile)))
  } catch (error) {
    if (!(error instanceof SpillwayError)) throw error
    problems.push(error)
  }
}

function problem(what: string, file: string): SpillwayError {
  return new SpillwayError('AUDIT_DAMAGED', what, 'The log was changed after it was signed, or a file is damaged: compare it with a copy', { file })
}
