import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { SpillwayError } from '../../core/errors.ts'
import type { ControlStore } from '../control.ts'
import { type DataKeys, KEY_ID_BYTES } from './data-keys.ts'

const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEADER_BYTES = 1 + KEY_ID_BYTES

/**
 * Encrypts a secret for rest: AES-256-GCM under the active data key. The envelope is version (1 byte), key id (8),
 * nonce (12, random), ciphertext, tag (16). Version, key id and the secret's name are authenticated, so that an
 * envelope cannot be passed off as another secret's.
 */
export function sealSecret(keys: DataKeys, name: string, secret: string): Uint8Array {
  const header = Buffer.concat([Buffer.of(VERSION), Buffer.from(keys.active.id, 'hex')])
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keys.active.key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound(header, name))
  return Buffer.concat([header, nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** Throws SECRET_KEY_UNKNOWN where another key sealed it and SECRET_TAMPERED where it is not what was sealed under this name. */
export function openSecret(keys: DataKeys, name: string, sealed: Uint8Array): string {
  const envelope = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  if (envelope.length < HEADER_BYTES + NONCE_BYTES + TAG_BYTES || envelope[0] !== VERSION) throw tampered(name)
  const key = keys.byId.get(sealedBy(envelope))
  if (key === undefined) throw new SpillwayError('SECRET_KEY_UNKNOWN', `the secret "${name}" was sealed with data key ${sealedBy(envelope)}, which is not here`, 'Provide that key beside the active one, or store the secret again')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.key, envelope.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAAD(bound(envelope.subarray(0, HEADER_BYTES), name)).setAuthTag(envelope.subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(envelope.subarray(HEADER_BYTES + NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch {
    // Without the cause: nothing of a failed decryption goes anywhere.
    throw tampered(name)
  }
}

/** Seals every secret anew that the active key did not seal; returns how many. All stay readable if it breaks off. */
export async function resealAll(store: ControlStore['secrets'], keys: DataKeys): Promise<number> {
  let count = 0
  for (const name of await store.names()) {
    const sealed = await store.get(name)
    if (sealed === null || sealedBy(sealed) === keys.active.id) continue
    await store.put(name, sealSecret(keys, name, openSecret(keys, name, sealed)))
    count++
  }
  return count
}

/** Reads a stored secret; null where the store has none of this name. */
export async function readSecret(store: ControlStore['secrets'], keys: DataKeys, name: string): Promise<string | null> {
  const sealed = await store.get(name)
  return sealed === null ? null : openSecret(keys, name, sealed)
}

function sealedBy(sealed: Uint8Array): string {
  return Buffer.from(sealed.subarray(1, HEADER_BYTES)).toString('hex')
}

function bound(header: Uint8Array, name: string): Buffer {
  return Buffer.concat([Buffer.from('spillway secret\0'), header, Buffer.from(name, 'utf8')])
}

function tampered(name: string): SpillwayError {
  return new SpillwayError('SECRET_TAMPERED', `the secret "${name}" was changed after it was sealed`, 'Restore the control database, or store the secret again')
}
