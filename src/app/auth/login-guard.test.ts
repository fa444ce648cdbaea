import { describe, expect, it } from 'vitest'
import { Backoff } from './backoff.ts'
import { LoginGuard } from './login-guard.ts'

const SECOND = 1000
const HOUR = 3_600_000

describe('Backoff', () => {
  const limits = { free: 3, firstMs: SECOND, mostMs: 5 * SECOND }

  it('lets some through, then makes each wait twice as long, up to a limit', () => {
    const backoff = new Backoff(limits)
    const waits: number[] = []
    let now = 0
    // Who is told to wait waits, and asks again.
    while (waits.length < 9) {
      const wait = backoff.attempt('a', now)
      waits.push(wait)
      now += wait
    }
    expect(waits).toEqual([0, 0, 0, 1, 0, 2, 0, 4, 0].map((seconds) => seconds * SECOND))
    expect([backoff.attempt('a', now), backoff.attempt('a', now), backoff.attempt('a', now)]).toEqual([5, 5, 5].map((seconds) => seconds * SECOND))
    expect(backoff.attempt('b', now)).toBe(0)
  })

  it('begins anew after a success, and after an hour', () => {
    const backoff = new Backoff(limits)
    for (let n = 0; n < 3; n++) backoff.attempt('a', 0)
    expect(backoff.attempt('a', 0)).toBe(SECOND)
    backoff.clear('a')
    expect(backoff.attempt('a', 0)).toBe(0)
    for (let n = 0; n < 2; n++) backoff.attempt('a', 0)
    expect(backoff.attempt('a', 1)).toBe(SECOND - 1)
    expect([0, 1, 2].map(() => backoff.attempt('a', HOUR + 1))).toEqual([0, 0, 0])
  })

  it('remembers so many names and no more, the latest', () => {
    const backoff = new Backoff({ ...limits, free: 1 })
    for (let n = 0; n < 20_000; n++) backoff.attempt(`name ${n}`, 0)
    expect([backoff.attempt('name 9999', 0), backoff.attempt('name 10001', 0)]).toEqual([0, SECOND])
  })
})

/** How many of so many attempts at once go through. */
function tries(guard: LoginGuard, count: number, of: (n: number) => readonly [email: string, address: string]): number {
  return Array.from({ length: count }, (_, n) => guard.attempt(...of(n), 0)).filter((wait) => wait === 0).length
}

describe('LoginGuard', () => {
  it('one account from one address: five', () => {
    expect(tries(new LoginGuard(), 20, () => ['a@b', '10.0.0.1'])).toBe(5)
  })

  it('one account from everywhere: fifty, then a second between two, a minute at most', () => {
    const guard = new LoginGuard()
    expect(tries(guard, 200, (n) => ['a@b', `10.0.0.${n}`])).toBe(50)
    let wait = 0
    for (let n = 0, now = 0; n < 30; n++, now += wait) wait = guard.attempt('a@b', `10.1.0.${n}`, now)
    expect(wait).toBeLessThanOrEqual(60 * SECOND)
  })

  it('all accounts from one address, IPv6 by its /64: a hundred', () => {
    expect(tries(new LoginGuard(), 300, (n) => [`${n}@b`, '10.0.0.1'])).toBe(100)
    expect(tries(new LoginGuard(), 300, (n) => [`${n}@b`, `2001:db8::${n.toString(16)}`])).toBe(100)
    expect(tries(new LoginGuard(), 300, (n) => [`${n}@b`, `2001:db8:0:${n.toString(16)}::1`])).toBe(300)
    expect(tries(new LoginGuard(), 300, (n) => [`${n}@b`, n % 2 === 0 ? '10.0.0.1' : '::ffff:10.0.0.1'])).toBe(100)
  })

  it("one's own success buys no guesses at others", () => {
    const guard = new LoginGuard()
    let through = 0
    for (let n = 0; n < 300; n++) {
      if (guard.attempt(`${n}@b`, '10.0.0.1', 0) === 0) through++
      if (guard.attempt('own@b', '10.0.0.1', 0) === 0) guard.succeeded('own@b', '10.0.0.1')
    }
    expect(through).toBe(50)
  })
})
