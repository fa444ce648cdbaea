import { expect, it } from 'vitest'
import { findJump } from './jump.ts'

const days = (...values: readonly number[]): Float64Array => Float64Array.from(values)
const jumpOf = (own: readonly number[], others: readonly number[]): unknown => findJump(days(...own), days(...own.map((one, day) => one + others[day]!)))
const steady = (count: number): number[] => Array.from({ length: count }, () => 100)

it('a spender that spends five times as much from a day on', () => {
  expect(jumpOf([10, 12, 8, 10, 10, 50, 60, 40], steady(8))).toEqual({ day: 5, before: 10, after: 50, excess: 120 })
})

it.each<[string, readonly number[], readonly number[]]>([
  ['one day of much', [10, 10, 10, 10, 10, 90, 10, 10], steady(8)],
  ['the last day alone', [10, 10, 10, 10, 10, 10, 10, 90], steady(8)],
  ['less than twice as much', [10, 10, 10, 10, 10, 19, 19, 19], steady(8)],
  ['slow growth', [10, 13, 17, 22, 28, 37, 48, 63], steady(8)],
  ['everybody', [10, 10, 10, 10, 10, 50, 50, 50], [100, 100, 100, 100, 100, 500, 520, 510]],
  ['working days after a weekend', [10, 10, 1, 1, 10, 10, 10, 10], steady(8)],
  ['who was most of it before', [300, 300, 300, 300, 300, 900, 900, 900], steady(8)],
  ['who is new: it has no past', [0, 0, 0, 0, 0, 90, 90, 90], steady(8)],
  ['too short a past', [10, 10, 10, 50, 50, 50], steady(6)],
])('%s is no jump', (_, own, others) => expect(jumpOf(own, others)).toBeNull())

it('what it would have grown with the others is not excess', () => {
  expect(jumpOf([10, 10, 10, 10, 10, 50, 50], [100, 100, 100, 100, 100, 150, 150])).toMatchObject({ excess: (50 - 15) * 2 })
})
