import { SpillwayError } from '../../core/errors.ts'
import { decodeLeaf } from '../leaf/leaf.ts'
import { utc } from '../leaf/call-leaf.ts'
import { ADMIN_LEAF, CALL_LEAF, type Leaf } from '../leaf/schema.ts'
import { firstEntry } from '../log/pruned.ts'
import type { Signer } from '../note/keys.ts'
import { openCheckpoint } from '../note/checkpoint.ts'
import { readBundle, readTile } from '../tiles/tile-reader.ts'
import { hashesAt, TILE_WIDTH, tileLevels, tileOf, tilePath } from '../tiles/tile-path.ts'
import type { TileSource } from '../tiles/tile-source.ts'
import { encodeEntry } from '../tiles/entry-bundle.ts'
import { proverOf } from '../verify/prove-entry.ts'
import { type BundleInfo, ENTRIES, entryLine, INFO, KEY, LOG, PAGE, POLICY, proofPath, SCHEMA, SEAL, sealOf, sha256, SUMS } from './bundle-format.ts'
import { type BundleSummary, bundlePage, emptySummary, summarize } from './bundle-page.ts'
import { isWhole, type Selection, selector } from './select-entries.ts'

/** Where the files of an export go, by their path in it. */
export interface BundleSink {
  readonly put: (path: string, bytes: Uint8Array) => void
  /** To a file that grows; written to disk as it comes. */
  readonly append: (path: string, bytes: Uint8Array) => void
  /** The SHA-256 of what was appended. */
  readonly sum: (path: string) => string
}

export interface BundleOptions extends Selection {
  /** The log, and the key that signs for it. */
  readonly source: TileSource
  readonly signer: Signer
  readonly sink: BundleSink
  readonly policy: string
  /** Programs that verify it, and other files to lie beside: by path. */
  readonly extras: ReadonlyMap<string, Uint8Array>
  /** A file for each entry's proof; without them the tiles are what proofs are made of. Always for one tenant or one system. */
  readonly proofs: boolean
  readonly build: string
  /** Unix ms. */
  readonly now: number
  readonly onProgress?: (read: number, size: number) => void
}

/** Most entries of one export, and most proofs: each of those is a file. */
const MAX_ENTRIES = 1_000_000
const MAX_PROOFS = 100_000

/**
 * Writes an export that is verified without us and without a network. Ends with its seal: what was broken off does not
 * verify. Throws CLI_USAGE where it would hold too much, and what reading the log throws.
 */
export async function writeBundle(options: BundleOptions): Promise<BundleInfo> {
  const { source, signer, sink, tenant, system } = options
  const selects = selector(options)
  const log = signer.verifier
  const { checkpoint, size, prove } = await proverOf(source, log)
  const { origin, root } = openCheckpoint(checkpoint, log)
  const sums: string[] = []
  const put = (path: string, content: Uint8Array | string): void => {
    const bytes = Buffer.from(content)
    sink.put(path, bytes)
    sums.push(`${sha256(bytes)}  ${path}\n`)
  }
  put(`${LOG}/checkpoint`, checkpoint)
  const summary = emptySummary()
  for (let first = await firstEntry(source, log); first < size; first += TILE_WIDTH) {
    const tile = tileOf('entries', first, size)
    const entries = await readBundle(source, tile.index, tile.width)
    const chosen = entries.flatMap((entry, n) => {
      const leaf = decodeLeaf(entry)
      return selects(leaf) ? [{ index: first + n, entry, leaf }] : []
    })
    await putChosen(options, put, prove, summary, chosen)
    // A bundle holds everybody's entries: it goes to who may see them all.
    if (isWhole(options) && chosen.length > 0) {
      put(`${LOG}/${tilePath(tile)}`, Buffer.concat(entries.map(encodeEntry)))
      if (tile.width === TILE_WIDTH) put(`${LOG}/${tilePath({ ...tile, level: 0 })}`, await readTile(source, { ...tile, level: 0 }))
    }
    options.onProgress?.(Math.min(first + TILE_WIDTH, size), size)
  }
  if (isWhole(options)) await putUpperTiles(source, size, put)
  if (summary.entries === 0) sink.append(ENTRIES, Buffer.alloc(0))
  sums.push(`${sink.sum(ENTRIES)}  ${ENTRIES}\n`)
  const info: BundleInfo = {
    format: 'spillway-audit-bundle',
    version: 1,
    origin,
    size,
    root: Buffer.from(root).toString('base64'),
    from: options.from === null ? null : utc(options.from),
    to: options.to === null ? null : utc(options.to),
    tenant,
    system,
    entries: summary.entries,
    proofs: options.proofs,
    created: utc(options.now),
    build: options.build,
  }
  put(INFO, `${JSON.stringify(info, null, 2)}\n`)
  put(KEY, `${log.text}\n`)
  put(POLICY, options.policy)
  put(SCHEMA, `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', title: 'A leaf of a Spillway audit log, version 1', anyOf: [CALL_LEAF, ...ADMIN_LEAF.anyOf] }, null, 2)}\n`)
  for (const [path, bytes] of options.extras) put(path, bytes)
  put(PAGE, bundlePage(info, log.text, summary))
  const list = Buffer.from(sums.join(''))
  sink.put(SUMS, list)
  sink.put(SEAL, Buffer.from(sealOf(list, signer)))
  return info
}

interface Chosen {
  readonly index: number
  readonly entry: Buffer
  readonly leaf: Leaf
}

async function putChosen({ sink, proofs }: BundleOptions, put: (path: string, content: string) => void, prove: (index: number, entry: Buffer) => Promise<string>, summary: BundleSummary, chosen: readonly Chosen[]): Promise<void> {
  if (proofs && summary.entries + chosen.length > MAX_PROOFS) throw new SpillwayError('CLI_USAGE', `these are more than ${MAX_PROOFS} entries, each with a proof in a file of its own`, 'Choose a shorter time, or leave the files out with --no-proofs: the tiles hold what they are made of')
  if (summary.entries + chosen.length > MAX_ENTRIES) throw new SpillwayError('CLI_USAGE', `these are more than ${MAX_ENTRIES} entries`, 'Choose a shorter time, or publish the folder of the log itself')
  if (chosen.length > 0) sink.append(ENTRIES, Buffer.from(chosen.map(({ index, entry }) => entryLine(index, entry)).join('')))
  for (const { index, entry, leaf } of chosen) {
    summarize(summary, index, leaf)
    if (proofs) put(proofPath(index), await prove(index, entry))
  }
}

/** All above the lowest level, and the right edge of that: what leads from any entry to the root. */
async function putUpperTiles(source: TileSource, size: number, put: (path: string, content: Uint8Array) => void): Promise<void> {
  for (let level = 0; level < tileLevels(size); level++) {
    const hashes = hashesAt(level, size)
    for (let n = level === 0 ? hashes - (hashes % TILE_WIDTH) : 0; n < hashes; n += TILE_WIDTH) {
      const tile = tileOf(level, n, size)
      put(`${LOG}/${tilePath(tile)}`, await readTile(source, tile))
    }
  }
}
