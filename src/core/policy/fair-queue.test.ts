import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Priority } from '../call.ts'
import { FairQueue } from './fair-queue.ts'
import type { Waiter } from './service-class.ts'

const NONE = new Set<number>()
let ids = 0
function waiter(over: Partial<Waiter> = {}): Waiter {
  return { id: `w${ids++}`, group: 0, priority: 'standard', keyId: 'k', cost: 1, until: 1000, ...over }
}

function queueOf(waiters: readonly Partial<Waiter>[], limit = 1000): FairQueue<Waiter> {
  const queue = new FairQueue<Waiter>(limit)
  for (const each of waiters) queue.push(waiter(each))
  return queue
}

/** Serves up to `count` and says whom, by what `name` reads. */
function serve<T>(queue: FairQueue<Waiter>, name: (served: Waiter) => T, count = Number.POSITIVE_INFINITY, blocked: ReadonlySet<number> = NONE): T[] {
  const names: T[] = []
  for (let next = queue.next(blocked); next !== undefined && names.length < count; next = queue.next(blocked)) {
    names.push(name(next))
    queue.serve(next.id)
  }
  return names
}

const idOf = ({ id }: Waiter): string => id
const keyOf = ({ keyId }: Waiter): string => keyId
const priorityOf = ({ priority }: Waiter): Priority => priority

describe('FairQueue, between classes', () => {
  it('serves the higher class first', () => {
    expect(serve(queueOf([{ priority: 'batch' }, { priority: 'standard' }, { priority: 'realtime' }]), priorityOf)).toEqual(['realtime', 'standard', 'batch'])
  })

  it('gives 16 : 4 : 1 turns while all of them wait, so that batch does not starve', () => {
    const all = (['batch', 'standard', 'realtime'] as const).flatMap((priority) => Array.from({ length: 210 }, () => ({ priority })))
    const served = serve(queueOf(all), priorityOf, 210)
    const count = (priority: Priority): number => served.filter((each) => each === priority).length
    expect([count('realtime'), count('standard'), count('batch')]).toEqual([160, 40, 10])
  })

  it('serves a batch call within 21 turns, however many realtime calls keep coming', () => {
    const queue = queueOf([{ priority: 'batch' }])
    for (let turn = 0; turn < 21; turn++) {
      queue.push(waiter({ priority: 'realtime' }))
      queue.push(waiter({ priority: 'standard' }))
      serve(queue, priorityOf, 1)
    }
    expect(queue.isAhead(0, 'batch')).toBe(true)
    const left = serve(queue, priorityOf)
    expect(left).not.toContain('batch')
  })

  it('a class that was away has no turns saved up', () => {
    const queue = queueOf(Array.from({ length: 100 }, () => ({ priority: 'realtime' as const })))
    serve(queue, priorityOf, 64)
    for (let i = 0; i < 20; i++) queue.push(waiter({ priority: 'batch' }))
    expect(serve(queue, priorityOf, 30).filter((each) => each === 'batch').length).toBeLessThanOrEqual(2)
  })
})

describe('FairQueue, between keys', () => {
  it('does not let a key with a hundred calls hold up one with two', () => {
    const queue = queueOf([...Array.from({ length: 100 }, () => ({ keyId: 'big' })), { keyId: 'small' }, { keyId: 'small' }])
    expect(serve(queue, keyOf, 4).toSorted()).toEqual(['big', 'big', 'small', 'small'])
  })

  it('does not let a key that comes back at once get ahead of one that waits all the time', () => {
    const queue = queueOf(Array.from({ length: 50 }, () => ({ keyId: 'backlog' })))
    const served: string[] = []
    for (let i = 0; i < 40; i++) {
      queue.push(waiter({ keyId: 'again' }))
      served.push(...serve(queue, keyOf, 1))
    }
    expect(served.filter((key) => key === 'backlog').length).toBeGreaterThanOrEqual(19)
  })

  it('a key that comes late has no service saved up', () => {
    const queue = queueOf(Array.from({ length: 100 }, () => ({ keyId: 'old' })))
    serve(queue, keyOf, 50)
    for (let i = 0; i < 50; i++) queue.push(waiter({ keyId: 'new' }))
    expect(serve(queue, keyOf, 20).filter((key) => key === 'new').length).toBeLessThanOrEqual(11)
  })

  it('counts what was served to a key in all groups together', () => {
    const both = [0, 1].flatMap((group) => Array.from({ length: 20 }, () => ({ group, keyId: 'wide' })))
    const queue = queueOf([...both, ...Array.from({ length: 40 }, () => ({ keyId: 'narrow' }))])
    expect(serve(queue, keyOf, 20).filter((key) => key === 'wide')).toHaveLength(10)
  })

  it('serves keys that keep waiting the same cost, to within one call of each (start-time fair queueing)', () => {
    const costs = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 30, maxLength: 30 })
    fc.assert(
      fc.property(fc.array(costs, { minLength: 2, maxLength: 5 }), (byKey) => {
        const queue = queueOf(byKey.flatMap((own, key) => own.map((cost) => ({ keyId: `k${key}`, cost }))))
        const total = new Map(byKey.map((_, key) => [`k${key}`, 0]))
        for (const { keyId, cost } of serve(queue, (each) => each, 25)) {
          total.set(keyId, total.get(keyId)! + cost)
          const values = [...total.values()]
          expect(Math.max(...values) - Math.min(...values)).toBeLessThanOrEqual(2 * Math.max(...byKey.flat()))
        }
      }),
    )
  })
})

describe('FairQueue, by deadline', () => {
  it('serves the earliest deadline of a key first, and the first come of equal ones', () => {
    const queue = queueOf([{ id: 'late', until: 900 }, { id: 'soon', until: 100 }, { id: 'also', until: 900 }])
    expect(serve(queue, idOf)).toEqual(['soon', 'late', 'also'])
  })

  it('serves the earlier deadline of two keys that are even', () => {
    expect(serve(queueOf([{ keyId: 'a', id: 'later', until: 500 }, { keyId: 'b', id: 'sooner', until: 400 }]), idOf)).toEqual(['sooner', 'later'])
  })

  it('tells who has waited for too long', () => {
    const queue = queueOf([{ id: 'x', until: 300 }, { id: 'y', until: 200, priority: 'batch' }])
    expect(queue.expired(199)).toBeUndefined()
    expect(queue.expired(200)?.id).toBe('y')
    queue.remove('y')
    expect(queue.expired(299)).toBeUndefined()
    expect(queue.expired(300)?.id).toBe('x')
  })
})

describe('FairQueue, groups', () => {
  it('passes over a blocked group, whatever its class', () => {
    const queue = queueOf([{ id: 'x', group: 1, priority: 'realtime' }, { id: 'y', group: 2, priority: 'batch' }])
    expect(serve(queue, idOf, 9, new Set([1]))).toEqual(['y'])
    expect(queue.size).toBe(1)
  })

  it('knows whether somebody of the same class or a higher one waits for the same', () => {
    const queue = queueOf([{ group: 1, priority: 'standard' }])
    expect([queue.isAhead(1, 'realtime'), queue.isAhead(1, 'standard'), queue.isAhead(1, 'batch'), queue.isAhead(2, 'batch')]).toEqual([false, true, true, false])
  })
})

describe('FairQueue, when it is full', () => {
  it('refuses, or takes a place from the key that holds most', () => {
    const queue = queueOf([{ keyId: 'big', id: 'b1', until: 1 }, { keyId: 'big', id: 'b2', until: 3 }, { keyId: 'big', id: 'b3', until: 2 }], 3)
    expect(queue.push(waiter({ keyId: 'big' }))).toBe('full')
    expect(queue.push(waiter({ keyId: 'small' }))).toMatchObject({ id: 'b2' })
    expect(queue.push(waiter({ keyId: 'small' }))).toBe('full')
    expect(queue.push(waiter({ keyId: 'other' }))).toMatchObject({ id: 'b3' })
    expect(queue.push(waiter({ keyId: 'fourth' }))).toBe('full')
  })

  it('takes a place from a lower class, never from a higher one', () => {
    const queue = queueOf([{ priority: 'batch', id: 'x' }, { priority: 'standard', id: 'y' }], 2)
    expect(queue.push(waiter({ priority: 'realtime' }))).toMatchObject({ id: 'x' })
    expect(queue.push(waiter({ priority: 'batch' }))).toBe('full')
    expect(queue.push(waiter({ priority: 'realtime' }))).toMatchObject({ id: 'y' })
    expect(queue.push(waiter({ priority: 'standard' }))).toBe('full')
  })

  it('holds nobody with a limit of 0', () => {
    expect(queueOf([], 0).push(waiter())).toBe('full')
  })
})

describe('FairQueue, its books', () => {
  it('forgets the service of keys that are gone', () => {
    const queue = new FairQueue<Waiter>(10)
    for (let i = 0; i < 10_000; i++) {
      queue.push(waiter({ keyId: `key-${i}` }))
      if (queue.size > 5) serve(queue, idOf, 1)
    }
    expect(queue.entries).toBeLessThanOrEqual(10 + 3 * 36)
    serve(queue, idOf)
    expect(queue.entries).toBe(0)
  })

  it('loses nobody and keeps its limit, through any history', () => {
    const change = fc.record({ what: fc.constantFrom('push', 'push', 'serve', 'remove'), group: fc.nat(2), priority: fc.constantFrom('realtime' as const, 'standard' as const, 'batch' as const), key: fc.nat(3), cost: fc.nat(5), until: fc.nat(50), which: fc.nat(30) })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 120 }), fc.integer({ min: 0, max: 8 }), (changes, limit) => {
        const queue = new FairQueue<Waiter>(limit)
        const known = new Map<string, Waiter>()
        let count = 0
        for (const { what, which, key, ...rest } of changes) {
          const own = waiter({ ...rest, keyId: `k${key}`, id: `n${count++}` })
          const pushed = what === 'push' ? queue.push(own) : null
          if (what === 'push' && pushed !== 'full') known.set(own.id, own)
          if (pushed !== null && pushed !== 'full') known.delete(pushed.id)
          const next = queue.next(NONE)
          if (what === 'serve' && next !== undefined) {
            queue.serve(next.id)
            known.delete(next.id)
          }
          const wasIn = what === 'remove' && known.delete(`n${which}`)
          expect(what === 'remove' && queue.remove(`n${which}`)).toBe(wasIn)
          expect(queue.size).toBe(known.size)
          expect(queue.size).toBeLessThanOrEqual(limit)
          expect(queue.next(NONE) === undefined).toBe(known.size === 0)
          const soonest = Math.min(...[...known.values()].map(({ until }) => until))
          expect(queue.expired(rest.until)?.until).toBe(soonest <= rest.until ? soonest : undefined)
          for (const group of [0, 1, 2]) expect(queue.isAhead(group, 'batch')).toBe([...known.values()].some((each) => each.group === group))
        }
        const rest = serve(queue, idOf)
        expect(rest.toSorted()).toEqual([...known.keys()].toSorted())
      }),
      { numRuns: 200 },
    )
  })
})
