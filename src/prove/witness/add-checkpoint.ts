import { SpillwayError } from '../../core/errors.ts'
import { type Hash, HASH_BYTES } from '../tree/hash.ts'
import { strictBase64, strictDecimal } from '../note/base64.ts'

/** What a log sends a witness (C2SP tlog-witness, add-checkpoint). */
export interface AddCheckpoint {
  /** Size of the checkpoint that the witness signed last; 0 = none. */
  readonly old: bigint
  /** That the tree of the checkpoint goes on from that one. */
  readonly proof: readonly Hash[]
  /** A checkpoint as the log has signed it. */
  readonly checkpoint: Buffer
}

/** Content type of a witness's answer that says which size it signed last. */
export const SIZE_TYPE = 'text/x.tlog.size'
const MAX_PROOF_LINES = 63

export function formatAddCheckpoint({ old, proof, checkpoint }: AddCheckpoint): Buffer {
  return Buffer.concat([Buffer.from([`old ${old}`, ...proof.map((hash) => Buffer.from(hash).toString('base64')), '', ''].join('\n')), checkpoint])
}

/** Checks form alone. Throws AUDIT_NOTE_INVALID. */
export function parseAddCheckpoint(body: Buffer): AddCheckpoint {
  const border = body.indexOf('\n\n')
  const [first = '', ...lines] = body.subarray(0, Math.max(border, 0)).toString('latin1').split('\n')
  const old = strictDecimal(/^old (.*)$/u.exec(first)?.[1] ?? '')
  const proof = lines.map(strictBase64)
  if (border < 0 || old === null || proof.length > MAX_PROOF_LINES || !proof.every((hash) => hash?.length === HASH_BYTES)) {
    throw new SpillwayError('AUDIT_NOTE_INVALID', 'the request is not "old SIZE", at most 63 hashes, an empty line and a checkpoint', 'Send what c2sp.org/tlog-witness says')
  }
  return { old, proof: proof.filter((hash) => hash !== null), checkpoint: body.subarray(border + 2) }
}
