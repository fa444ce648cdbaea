import { createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto'
import { SpillwayError } from '../../core/errors.ts'
import { strictBase64 } from './base64.ts'

/** Signature types of C2SP signed-note that are known here. */
const ED25519 = 0x01
/** Timestamped Ed25519 cosignature of a witness (C2SP tlog-cosignature). */
export const WITNESS_KEY_TYPE = 0x04
const KEY_BYTES = 32
const SIGNATURE_BYTES = 64
const TIME_BYTES = 8
/** DER of a private key up to its seed (RFC 8410) and of a public key up to its bytes. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const PRIVATE = 'PRIVATE+KEY+'

export interface Verified {
  readonly name: string
  /** The verifier key as text. */
  readonly key: string
  /** When a witness signed, Unix seconds; null for a signature without a time. */
  readonly time: bigint | null
}

export interface Verifier {
  readonly name: string
  /** The first four bytes of a hash over name, type and key: tells keys apart, proves nothing. */
  readonly id: number
  /** The verifier key as text: name+id+base64. */
  readonly text: string
  /** Of its signatures. */
  readonly type: number
  /** Null = the signature is not this key's over this text. */
  readonly check: (text: string, signature: Buffer) => Verified | null
}

export interface Signer {
  readonly name: string
  readonly id: number
  /** What outsiders check this signer's notes with. */
  readonly verifier: Verifier
  readonly sign: (text: string) => Buffer
}

/** The verifier of a key such as `example.com/log+33d7b496+AeHT...` (Ed25519, or a witness's). Throws AUDIT_KEY_INVALID. */
export function parseVerifierKey(key: string): Verifier {
  const { name, id, type, bytes } = takeApart(key.trim(), 'verifier key')
  if (type !== ED25519 && type !== WITNESS_KEY_TYPE) throw invalid(`is of signature type ${type}, which is not known here`)
  const verifier = verifierOf(name, type, bytes)
  if (verifier.id !== id) throw invalid('has an id that does not fit its name and key')
  return verifier
}

/** The signer of a key such as `PRIVATE+KEY+example.com/log+33d7b496+AeymY...`. `witness`: signs cosignatures at `now()`, Unix seconds. */
export function parseSigningKey(key: string, witness?: { readonly now: () => bigint }): Signer {
  const text = key.trim()
  if (!text.startsWith(PRIVATE)) throw invalid('is no signing key')
  const { name, id, type, bytes } = takeApart(text.slice(PRIVATE.length), 'signing key')
  if (type !== (witness === undefined ? ED25519 : WITNESS_KEY_TYPE)) throw invalid(`is of signature type ${type}, which does not fit its use`)
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, bytes]), format: 'der', type: 'pkcs8' })
  const verifier = verifierOf(name, type, publicBytes(privateKey))
  if (verifier.id !== id) throw invalid('has an id that does not fit its name and key')
  return {
    name,
    id,
    verifier,
    sign: (note) => {
      if (witness === undefined) return sign(null, Buffer.from(note), privateKey)
      const time = witness.now()
      const stamp = Buffer.alloc(TIME_BYTES)
      stamp.writeBigUInt64BE(time)
      return Buffer.concat([stamp, sign(null, cosigned(time, note), privateKey)])
    },
  }
}

/** The text of a new signing key, from 32 random bytes. */
export function newSigningKey(name: string, seed: Uint8Array, witness = false): string {
  const type = witness ? WITNESS_KEY_TYPE : ED25519
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })
  return `${PRIVATE}${name}+${hexId(keyId(checkedName(name), type, publicBytes(privateKey)))}+${typed(type, seed)}`
}

/** Non-empty, no Unicode space, no plus, no control character; at most 200 characters. */
export function isKeyName(name: string): boolean {
  return name !== '' && name.length <= 200 && !/[\p{White_Space}\p{Cc}+]/u.test(name)
}

function takeApart(text: string, what: string): { readonly name: string; readonly id: number; readonly type: number; readonly bytes: Buffer } {
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text)
  const bytes = strictBase64(match?.[3] ?? '')
  if (match === null || bytes === null || bytes.length !== 1 + KEY_BYTES) throw invalid(`is no ${what} (name+id+base64)`)
  return { name: checkedName(match[1]!), id: Number.parseInt(match[2]!, 16), type: bytes[0]!, bytes: bytes.subarray(1) }
}

function checkedName(name: string): string {
  if (!isKeyName(name)) throw invalid('has a name that is empty, longer than 200 characters, or holds a space, a plus or a control character')
  return name
}

function verifierOf(name: string, type: number, bytes: Buffer): Verifier {
  const key = createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' })
  const id = keyId(name, type, bytes)
  const text = `${name}+${hexId(id)}+${typed(type, bytes)}`
  return { name, id, text, type, check: type === ED25519 ? checkPlain({ name, key: text, time: null }, key) : checkCosignature({ name, key: text }, key) }
}

function checkPlain(verified: Verified, key: KeyObject): Verifier['check'] {
  return (text, signature) => (signature.length === SIGNATURE_BYTES && verify(null, Buffer.from(text), key, signature) ? verified : null)
}

function checkCosignature(who: Omit<Verified, 'time'>, key: KeyObject): Verifier['check'] {
  return (text, signature) => {
    if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return null
    const time = signature.readBigUInt64BE()
    return time < 2n ** 63n && verify(null, cosigned(time, text), key, signature.subarray(TIME_BYTES)) ? { ...who, time } : null
  }
}

/** What a witness signs: it says when, and the header keeps it apart from any other text. */
function cosigned(time: bigint, text: string): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`)
}

function keyId(name: string, type: number, bytes: Uint8Array): number {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([type]), bytes]), 'buffer').readUInt32BE()
}

function publicBytes(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(SPKI.length)
}

function typed(type: number, bytes: Uint8Array): string {
  return Buffer.concat([Buffer.from([type]), bytes]).toString('base64')
}

function hexId(id: number): string {
  return id.toString(16).padStart(8, '0')
}

/** The key itself is not shown: it may be private. */
function invalid(what: string): SpillwayError {
  return new SpillwayError('AUDIT_KEY_INVALID', `the key ${what}`, 'Give the key as the log or the witness has published it, on one line')
}
