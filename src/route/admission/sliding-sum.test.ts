import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SlidingSum } from './sliding-sum.ts'

it('forgets a second when a minute has passed since its end', () => {
  const sum = new SlidingSum()
  sum.add(500, 3)
  expect([sum.at(60_500), sum.at(60_999), sum.at(61_000)]).toEqual([3, 3, 0])
})

it('corrects what was added within the minute, and nothing older', () => {
  const sum = new SlidingSum()
  const early = sum.add(0, 100)
  const late = sum.add(30_000, 10)
  sum.adjust(early, -90)
  expect(sum.at(30_000)).toBe(20)
  expect(sum.at(61_000)).toBe(10)
  sum.adjust(early, 50)
  sum.adjust(late, -10)
  expect(sum.at(61_000)).toBe(0)
})

it('says how long until there is room', () => {
  const sum = new SlidingSum()
  sum.add(2500, 3)
  sum.add(10_100, 4)
  expect([sum.waitFor(20_000, 7), sum.waitFor(20_000, 6), sum.waitFor(20_000, 4), sum.waitFor(20_000, 3), sum.waitFor(20_000, -1)]).toEqual([0, 43_000, 43_000, 51_000, null])
})

it('lanes are apart', () => {
  const sums = new SlidingSum(2)
  sums.add(0, 1, 0)
  const slot = sums.add(500, 100, 1)
  sums.add(30_000, 10, 1)
  sums.adjust(slot, -40, 1)
  expect([sums.at(30_000, 0), sums.at(30_000, 1), sums.waitFor(30_000, 10, 1), sums.waitFor(30_000, 9, 1)]).toEqual([1, 70, 31_000, 61_000])
  expect([sums.at(61_000, 0), sums.at(61_000, 1)]).toEqual([0, 10])
})

const steps = fc.array(fc.record({ wait: fc.oneof(fc.nat(3000), fc.nat(200_000)), amount: fc.nat(1000) }), { maxLength: 60 })

it('is between the exact sums of 60 and of 61 seconds', () => {
  fc.assert(
    fc.property(steps, (moves) => {
      const sum = new SlidingSum()
      const log: { at: number; amount: number }[] = []
      let now = 0
      for (const { wait, amount } of moves) {
        now += wait
        sum.add(now, amount)
        log.push({ at: now, amount })
        const exact = (span: number): number => log.reduce((total, one) => (one.at > now - span ? total + one.amount : total), 0)
        expect(sum.at(now)).toBeGreaterThanOrEqual(exact(60_000))
        expect(sum.at(now)).toBeLessThanOrEqual(exact(61_000))
      }
    }),
  )
})

it('a limit kept by it holds over any 60 seconds, and the wait that it names is right to the millisecond', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), (moves, limit) => {
      const sum = new SlidingSum()
      const passed: number[] = []
      /** Sums right before and right after the waits that it named. */
      const waits: { readonly before: number; readonly after: number }[] = []
      let now = 0
      for (const { wait } of moves) {
        now += wait
        if (sum.at(now) + 1 > limit) {
          now += sum.waitFor(now, limit - 1)!
          waits.push({ before: sum.at(now - 1), after: sum.at(now) })
        }
        sum.add(now, 1)
        passed.push(now)
      }
      expect(waits.filter(({ before, after }) => before !== limit || after >= limit)).toEqual([])
      for (const [index, at] of passed.entries()) expect(passed.filter((other, later) => later >= index && other < at + 60_000).length).toBeLessThanOrEqual(limit)
    }),
  )
})
