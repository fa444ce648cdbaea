import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Calendar } from './calendar.ts'

const at = (text: string): number => Date.parse(text)

it('days and months begin at midnight UTC', () => {
  const calendar = new Calendar().at(at('2028-02-29T23:59:59.999Z'))
  expect([calendar.start('day'), calendar.end('day'), calendar.start('month'), calendar.end('month'), calendar.start('total'), calendar.end('total')]).toEqual([
    at('2028-02-29T00:00:00Z'),
    at('2028-03-01T00:00:00Z'),
    at('2028-02-01T00:00:00Z'),
    at('2028-03-01T00:00:00Z'),
    0,
    null,
  ])
})

it('follows the clock over the year\'s end and back', () => {
  const calendar = new Calendar()
  const months = ['2026-12-31T23:59:59Z', '2027-01-01T00:00:00Z', '2026-12-31T23:59:59Z'].map((text) => new Date(calendar.at(at(text)).start('month')).toISOString().slice(0, 7))
  expect(months).toEqual(['2026-12', '2027-01', '2026-12'])
})

it('every moment lies in its windows, wherever the clock was before', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4_000_000_000_000), { minLength: 1 }), (moments) => {
      const calendar = new Calendar()
      for (const now of moments) {
        calendar.at(now)
        for (const period of ['day', 'month'] as const) {
          expect(calendar.start(period)).toBeLessThanOrEqual(now)
          expect(calendar.end(period)!).toBeGreaterThan(now)
        }
        expect(new Date(calendar.start('month')).toISOString()).toMatch(/^\d{4}-\d{2}-01T00:00:00\.000Z$/u)
      }
    }),
  )
})
