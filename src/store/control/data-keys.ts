import { createHmac, randomBytes } from 'node:crypto'
import { SpillwayError } from '../../core/errors.ts'
import { readOrCreatePrivate, replacePrivate } from './private-file.ts'

const KEY_BYTES = 32
/** A key's name in envelopes: 8 bytes that follow from the key and tell nothing about it. */
export const KEY_ID_BYTES = 8

export interface DataKey {
  /** Hex. */
  readonly id: string
  readonly key: Uint8Array
}

/** Keys that seal secrets at rest: the active one seals, all of them open. */
export interface DataKeys {
  readonly active: DataKey
  readonly byId: ReadonlyMap<string, DataKey>
}

/** Keys as base64 or hex, separated by commas, spaces or lines, the active one first; `origin` is for the error alone. */
export function parseDataKeys(text: string, origin: string): DataKeys {
  const keys = text
    .split(/[\s,]+/u)
    .filter((part) => part !== '')
    .map((part) => dataKey(part, origin))
  const [active] = keys
  if (active === undefined) throw broken(origin)
  return { active, byId: new Map(keys.map((key) => [key.id, key])) }
}

/** The keys in `file`, which is made with one key where it does not exist. */
export function readDataKeys(file: string): DataKeys {
  return parseDataKeys(readOrCreatePrivate(file, () => `${newKey()}\n`), file)
}

/** Puts a new active key in front of those in `file`; the old ones stay until everything is sealed anew. */
export function addDataKey(file: string): DataKeys {
  const { byId } = readDataKeys(file)
  const text = [newKey(), ...[...byId.values()].map(({ key }) => Buffer.from(key).toString('base64'))].join('\n')
  replacePrivate(file, `${text}\n`)
  return readDataKeys(file)
}

/** Forgets all keys of `file` but the active one: what only they open is lost. */
export function dropOldDataKeys(file: string): void {
  replacePrivate(file, `${Buffer.from(readDataKeys(file).active.key).toString('base64')}\n`)
}

function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64')
}

function dataKey(text: string, origin: string): DataKey {
  const key = /^[0-9a-f]{64}$/iu.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
  if (key.length !== KEY_BYTES) throw broken(origin)
  return { id: createHmac('sha256', key).update('spillway data key id').digest('hex').slice(0, 2 * KEY_ID_BYTES), key }
}

/** The text itself is not shown: it may be a key that is nearly right. */
function broken(origin: string): SpillwayError {
  return new SpillwayError('PRIVATE_FILE_INVALID', `the data key in ${origin} is not 32 bytes in base64 or hex`, 'Make one with "openssl rand -base64 32", or restore the one that sealed the secrets')
}
