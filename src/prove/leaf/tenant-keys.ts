import { hkdfSync } from 'node:crypto'
import { NONCE_BYTES, openBytes, sealBytes } from '../bodies/seal-bytes.ts'
import { Hmac } from './hmac.ts'

const KEY_BYTES = 32
/** Keys kept in memory. */
const CACHED = 1000

/**
 * One key a tenant, derived from the installation's (HKDF-SHA256, RFC 5869). Hashes under it are the same for the same input
 * and mean nothing to whoever has not the key: a plain hash of a user's name or of a short prompt could be guessed.
 */
export class TenantKeys {
  readonly #master: Uint8Array
  readonly #keys = new Map<string, Hmac>()

  /** `master`: 32 random bytes that never stand in the log. Without them pseudonyms and commitments can no more be tied to anybody. */
  constructor(master: Uint8Array) {
    if (master.length !== KEY_BYTES) throw new RangeError('the key has not 32 bytes')
    this.#master = master
  }

  /** Of a user: the same user has the same pseudonym, and only within a tenant. 32 hex digits. */
  pseudonym(tenant: string, user: string): string {
    return this.#hmac(tenant, 'user', user).subarray(0, 16).toString('hex')
  }

  /** To a text; can be shown to be right later by whoever has the text and the tenant's key. 64 hex digits. */
  commitment(tenant: string, purpose: 'request' | 'record' | 'asked' | 'answered', text: string): string {
    return this.#hmac(tenant, purpose, text).toString('hex')
  }

  /** A key of one subject, encrypted under its tenant's for the control store. `random` bytes for the nonce. */
  wrapSubjectKey(tenant: string, subject: string, key: Uint8Array, random: (bytes: number) => Uint8Array): Buffer {
    return sealBytes(this.#wrapping(tenant), `spillway subject key v1\0${tenant}\0${subject}`, key, random(NONCE_BYTES))
  }

  /** Null where it was not wrapped for this subject by this installation. */
  unwrapSubjectKey(tenant: string, subject: string, wrapped: Uint8Array): Buffer | null {
    return openBytes(this.#wrapping(tenant), `spillway subject key v1\0${tenant}\0${subject}`, wrapped)
  }

  #wrapping(tenant: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#master, '', `spillway audit wrapping v1\0${tenant}`, KEY_BYTES))
  }

  #hmac(tenant: string, purpose: string, text: string): Buffer {
    return this.#key(tenant).of(`${purpose}\0${text}`)
  }

  #key(tenant: string): Hmac {
    const known = this.#keys.get(tenant)
    if (known !== undefined) return known
    if (this.#keys.size >= CACHED) this.#keys.clear()
    const key = new Hmac(Buffer.from(hkdfSync('sha256', this.#master, '', `spillway audit tenant v1\0${tenant}`, KEY_BYTES)))
    this.#keys.set(tenant, key)
    return key
  }
}
