import { describe, expect, it } from 'vitest'
import { CachedCredential, type Expiring } from './cached-credential.ts'

const MINUTE = 60_000

/** A credential whose fetches are answered one by one, on a clock that the test moves. */
function setUp(...answers: (Expiring<string> | Error)[]): { readonly cached: CachedCredential<string>; readonly clock: { at: number }; readonly fetches: () => number } {
  const clock = { at: 0 }
  let fetches = 0
  const cached = new CachedCredential(
    async () => {
      const answer = answers[fetches++]
      if (answer === undefined) throw new Error('fetched too often')
      if (answer instanceof Error) throw answer
      return answer
    },
    { now: () => clock.at },
  )
  return { cached, clock, fetches: () => fetches }
}

describe('CachedCredential', () => {
  it('fetches once for all who ask at the same time, and then has it at hand', async () => {
    const { cached, fetches } = setUp({ value: 'a', expiresAt: 60 * MINUTE })
    expect(await Promise.all([cached.get(), cached.get(), cached.get()])).toEqual(['a', 'a', 'a'])
    expect([cached.get(), fetches()]).toEqual(['a', 1])
  })

  it('renews five minutes before the end', async () => {
    const { cached, clock, fetches } = setUp({ value: 'a', expiresAt: 60 * MINUTE }, { value: 'b', expiresAt: 120 * MINUTE })
    await cached.get()
    clock.at = 55 * MINUTE - 1
    expect(cached.get()).toBe('a')
    clock.at = 55 * MINUTE
    expect(await cached.get()).toBe('b')
    expect(fetches()).toBe(2)
  })

  it('uses one that lives shorter than that for half of its life', async () => {
    const { cached, clock } = setUp({ value: 'a', expiresAt: 4 * MINUTE }, { value: 'b', expiresAt: 8 * MINUTE })
    await cached.get()
    clock.at = 2 * MINUTE - 1
    expect(cached.get()).toBe('a')
    clock.at = 2 * MINUTE
    expect(await cached.get()).toBe('b')
  })

  it('keeps one that does not expire', async () => {
    const { cached, clock } = setUp({ value: 'a', expiresAt: null })
    await cached.get()
    clock.at = Number.MAX_SAFE_INTEGER
    expect(cached.get()).toBe('a')
  })

  it('goes on with the old one where a renewal fails, for as long as it is valid', async () => {
    const { cached, clock } = setUp({ value: 'a', expiresAt: 60 * MINUTE }, new Error('down'), new Error('down'))
    await cached.get()
    clock.at = 59 * MINUTE
    expect(await cached.get()).toBe('a')
    clock.at = 60 * MINUTE
    await expect(cached.get()).rejects.toThrow('down')
  })

  it('tries again after a first failure', async () => {
    const { cached } = setUp(new Error('down'), { value: 'a', expiresAt: null })
    await expect(cached.get()).rejects.toThrow('down')
    expect(await cached.get()).toBe('a')
  })
})
