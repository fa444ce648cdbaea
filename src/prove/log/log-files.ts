import { formatCheckpoint } from '../note/checkpoint.ts'
import type { Signer } from '../note/keys.ts'
import { signNote } from '../note/signed-note.ts'
import type { LogState } from './log-state.ts'

/** In the folder of a log, beside tile/. */
export const CHECKPOINT = 'checkpoint'
export const VERIFIER_KEY = 'verifier.key'
/** In the private folder of its writer. */
export const STATE = 'state'
export const LOCK = 'lock'

export function signedCheckpoint({ size, root }: Pick<LogState, 'size' | 'root'>, signer: Signer): Buffer {
  return Buffer.from(signNote(formatCheckpoint({ origin: signer.name, size: BigInt(size), root, extensions: [] }), [signer]))
}
