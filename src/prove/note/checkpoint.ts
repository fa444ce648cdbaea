import { SpillwayError } from '../../core/errors.ts'
import { type Hash, HASH_BYTES } from '../tree/hash.ts'
import { strictBase64, strictDecimal } from './base64.ts'
import type { Verified, Verifier } from './keys.ts'
import { openNote } from './signed-note.ts'

/** C2SP tlog-checkpoint: what a log says of itself, under its signature. */
export interface Checkpoint {
  readonly origin: string
  readonly size: bigint
  readonly root: Hash
  /** Opaque lines after the root; this log writes none. */
  readonly extensions: readonly string[]
}

export interface OpenedCheckpoint extends Checkpoint {
  /** Witnesses (of those asked for) that have signed it too. */
  readonly cosigned: readonly Verified[]
}

export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  return [origin, String(size), Buffer.from(root).toString('base64'), ...extensions, ''].join('\n')
}

/** The text of a checkpoint (no signatures); throws AUDIT_NOTE_INVALID. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', sizeText = '', rootText = '', ...rest] = text.split('\n')
  const size = strictDecimal(sizeText)
  const root = strictBase64(rootText)
  const extensions = rest.slice(0, -1)
  if (origin === '' || size === null || root === null || root.length !== HASH_BYTES || rest.at(-1) !== '' || extensions.includes('')) {
    throw new SpillwayError('AUDIT_NOTE_INVALID', 'the note is no checkpoint (origin, size, root hash)', 'Fetch it again from the log; do not edit it')
  }
  return { origin, size, root, extensions }
}

/** A checkpoint that `log` has signed, under its own name as the origin. Throws AUDIT_NOTE_INVALID, AUDIT_SIGNATURE_INVALID. */
export function openCheckpoint(bytes: Uint8Array, log: Verifier, witnesses: readonly Verifier[] = []): OpenedCheckpoint {
  const { text } = openNote(bytes, [log])
  const checkpoint = parseCheckpoint(text)
  if (checkpoint.origin !== log.name) throw new SpillwayError('AUDIT_SIGNATURE_INVALID', `the checkpoint is of another log (${checkpoint.origin})`, 'Use the verifier key of the log that it is said to be from')
  return { ...checkpoint, cosigned: witnesses.length === 0 ? [] : openNote(bytes, [log, ...witnesses]).verified.slice(1) }
}
