import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SteadyClock } from './steady-clock.ts'

const START = Date.UTC(2026, 10, 24)

it('counts what passes between readings', () => {
  const clock = new SteadyClock()
  expect([0, 1, 1, 500.5, 9000].map((ms) => clock.advance(START + ms))).toEqual([0, 1, 1, 500.5, 9000])
})

it('set forward by a year it moves ten seconds, set back not at all, and goes on from there', () => {
  const clock = new SteadyClock()
  const year = 365 * 86_400_000
  clock.advance(START)
  expect([clock.advance(START + year), clock.advance(START + year + 100), clock.advance(START), clock.advance(START + 100)]).toEqual([10_000, 10_100, 10_100, 10_200])
})

it('readings in slight disorder count once', () => {
  const clock = new SteadyClock()
  const times = [0, 100, 90, 100, 95, 100, 110]
  expect(times.map((ms) => clock.advance(START + ms)).at(-1)).toBe(110)
})

it('what is no time changes nothing', () => {
  const clock = new SteadyClock()
  clock.advance(START)
  expect([Number.NaN, Infinity, -Infinity, START + 5].map((now) => clock.advance(now))).toEqual([0, 0, 0, 5])
})

it('never goes back and never runs ahead by more than ten seconds a reading', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 4e12, noNaN: true })), (times) => {
      const clock = new SteadyClock()
      let before = 0
      for (const time of times) {
        const elapsed = clock.advance(time)
        expect(elapsed - before).toBeGreaterThanOrEqual(0)
        expect(elapsed - before).toBeLessThanOrEqual(10_000.001)
        before = elapsed
      }
    }),
  )
})
