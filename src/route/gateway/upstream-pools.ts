import { Agent, Pool } from 'undici'
import { guardedLookup } from '../pools/address-guard.ts'
import type { Lookup } from '../pools/address-guard.ts'

/** What decides whether two endpoints can share sockets. */
export interface SocketNeeds {
  readonly url: string
  readonly connections: number
  readonly connectMs: number
  /** Whether the name may resolve to a link-local address. */
  readonly allowLinkLocal: boolean
}

/** Undici's own pools, one an endpoint, kept over a reload where nothing about the sockets has changed. */
export class UpstreamPools {
  readonly #pools = new Map<string, { readonly pool: Pool; users: number }>()

  readonly #lookup: Lookup
  /** For what an upstream keeps at another origin than its own; never link-local. */
  readonly elsewhere: Agent

  /** `resolve` is for tests. */
  constructor(resolve?: Lookup) {
    this.#lookup = guardedLookup(resolve)
    this.elsewhere = new Agent(socketOptions(ELSEWHERE, this.#lookup))
  }

  /** Call `release` with the same needs when the configuration that wants it is gone. */
  acquire(needs: SocketNeeds): Pool {
    const key = keyOf(needs)
    let entry = this.#pools.get(key)
    if (entry === undefined) {
      entry = { pool: new Pool(new URL(needs.url).origin, socketOptions(needs, this.#lookup)), users: 0 }
      this.#pools.set(key, entry)
    }
    entry.users++
    return entry.pool
  }

  release(needs: SocketNeeds): void {
    const key = keyOf(needs)
    const entry = this.#pools.get(key)
    if (entry === undefined || --entry.users > 0) return
    this.#pools.delete(key)
    void entry.pool.close()
  }

  async destroy(): Promise<void> {
    const pools = [...this.#pools.values()]
    this.#pools.clear()
    await Promise.all([this.elsewhere.destroy(), ...pools.map(({ pool }) => pool.destroy())])
  }
}

const ELSEWHERE = { connections: 64, connectMs: 10_000, allowLinkLocal: false }

function keyOf({ url, connections, connectMs, allowLinkLocal }: SocketNeeds): string {
  return `${new URL(url).origin} ${connections} ${connectMs} ${allowLinkLocal}`
}

function socketOptions({ connections, connectMs, allowLinkLocal }: Omit<SocketNeeds, 'url'>, lookup: Lookup): Pool.Options {
  return {
    connections,
    pipelining: 1,
    connectTimeout: connectMs,
    // The gateway watches these itself: one timer for all calls, on the clock that it was given.
    headersTimeout: 0,
    bodyTimeout: 0,
    // One connection a call: a reset of one stream must not take the others of its connection with it.
    allowH2: false,
    // The configuration refuses link-local URLs; a name can come to mean such an address later.
    connect: allowLinkLocal ? {} : { lookup },
  }
}
