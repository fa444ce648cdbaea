import { SpillwayError } from '../../core/errors.ts'
import { type Hash, HASH_BYTES, leafHash } from '../tree/hash.ts'
import { verifyInclusion } from '../tree/verify-proof.ts'
import { strictBase64, strictDecimal } from './base64.ts'
import { type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts'
import type { Verifier } from './keys.ts'

/** C2SP tlog-proof: an entry's place and its proof, with the checkpoint that it leads to. Checked without a network. */
export interface TlogProof {
  /** Unauthenticated; null = none. */
  readonly extra: Buffer | null
  readonly index: bigint
  readonly proof: readonly Hash[]
  /** As the log has signed it, verbatim. */
  readonly checkpoint: Buffer
}

const HEADER = 'c2sp.org/tlog-proof@v1'
/** A tree of 2^64 leaves has 64 levels. */
const MAX_HASHES = 64
const MAX_BYTES = 1_100_000

export function formatProof({ extra, index, proof, checkpoint }: TlogProof): string {
  const lines = [HEADER, ...(extra === null ? [] : [`extra ${extra.toString('base64')}`]), `index ${index}`, ...proof.map((hash) => Buffer.from(hash).toString('base64')), '']
  return `${lines.join('\n')}\n${checkpoint.toString('utf8')}`
}

/** Checks form alone. Throws AUDIT_NOTE_INVALID. */
export function parseProof(bytes: Uint8Array): TlogProof {
  const buffer = Buffer.from(bytes)
  const border = buffer.indexOf('\n\n')
  if (buffer.length > MAX_BYTES || border < 0) throw invalid('is too long, or has no empty line before its checkpoint')
  const [header, ...lines] = buffer.subarray(0, border).toString('latin1').split('\n')
  const extraText = /^extra (.*)$/u.exec(lines[0] ?? '')?.[1]
  const extra = extraText === undefined ? null : strictBase64(extraText)
  const [indexLine = '', ...hashLines] = extraText === undefined ? lines : lines.slice(1)
  const index = strictDecimal(/^index (.*)$/u.exec(indexLine)?.[1] ?? '')
  const proof = hashLines.map(strictBase64)
  if (header !== HEADER) throw invalid(`does not begin with ${HEADER}`)
  if (index === null || (extraText !== undefined && extra === null)) throw invalid('has a broken index or extra line')
  if (proof.length > MAX_HASHES || !proof.every((hash) => hash?.length === HASH_BYTES)) throw invalid('has a line that is no hash, or too many of them')
  return { extra, index, proof: proof.filter((hash) => hash !== null), checkpoint: buffer.subarray(border + 2) }
}

/** That `entry` is in the log at the place that the proof says. Throws AUDIT_PROOF_INVALID and what `openCheckpoint` throws. */
export function verifyProof(bytes: Uint8Array, entry: Uint8Array, log: Verifier, witnesses: readonly Verifier[] = []): OpenedCheckpoint & { readonly index: bigint } {
  const { index, proof, checkpoint } = parseProof(bytes)
  const opened = openCheckpoint(checkpoint, log, witnesses)
  if (!verifyInclusion({ index, size: opened.size, leafHash: leafHash(entry), root: opened.root, proof })) {
    throw new SpillwayError('AUDIT_PROOF_INVALID', `the proof does not show that this entry is number ${index} of the ${opened.size} in ${opened.origin}`, 'The entry or the proof was changed, or they do not belong together')
  }
  return { ...opened, index }
}

function invalid(what: string): SpillwayError {
  return new SpillwayError('AUDIT_NOTE_INVALID', `the proof ${what}`, 'Make it again with "spillway audit prove"')
}
