import { isIPv6 } from 'node:net'
import { Backoff } from './backoff.ts'

/** Five guesses at an account from one address; a typist's sixth takes a second more. */
const PAIR = { free: 5, firstMs: 1000, mostMs: 900_000 } as const
/** At one account from everywhere: slow for a botnet, and its owner waits a minute at most. */
const ACCOUNT = { free: 50, firstMs: 1000, mostMs: 60_000 } as const
/** At all accounts from one address. Behind a proxy that is everybody, so the wait stays short. */
const ADDRESS = { free: 100, firstMs: 1000, mostMs: 30_000 } as const

/** Slows down guessing: by account, by address, and by both. Accounts that do not exist are slowed down the same. */
export class LoginGuard {
  readonly #pairs = new Backoff(PAIR)
  readonly #accounts = new Backoff(ACCOUNT)
  readonly #addresses = new Backoff(ADDRESS)

  /** Milliseconds to wait; 0 = go, and it is counted. */
  attempt(email: string, address: string, now: number): number {
    const from = network(address)
    return this.#addresses.attempt(from, now) || this.#pairs.attempt(`${from} ${email}`, now) || this.#accounts.attempt(email, now)
  }

  /** The address itself is not cleared: an account of one's own must not buy guesses at others. */
  succeeded(email: string, address: string): void {
    this.#pairs.clear(`${network(address)} ${email}`)
    this.#accounts.clear(email)
  }
}

/** A subscriber has a whole /64 of IPv6. */
function network(address: string): string {
  if (!isIPv6(address)) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address)
  if (mapped !== null) return mapped[1]!
  const [head = '', tail = ''] = address.split('::')
  const front = head.split(':').filter((group) => group !== '')
  const back = tail.split(':').filter((group) => group !== '')
  const groups = address.includes('::') ? [...front, ...Array.from({ length: 8 - front.length - back.length }, () => '0'), ...back] : front
  return groups.slice(0, 4).join(':')
}
