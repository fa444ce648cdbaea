import type { KeyRow } from '../../store/control.ts'
import { hashSecret, secretForm } from './key-secret.ts'
import { type ModelRule, modelRule } from './key-rules.ts'
import { KeyState } from './key-state.ts'
import { Recent } from './recent.ts'

/** Longer ones are refused unread. */
const LONGEST_SECRET = 256

/** The secret that a key had before its rotation. */
interface OldSecret {
  readonly key: KeyState
  /** Unix ms. */
  readonly until: number
}

export type Unlock = KeyState | 'unknown' | 'mistyped' | 'superseded'

/**
 * Finds keys by their secret. The judge is the HMAC under the pepper, so neither time nor memory tells how much of a
 * guess was right; secrets seen before, good and bad, are remembered in bounded caches, so that a known one costs one
 * look-up in a Map.
 */
export class KeyRing {
  readonly #pepper: Uint8Array
  readonly #keys = new Map<string, KeyState>()
  #byHash = new Map<string, KeyState>()
  #byOldHash = new Map<string, OldSecret>()
  readonly #known: Recent<KeyState>
  readonly #old: Recent<OldSecret>
  readonly #unknown: Recent<'unknown' | 'mistyped'>

  constructor(pepper: Uint8Array, mostCached: number) {
    this.#pepper = pepper
    this.#known = new Recent(mostCached)
    this.#old = new Recent(mostCached)
    this.#unknown = new Recent(mostCached)
  }

  find(secret: string, now: number): Unlock {
    const key = this.#known.get(secret)
    if (key !== undefined) return key
    const old = this.#old.get(secret)
    if (old !== undefined) return now < old.until ? old.key : 'superseded'
    return this.#unknown.get(secret) ?? this.#learn(secret, now)
  }

  /** Takes over the rows; counters of keys that stay go on, and secrets of keys that went are forgotten. */
  replace(rows: readonly KeyRow[]): void {
    const hashes = new Map<string, KeyState>()
    const oldHashes = new Map<string, OldSecret>()
    const ids = new Set<string>()
    // Thousands of keys have the same few lists: one rule for each.
    const modelRules = new Map<string, ModelRule | null>()
    for (const row of rows) {
      ids.add(row.id)
      const known = this.#keys.get(row.id)
      const list = JSON.stringify(row.rules.models)
      const mayUse = modelRules.get(list) ?? modelRule(row.rules.models)
      modelRules.set(list, mayUse)
      const key = known ?? new KeyState(row, mayUse)
      if (known === undefined) this.#keys.set(row.id, key)
      else known.renew(row, mayUse)
      if (row.previous !== undefined && row.previous !== null) oldHashes.set(row.previous.hash, { key, until: row.previous.expiresAt })
      hashes.set(row.hash, key)
    }
    for (const id of this.#keys.keys()) if (!ids.has(id)) this.#keys.delete(id)
    this.#byHash = hashes
    this.#byOldHash = oldHashes
    this.#old.clear()
    this.#known.clear()
    this.#unknown.clear()
  }

  stats(): { readonly keys: number; readonly cachedSecrets: number; readonly cachedUnknown: number } {
    return { keys: this.#keys.size, cachedSecrets: this.#known.size + this.#old.size, cachedUnknown: this.#unknown.size }
  }

  #learn(secret: string, now: number): Unlock {
    if (secret.length > LONGEST_SECRET) return 'unknown'
    // A copy: a slice would keep the header that it was cut from.
    const own = Buffer.from(secret).toString()
    const hash = hashSecret(this.#pepper, own)
    const key = this.#byHash.get(hash)
    const old = this.#byOldHash.get(hash)
    if (key !== undefined) this.#known.set(own, key)
    else if (old !== undefined) this.#old.set(own, old)
    else this.#unknown.set(own, secretForm(own) === 'mistyped' ? 'mistyped' : 'unknown')
    return this.find(own, now)
  }
}
