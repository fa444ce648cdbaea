import { SpillwayError } from '../../core/errors.ts'
import { strictBase64 } from './base64.ts'
import { isKeyName, type Signer, type Verified, type Verifier } from './keys.ts'

/** C2SP signed-note: a text, an empty line, signature lines. */
const MAX_NOTE_BYTES = 1_000_000
const MAX_SIGNATURES = 100

export interface NoteSignature {
  readonly name: string
  readonly id: number
  readonly signature: Buffer
}

export interface Note {
  /** Ends in a newline. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** Checks form alone, no signature. Throws AUDIT_NOTE_INVALID. */
export function parseNote(bytes: Uint8Array): Note {
  if (bytes.length > MAX_NOTE_BYTES) throw invalid(`has more than ${MAX_NOTE_BYTES} bytes`)
  const note = utf8(bytes)
  if (/[\u0000-\u0009\u000b-\u001f]/u.test(note)) throw invalid('holds a control character')
  const border = note.lastIndexOf('\n\n')
  if (border < 0 || !note.endsWith('\n')) throw invalid('has no empty line before its signatures, or is cut off')
  const lines = note.slice(border + 2, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) throw invalid(`has more than ${MAX_SIGNATURES} signatures`)
  return { text: note.slice(0, border + 1), signatures: lines.map(parseSignature) }
}

/**
 * The note's text and who of `verifiers` has signed it, each once, in their order. Signatures of unknown keys are passed over; a wrong one of a
 * known key, or none of a known key at all, throws AUDIT_SIGNATURE_INVALID.
 */
export function openNote(bytes: Uint8Array, verifiers: readonly Verifier[]): { readonly text: string; readonly verified: readonly Verified[] } {
  const { text, signatures } = parseNote(bytes)
  const found = new Map<Verifier, Verified>()
  for (const { name, id, signature } of signatures) {
    const verifier = verifiers.find((one) => one.name === name && one.id === id)
    if (verifier === undefined) continue
    const verified = verifier.check(text, signature)
    if (verified === null) throw new SpillwayError('AUDIT_SIGNATURE_INVALID', `the signature of ${name} is not over this text`, 'The note was changed, or it is signed by another key of that name: do not trust it')
    if (!found.has(verifier)) found.set(verifier, verified)
  }
  if (found.size === 0) throw new SpillwayError('AUDIT_SIGNATURE_INVALID', 'no known key has signed this note', 'Check with the verifier key that the log has published')
  return { text, verified: verifiers.flatMap((verifier) => found.get(verifier) ?? []) }
}

/** A signed note; throws AUDIT_NOTE_INVALID where the text cannot be one. */
export function signNote(text: string, signers: readonly Signer[]): string {
  const lines = signers.map(({ name, id, sign }) => {
    const idBytes = Buffer.alloc(4)
    idBytes.writeUInt32BE(id)
    return `\u2014 ${name} ${Buffer.concat([idBytes, sign(text)]).toString('base64')}\n`
  })
  const note = `${text}\n${lines.join('')}`
  if (!text.endsWith('\n') || parseNote(Buffer.from(note)).text !== text) throw invalid('has a text that does not end in a newline')
  return note
}

/** The note with one more signature line, by a witness for instance. */
export function addSignature(bytes: Uint8Array, signer: Signer): string {
  const { text } = parseNote(bytes)
  return utf8(bytes) + signNote(text, [signer]).slice(text.length + 1)
}

function parseSignature(line: string): NoteSignature {
  const match = /^\u2014 (\S+) (\S+)$/u.exec(line)
  const bytes = strictBase64(match?.[2] ?? '')
  if (match === null || bytes === null || bytes.length < 5 || !isKeyName(match[1]!)) throw invalid('has a line among its signatures that is none')
  return { name: match[1]!, id: bytes.readUInt32BE(), signature: bytes.subarray(4) }
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw invalid('is not UTF-8')
  }
}

function invalid(what: string): SpillwayError {
  return new SpillwayError('AUDIT_NOTE_INVALID', `the signed note ${what}`, 'Fetch it again from the log; do not edit it')
}
