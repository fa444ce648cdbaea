import type { Clock } from '../../../core/clock.ts'

/** Something that proves who we are for a while. */
export interface Expiring<T> {
  readonly value: T
  /** Unix ms; null = it does not expire. */
  readonly expiresAt: number | null
}

/** Fetched anew so long before it expires, so that no request leaves with one that dies on the way. */
const MARGIN_MS = 5 * 60_000
/** A credential that lives shorter than the margin is still used for this part of its life. */
const SHORT_LIFE = 0.5

/**
 * A credential that is fetched when it is first needed and again shortly before it expires; all who ask meanwhile wait
 * for the same fetch. Where a renewal fails, the old one serves for as long as it is valid.
 */
export class CachedCredential<T> {
  readonly #fetch: () => Promise<Expiring<T>>
  readonly #clock: Clock
  #current: Expiring<T> | null = null
  #renewAt = 0
  #pending: Promise<T> | null = null

  constructor(fetch: () => Promise<Expiring<T>>, clock: Clock) {
    this.#fetch = fetch
    this.#clock = clock
  }

  /** No promise where a good one is at hand. */
  get(): T | Promise<T> {
    const now = this.#clock.now()
    if (this.#current !== null && now < this.#renewAt) return this.#current.value
    this.#pending ??= this.#renew().finally(() => {
      this.#pending = null
    })
    return this.#pending
  }

  async #renew(): Promise<T> {
    const askedAt = this.#clock.now()
    try {
      const fresh = await this.#fetch()
      this.#current = fresh
      this.#renewAt = fresh.expiresAt === null ? Number.POSITIVE_INFINITY : Math.max(fresh.expiresAt - MARGIN_MS, askedAt + (fresh.expiresAt - askedAt) * SHORT_LIFE)
      return fresh.value
    } catch (error) {
      const old = this.#current
      if (old !== null && (old.expiresAt === null || this.#clock.now() < old.expiresAt)) return old.value
      throw error
    }
  }
}
