import { SpillwayError } from '../../core/errors.ts'
import { strictBase64, strictDecimal } from '../note/base64.ts'
import type { Signer, Verifier } from '../note/keys.ts'
import { openNote, signNote } from '../note/signed-note.ts'
import { type Hash, HASH_BYTES } from '../tree/hash.ts'

/**
 * The writer's own memory, one signed note beside the log: what it is about to publish, and where in its source it stands. It
 * is on disk before the checkpoint is, and all tiles are before it: a checkpoint that a crash has kept from being published
 * is made again from here. Its first line is no origin, so it cannot be taken for a checkpoint.
 */
export interface LogState {
  readonly size: number
  readonly root: Hash
  /** Where the next entries come from; one line, opaque to the log. Committed together with the entries. */
  readonly cursor: string
}

const HEADER = 'spillway audit state v1'

export function encodeState({ size, root, cursor }: LogState, signer: Signer): Buffer {
  return Buffer.from(signNote(`${HEADER}\nsize ${size}\nroot ${Buffer.from(root).toString('base64')}\ncursor ${cursor}\n`, [signer]))
}

/** Throws AUDIT_DAMAGED for what this log's key has not signed as a state. */
export function decodeState(bytes: Buffer, verifier: Verifier, file: string): LogState {
  try {
    const match = /^(.*)\nsize (.*)\nroot (.*)\ncursor (.*)\n$/u.exec(openNote(bytes, [verifier]).text)
    const size = strictDecimal(match?.[2] ?? '')
    const root = strictBase64(match?.[3] ?? '')
    if (match?.[1] === HEADER && size !== null && size <= Number.MAX_SAFE_INTEGER && root?.length === HASH_BYTES) return { size: Number(size), root, cursor: match[4]! }
    throw new Error('no state')
  } catch (error) {
    throw new SpillwayError('AUDIT_DAMAGED', "the writer's state is broken or signed by another key", 'Restore it from a copy that is not older than the log', { file }, { cause: error })
  }
}
