import { describe, expect, it } from 'vitest'
import type { Notice } from '../../measure/alert/alert-book.ts'
import { Delivery } from './delivery.ts'
import { aNotice } from './testing.ts'

interface World {
  readonly delivery: Delivery
  readonly taken: string[]
  readonly failures: string[]
  readonly waits: number[]
}

/** A channel of which `fails` says whether the n-th try fails. */
function world(fails: (tries: number) => boolean): World {
  const taken: string[] = []
  const failures: string[] = []
  const waits: number[] = []
  let tries = 0
  const channel = {
    name: 'hook',
    send: ({ alert }: Notice): Promise<void> => {
      if (fails(tries++)) return Promise.reject(new Error('status 500'))
      taken.push(alert.condition.id)
      return Promise.resolve()
    },
    close: () => taken.push('closed'),
  }
  const wait = (ms: number): Promise<void> => {
    waits.push(ms)
    return Promise.resolve()
  }
  return { delivery: new Delivery(channel, { wait, onFailure: (name, reason, givenUp) => failures.push(`${name}: ${reason}${givenUp ? ', given up' : ''}`) }), taken, failures, waits }
}

const notice = (id: string): Notice => aNotice({}, { id })

describe('delivery', () => {
  it('keeps the order, over failures too', async () => {
    const { delivery, taken, waits } = world((tries) => tries < 2)
    for (const id of ['a', 'b', 'c']) delivery.push(notice(id))
    await delivery.idle()
    expect([taken, waits]).toEqual([['a', 'b', 'c'], [5000, 30_000]])
  })

  it('waits ever longer, then gives up and goes on with the next', async () => {
    const { delivery, taken, waits, failures } = world((tries) => tries < 6)
    delivery.push(notice('a'))
    delivery.push(notice('b'))
    await delivery.idle()
    expect([taken, waits]).toEqual([['b'], [5000, 30_000, 120_000, 600_000, 1_800_000]])
    expect(failures).toEqual([...Array.from({ length: 5 }, () => 'hook: status 500'), 'hook: status 500, given up'])
  })

  it('to a channel that is away is bounded: the oldest go', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    const taken: string[] = []
    const failures: string[] = []
    const delivery = new Delivery({ name: 'hook', send: async ({ alert }) => held.then(() => void taken.push(alert.condition.id)), close: () => {} }, { wait: () => Promise.resolve(), onFailure: (_, reason) => failures.push(reason) })
    for (let n = 0; n < 300; n++) delivery.push(notice(`n${n}`))
    release()
    await delivery.idle()
    // The first is under way; of the 299 behind it the last 200 are left.
    expect(taken).toEqual(['n0', ...Array.from({ length: 200 }, (_, n) => `n${n + 100}`)])
    expect(failures).toHaveLength(99)
  })

  it('gives up what waits when it is closed, and takes nothing more', async () => {
    const taken: string[] = []
    const delivery = new Delivery({ name: 'hook', send: (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))), close: () => taken.push('closed') }, { wait: () => Promise.resolve(), onFailure: () => taken.push('failure') })
    delivery.push(notice('a'))
    delivery.push(notice('b'))
    await delivery.close()
    delivery.push(notice('c'))
    expect(taken).toEqual(['closed'])
  })
})
