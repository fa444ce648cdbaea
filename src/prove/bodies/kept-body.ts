import { hash } from 'node:crypto'
import { NONCE_BYTES, openBytes, sealBytes } from './seal-bytes.ts'

/** What is kept of a call's bodies, as it is encrypted and committed to. */
export interface KeptBody {
  readonly v: 1
  readonly call: string
  /** 32 random bytes, hex: without them the commitment says nothing about a text that somebody guesses. */
  readonly salt: string
  /** As the client sent it, and as it got the answer; with what was redacted or cut taken out. */
  readonly request: string
  readonly response: string
  readonly truncated: boolean
  /** Places that were redacted. */
  readonly redacted: number
}

/** A kept body on its way to the disk. Who has erased the subject's key cannot read it any more, wherever copies are. */
export interface BodyRecord {
  readonly kind: 'body'
  readonly schemaVersion: 1
  readonly call: string
  readonly tenant: string
  /** Pseudonym of the user. */
  readonly subject: string
  /** Unix ms. */
  readonly at: number
  /** Base64. */
  readonly sealed: string
}

/** What the leaf of the call holds: SHA-256 over the very bytes that are encrypted, hex. */
export function bodyCommitment(plain: Uint8Array): string {
  return hash('sha256', plain, 'hex')
}

export function encodeBody(body: KeptBody): Buffer {
  return Buffer.from(JSON.stringify(body))
}

export const SUBJECT_KEY_BYTES = 32

/** `random` bytes for the nonce. */
export function sealBody(key: Uint8Array, where: Pick<BodyRecord, 'call' | 'tenant' | 'subject'>, plain: Uint8Array, random: (bytes: number) => Uint8Array): string {
  return sealBytes(key, purposeOf(where), plain, random(NONCE_BYTES)).toString('base64')
}

/** Null where the key is another or the record was changed. */
export function openBody(key: Uint8Array, record: BodyRecord): Buffer | null {
  return openBytes(key, purposeOf(record), Buffer.from(record.sealed, 'base64'))
}

function purposeOf({ call, tenant, subject }: Pick<BodyRecord, 'call' | 'tenant' | 'subject'>): string {
  return `spillway body v1\0${tenant}\0${subject}\0${call}`
}
