import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HASH_SEED, hash64, NumberTable } from './number-table.ts'
import { SeenRequests } from './seen-requests.ts'
import { SessionSpend } from './session-spend.ts'

const id = (text: string): ReturnType<typeof hash64> => hash64(HASH_SEED, text)

it('remembers the last times of each request', () => {
  const seen = new SeenRequests(100, 3)
  for (const at of [1, 2, 3, 4]) seen.add(id('a'), at)
  seen.add(id('b'), 9)
  expect([seen.countSince(id('a'), 0), seen.countSince(id('a'), 2), seen.countSince(id('b'), 0), seen.countSince(id('c'), 0)]).toEqual([3, 2, 1, 0])
  expect([seen.latest(id('a'), 1), seen.latest(id('a'), 3), seen.latest(id('a'), 4), seen.latest(id('c'), 1)]).toEqual([4, 2, null, null])
})

it('takes one time back and leaves the others', () => {
  const seen = new SeenRequests(100, 3)
  for (const at of [1, 2, 2]) seen.add(id('a'), at)
  for (const at of [2, 7]) seen.remove(id('a'), at)
  seen.remove(id('none'), 1)
  expect([seen.countSince(id('a'), 0), seen.latest(id('a'), 1), seen.latest(id('a'), 2)]).toEqual([2, 2, 1])
})

it('behaves as a map of lists while there is room', () => {
  const moves = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), add: fc.boolean(), wait: fc.nat(3) }), { maxLength: 80 })
  fc.assert(
    fc.property(moves, fc.integer({ min: 1, max: 4 }), (steps, depth) => {
      const seen = new SeenRequests(400, depth)
      const model = new Map<string, number[]>()
      let now = 1
      for (const { key, add, wait } of steps) {
        now += wait
        const times = model.get(key) ?? []
        model.set(key, times)
        if (add) {
          seen.add(id(key), now)
          times.push(now)
          if (times.length > depth) times.shift()
        } else {
          seen.remove(id(key), now - 1)
          if (times.includes(now - 1)) times.splice(times.lastIndexOf(now - 1), 1)
        }
        expect(seen.countSince(id(key), now - 3)).toBe(times.filter((time) => time > now - 3).length)
        expect(seen.latest(id(key), 1)).toBe(times.at(-1) ?? null)
      }
    }),
  )
})

it('a full table forgets the oldest of a place and takes no more memory', () => {
  const table = new NumberTable(8, 2)
  const bytes = table.numbers.byteLength
  for (let index = 0; index < 1000; index++) table.numbers[table.claim(id(String(index)), index)] = index
  expect([table.size, table.numbers.byteLength]).toEqual([8, bytes])
  expect(table.numbers[table.find(id('999'))]).toBe(999)
  expect(table.find(id('1'))).toBe(-1)
})

it('a new entry starts from zero in the place of an old one', () => {
  const table = new NumberTable(4, 1)
  for (let index = 0; index < 5; index++) table.numbers[table.claim(id(String(index)), index)]! += 1
  expect(table.numbers[table.find(id('4'))]).toBe(1)
})

it('thousands of ids that are alike have different hashes in both halves', () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => id(`key_${index % 100}\nsession-${index}`))
  expect(new Set(ids.map(({ high, low }) => `${high} ${low}`)).size).toBe(20_000)
  // 20,000 draws of 2^32 have 0.05 collisions in the mean.
  for (const half of ['high', 'low'] as const) expect(new Set(ids.map((one) => one[half])).size).toBeGreaterThan(19_990)
})

it('the spend of a session is that of the last 60 to 70 seconds', () => {
  const moves = fc.array(fc.record({ wait: fc.oneof(fc.nat(20_000), fc.nat(300_000)), amount: fc.nat(1000) }), { maxLength: 40 })
  fc.assert(
    fc.property(moves, fc.nat(2000), (steps, most) => {
      const spend = new SessionSpend(100)
      const log: { at: number; amount: number }[] = []
      let now = 0
      for (const { wait, amount } of steps) {
        now += wait
        spend.add(id('s'), now, amount)
        log.push({ at: now, amount })
        const exact = (span: number): number => log.reduce((total, one) => (one.at > now - span ? total + one.amount : total), 0)
        const sum = spend.at(id('s'), now)
        expect(sum).toBeGreaterThanOrEqual(exact(60_000))
        expect(sum).toBeLessThanOrEqual(exact(70_000))
        const pause = spend.waitFor(id('s'), now, most)!
        expect(spend.at(id('s'), now + pause)).toBeLessThanOrEqual(most)
        expect(pause === 0 || spend.at(id('s'), now + pause - 1) > most).toBe(true)
      }
      expect([spend.at(id('other'), now), spend.waitFor(id('s'), now, -1)]).toEqual([0, null])
    }),
  )
})
