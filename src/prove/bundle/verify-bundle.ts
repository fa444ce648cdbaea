import { SpillwayError } from '../../core/errors.ts'
import { openCheckpoint, type OpenedCheckpoint } from '../note/checkpoint.ts'
import type { Verifier } from '../note/keys.ts'
import type { Policy } from '../note/policy.ts'
import { verifyProof } from '../note/tlog-proof.ts'
import { readBundle, readTile, tileNodes } from '../tiles/tile-reader.ts'
import { hashesAt, parseTilePath, type Tile, TILE_WIDTH, tileOf, tilePath } from '../tiles/tile-path.ts'
import type { TileSource } from '../tiles/tile-source.ts'
import { HASH_BYTES, leafHash, perfectRoot, sameHash } from '../tree/hash.ts'
import { rootAt } from '../tree/make-proof.ts'
import { carriedEntry } from '../verify/prove-entry.ts'
import { type BundleInfo, bundleProblem, checkSeal, ENTRIES, INFO, LOG, proofPath, SEAL, SUMS } from './bundle-format.ts'
import { isWhole } from './select-entries.ts'

export interface BundleReader {
  /** Null where there is no such file. */
  readonly read: (path: string) => Promise<Buffer | null>
  /** SHA-256 of a file of any length, in hex; null where there is no such file. */
  readonly sum: (path: string) => Promise<string | null>
  /** Every file, by its path with forward slashes. */
  readonly list: () => readonly string[]
  /** A text file line by line, without the line ends. */
  readonly lines: (path: string) => AsyncIterable<string>
}

export interface BundleReport {
  readonly origin: string
  readonly size: string
  readonly entries: number
  readonly cosigned: OpenedCheckpoint['cosigned']
  /** What is wrong, a file each; empty = all is as it was signed. At most 20. */
  readonly problems: readonly SpillwayError[]
}

const MOST_PROBLEMS = 20

/**
 * Verifies an export: its seal, every file, that the tiles add up to the signed root, and every entry by its bundle and its
 * proof. Throws AUDIT_BUNDLE_INVALID where there is nothing to go by.
 */
export async function verifyBundle(bundle: BundleReader, log: Verifier, policy: Policy): Promise<BundleReport> {
  const problems = new Map<string, SpillwayError>()
  const attempt = async <T>(file: string, work: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof SpillwayError)) throw error
      const { file: place } = error.place
      const named = place === undefined || place === '' ? file : error.code === 'AUDIT_BUNDLE_INVALID' ? place : place.startsWith('tile/') ? `${LOG}/${place}` : file
      if (!problems.has(named)) problems.set(named, error.code === 'AUDIT_BUNDLE_INVALID' ? error : bundleProblem(error.message, named, error))
      return null
    }
  }
  const need = async (path: string): Promise<Buffer> => {
    const bytes = await bundle.read(path)
    if (bytes === null) throw bundleProblem('is missing', path)
    return bytes
  }
  const sums = await need(SUMS)
  await attempt(SEAL, async () => checkSeal(await need(SEAL), sums, log))
  await checkSums(bundle, sums, attempt)
  const info = await attempt(INFO, async () => parseInfo(await need(INFO)))
  const checkpoint = await attempt(`${LOG}/checkpoint`, async () => {
    const opened = openCheckpoint(await need(`${LOG}/checkpoint`), log, policy.witnesses)
    const names = new Set(opened.cosigned.map(({ key }) => key))
    if (!policy.satisfied(names)) throw bundleProblem('is not signed by the witnesses that the policy asks for', `${LOG}/checkpoint`)
    return opened
  })
  if (checkpoint === null || info === null) return { origin: log.name, size: '0', entries: 0, cosigned: [], problems: [...problems.values()] }
  const { size, root, origin, cosigned } = checkpoint
  if (String(info.size) !== String(size) || info.root !== Buffer.from(root).toString('base64') || info.origin !== origin) await attempt(INFO, () => Promise.reject(bundleProblem('is of another checkpoint than the one beside it', INFO)))
  if (isWhole(info)) await checkTiles(bundle, info.size, root, attempt)
  const entries = await checkEntries(bundle, log, info, attempt)
  return { origin, size: String(size), entries, cosigned, problems: [...problems.values()].slice(0, MOST_PROBLEMS) }
}

type Attempt = <T>(file: string, work: () => T | Promise<T>) => Promise<T | null>

async function checkSums(bundle: BundleReader, sums: Buffer, attempt: Attempt): Promise<void> {
  const listed = new Set([SUMS, SEAL])
  for (const line of sums.toString('utf8').split('\n').slice(0, -1)) {
    const match = /^([0-9a-f]{64}) {2}(\S.*)$/u.exec(line)
    if (match === null) {
      await attempt(SUMS, () => Promise.reject(bundleProblem('has a line that is no sum', SUMS)))
      continue
    }
    const [, sum, path] = match as unknown as [string, string, string]
    listed.add(path)
    await attempt(path, async () => {
      const found = await bundle.sum(path)
      if (found === null) throw bundleProblem('is missing', path)
      if (found !== sum) throw bundleProblem('is not the file that was signed', path)
    })
  }
  for (const path of bundle.list()) if (!listed.has(path)) await attempt(path, () => Promise.reject(bundleProblem('is no part of the export that was signed', path)))
}

function parseInfo(bytes: Buffer): BundleInfo {
  try {
    const info = { system: null, ...(JSON.parse(bytes.toString('utf8')) as Omit<BundleInfo, 'system'> & Partial<BundleInfo>) }
    if (info.format === 'spillway-audit-bundle' && info.version === 1 && Number.isSafeInteger(info.size) && Number.isSafeInteger(info.entries)) return info
  } catch {
    // Said below.
  }
  throw bundleProblem('is no description of an export that this version reads', INFO)
}

/**
 * That every tile is the one of the tree: the root of a full tile stands in the tile above, what is partial adds up to the
 * signed root, and entries hash to the tile of their own.
 */
async function checkTiles(bundle: BundleReader, size: number, root: Uint8Array, attempt: Attempt): Promise<void> {
  const source: TileSource = { read: (path) => bundle.read(`${LOG}/${path}`) }
  await attempt(`${LOG}/checkpoint`, async () => {
    if (!sameHash(await rootAt(size, tileNodes(source, size)), root)) throw bundleProblem('is signed over another root than the one that the tiles add up to', `${LOG}/checkpoint`)
  })
  for (const path of bundle.list()) {
    if (!path.startsWith(`${LOG}/tile/`)) continue
    await attempt(path, async () => {
      const tile = parseTilePath(path.slice(LOG.length + 1))
      const level = tile.level === 'entries' ? 0 : tile.level
      if (tile.width > hashesAt(level, size) - tile.index * TILE_WIDTH) throw bundleProblem('reaches beyond the end of the log', path)
      if (tile.level === 'entries') await checkBundleOf(source, tile, path)
      else if (tile.width === TILE_WIDTH) await checkParent(source, tile, size, path)
    })
  }
}

async function checkBundleOf(source: TileSource, tile: Tile, path: string): Promise<void> {
  const entries = await readBundle(source, tile.index, tile.width)
  const hashes = await readTile(source, { ...tile, level: 0 })
  const wrong = entries.findIndex((entry, n) => !sameHash(leafHash(entry), hashes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES)))
  if (wrong >= 0) throw bundleProblem(`entry ${tile.index * TILE_WIDTH + wrong} is not the one that was signed for`, path)
}

async function checkParent(source: TileSource, tile: Tile, size: number, path: string): Promise<void> {
  const above = await readTile(source, tileOf(Number(tile.level) + 1, tile.index, size))
  const slot = (tile.index % TILE_WIDTH) * HASH_BYTES
  if (!sameHash(perfectRoot(await readTile(source, tile)), above.subarray(slot, slot + HASH_BYTES))) throw bundleProblem(`is not the one that ${LOG}/${tilePath(tileOf(Number(tile.level) + 1, tile.index, size))} is made of`, path)
}

/** Every line by its proof and, where the bundles are here, by the bundle that holds it. */
async function checkEntries(bundle: BundleReader, log: Verifier, info: BundleInfo, attempt: Attempt): Promise<number> {
  const source: TileSource = { read: (path) => bundle.read(`${LOG}/${path}`) }
  let held: { readonly index: number; readonly entries: readonly Buffer[] | null } = { index: -1, entries: null }
  let [count, last] = [0, -1]
  if ((await attempt(ENTRIES, async () => (await bundle.sum(ENTRIES)) ?? Promise.reject(bundleProblem('is missing', ENTRIES)))) === null) return 0
  for await (const line of bundle.lines(ENTRIES)) {
    count++
    const match = /^\{"index":(0|[1-9]\d{0,15}),"leaf":(\{.*\})\}$/su.exec(line)
    const index = Number(match?.[1] ?? -1)
    if (match === null || index <= last || index >= info.size) {
      await attempt(ENTRIES, () => Promise.reject(bundleProblem(`line ${count} is no entry, or out of order`, ENTRIES)))
      continue
    }
    last = index
    const entry = Buffer.from(match[2]!)
    if (isWhole(info)) {
      const tile = tileOf('entries', index, info.size)
      if (held.index !== tile.index) held = { index: tile.index, entries: await attempt(`${LOG}/${tilePath(tile)}`, () => readBundle(source, tile.index, tile.width)) }
      if (held.entries?.[index % TILE_WIDTH]?.equals(entry) === false) await attempt(ENTRIES, () => Promise.reject(bundleProblem(`line ${count} is not entry ${index} of the log`, ENTRIES)))
    }
    if (info.proofs) await attempt(proofPath(index), async () => checkProof(await bundle.read(proofPath(index)), index, entry, log, info))
  }
  if (count !== info.entries) await attempt(ENTRIES, () => Promise.reject(bundleProblem(`holds ${count} entries, ${INFO} says ${info.entries}`, ENTRIES)))
  return count
}

function checkProof(proof: Buffer | null, index: number, entry: Buffer, log: Verifier, { size }: BundleInfo): void {
  const path = proofPath(index)
  if (proof === null) throw bundleProblem('is missing', path)
  const found = verifyProof(proof, entry, log)
  if (found.index !== BigInt(index) || found.size !== BigInt(size)) throw bundleProblem('is of another entry or another checkpoint', path)
  if (carriedEntry(proof)?.equals(entry) !== true) throw bundleProblem(`carries another entry than ${ENTRIES} has`, path)
}
