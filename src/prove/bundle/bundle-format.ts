import { hash } from 'node:crypto'
import { SpillwayError } from '../../core/errors.ts'
import type { Signer, Verifier } from '../note/keys.ts'
import { openNote, signNote } from '../note/signed-note.ts'

/** Files of an export, by what they are. */
export const PAGE = 'index.html'
export const INFO = 'bundle.json'
export const ENTRIES = 'entries.jsonl'
export const KEY = 'verifier.key'
export const POLICY = 'policy'
export const SCHEMA = 'leaf.schema.json'
export const LOG = 'log'
/** In the form of `sha256sum`, of every file but itself and its seal. */
export const SUMS = 'SHA256SUMS'
export const SEAL = 'SHA256SUMS.note'

/** What an export says of itself. */
export interface BundleInfo {
  readonly format: 'spillway-audit-bundle'
  readonly version: 1
  readonly origin: string
  /** Of the checkpoint that all proofs lead to. */
  readonly size: number
  readonly root: string
  /** What was asked for: entries whose call ended, or whose act happened, from `from` to before `to` (ISO 8601); null = no end. */
  readonly from: string | null
  readonly to: string | null
  /** Null = all tenants; else that tenant's entries and the installation's own. */
  readonly tenant: string | null
  /** Null = all AI systems; else that system's calls, what was done with them, and the installation's own. Either has proofs alone, without the tiles and bundles of the log. */
  readonly system: string | null
  readonly entries: number
  readonly proofs: boolean
  readonly created: string
  readonly build: string
}

/** Where the proof of an entry lies: at most 1,000 a folder. */
export function proofPath(index: number): string {
  return `proofs/${Math.floor(index / 1000)}/${index}.tlog-proof`
}

/** One line of the entries: the leaf stands in it byte for byte as the log has it. */
export function entryLine(index: number, entry: Uint8Array): string {
  return `{"index":${index},"leaf":${Buffer.from(entry).toString('utf8')}}\n`
}

export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

const HEADER = 'spillway audit bundle v1'

/** Under the log's key; its first line is no origin, so it cannot be taken for a checkpoint. */
export function sealOf(sums: Uint8Array, signer: Signer): string {
  return signNote(`${HEADER}\nsha256 ${sha256(sums)}\n`, [signer])
}

/** Throws AUDIT_BUNDLE_INVALID where the log's key has not sealed these sums. */
export function checkSeal(seal: Uint8Array, sums: Uint8Array, log: Verifier): void {
  let text: string
  try {
    ;({ text } = openNote(seal, [log]))
  } catch (error) {
    throw bundleProblem("is not signed by the log's key", SEAL, error)
  }
  if (text !== `${HEADER}\nsha256 ${sha256(sums)}\n`) throw bundleProblem('is not the list that was signed', SUMS)
}

export function bundleProblem(what: string, file: string, cause?: unknown): SpillwayError {
  return new SpillwayError('AUDIT_BUNDLE_INVALID', what, 'The export was changed after it was made, or a file is damaged: ask for another copy', { file }, { cause })
}
