import { SpillwayError } from '../../core/errors.ts'
import type { ControlStore, KeyRow, KeyRules } from '../../store/control.ts'
import { hashSecret, newKeyId, newSecret, type RandomBytes } from './key-secret.ts'

/** What making and changing keys needs; the management API uses the same as the command line. */
export interface KeyDesk {
  readonly store: ControlStore
  readonly pepper: Uint8Array
  readonly randomBytes: RandomBytes
  /** Unix ms. */
  readonly now: number
  /** What the audit log is to say of it. */
  readonly actOf?: (what: 'key-created' | 'key-rotated', key: Pick<KeyRow, 'id' | 'tenant'>) => object
}

/** A key and its secret, which exists nowhere else and is shown once. */
export interface ShownKey {
  readonly key: KeyRow
  readonly secret: string
}

export async function createKey({ store, pepper, randomBytes, now, actOf }: KeyDesk, wanted: { readonly name: string; readonly tenant: string; readonly expiresAt: number | null; readonly rules: KeyRules }): Promise<ShownKey> {
  const secret = newSecret(randomBytes)
  const key: KeyRow = { id: newKeyId(randomBytes), ...wanted, hash: hashSecret(pepper, secret), createdAt: now, disabledAt: null, lastUsedAt: null, previous: null }
  await store.keys.insert(key, actOf?.('key-created', key))
  return { key, secret }
}

/** A new secret for the same key, so that its budgets, limits and history go on; the old one lasts `graceMs` longer. */
export async function rotateKey(desk: KeyDesk, id: string, graceMs: number): Promise<ShownKey> {
  const { store, pepper, randomBytes, now, actOf } = desk
  const old = await findKey(store, id)
  const secret = newSecret(randomBytes)
  const change = { hash: hashSecret(pepper, secret), previous: graceMs > 0 ? { hash: old.hash, expiresAt: now + graceMs } : null }
  await store.keys.update(id, change, actOf?.('key-rotated', old))
  return { key: { ...old, ...change }, secret }
}

/** Throws KEY_UNKNOWN. */
export async function findKey(store: ControlStore, id: string): Promise<KeyRow> {
  const key = (await store.keys.list(null)).find((one) => one.id === id)
  if (key === undefined) throw new SpillwayError('KEY_UNKNOWN', `there is no key "${id}"`, 'List them with "spillway keys list"')
  return key
}
