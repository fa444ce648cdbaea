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
  readonly actOf?: (deed: KeyDeed, key: Pick<KeyRow, 'id' | 'tenant'>) => object
}

export type KeyDeed = { readonly leaf: 'key-created' | 'key-rotated' } | { readonly leaf: 'key-disabled'; readonly undone: boolean } | { readonly leaf: 'key-changed'; readonly changed: string }

/** A key and its secret, which exists nowhere else and is shown once. */
export interface ShownKey {
  readonly key: KeyRow
  readonly secret: string
}

export async function createKey({ store, pepper, randomBytes, now, actOf }: KeyDesk, wanted: { readonly name: string; readonly tenant: string; readonly expiresAt: number | null; readonly rules: KeyRules }): Promise<ShownKey> {
  const secret = newSecret(randomBytes)
  const key: KeyRow = { id: newKeyId(randomBytes), ...wanted, hash: hashSecret(pepper, secret), createdAt: now, disabledAt: null, lastUsedAt: null, previous: null }
  await store.keys.insert(key, actOf?.({ leaf: 'key-created' }, key))
  return { key, secret }
}

/** A new secret for the same key, so that its budgets, limits and history go on; the old one lasts `graceMs` longer. */
export async function rotateKey({ store, pepper, randomBytes, now, actOf }: KeyDesk, old: KeyRow, graceMs: number): Promise<ShownKey> {
  const secret = newSecret(randomBytes)
  const change = { hash: hashSecret(pepper, secret), previous: graceMs > 0 ? { hash: old.hash, expiresAt: now + graceMs } : null }
  await store.keys.update(old.id, change, actOf?.({ leaf: 'key-rotated' }, old))
  return { key: { ...old, ...change }, secret }
}

/** Refuses a key from now on, or accepts it again. */
export async function disableKey({ store, now, actOf }: KeyDesk, key: KeyRow, isUndone: boolean): Promise<KeyRow> {
  const change = { disabledAt: isUndone ? null : now }
  await store.keys.update(key.id, change, actOf?.({ leaf: 'key-disabled', undone: isUndone }, key))
  return { ...key, ...change }
}

/** What changes nothing is no change, not even of the revision that makes gateways reload. */
export async function changeKey({ store, actOf }: KeyDesk, old: KeyRow, change: Partial<Pick<KeyRow, 'name' | 'expiresAt' | 'rules'>>): Promise<KeyRow> {
  const key = { ...old, ...change }
  if (JSON.stringify(key) !== JSON.stringify(old)) await store.keys.update(old.id, change, actOf?.({ leaf: 'key-changed', changed: changedFields(old, key) }, old))
  return key
}

/** Throws KEY_UNKNOWN. `tenant` null = of any. */
export async function findKey(store: ControlStore, id: string, tenant: string | null = null): Promise<KeyRow> {
  const key = (await store.keys.list(tenant)).find((one) => one.id === id)
  if (key === undefined) throw new SpillwayError('KEY_UNKNOWN', `there is no key "${id}"`, 'List them with "spillway keys list"')
  return key
}

/** Names of what is other than before: the rules by name too, their values not. */
function changedFields(old: KeyRow, key: KeyRow): string {
  return [...differing(old, key).filter((name) => name !== 'rules'), ...differing(old.rules, key.rules)].join(', ').slice(0, 256)
}

function differing<T extends object>(old: T, next: T): string[] {
  return (Object.keys(next) as (keyof T & string)[]).filter((name) => JSON.stringify(old[name]) !== JSON.stringify(next[name]))
}
