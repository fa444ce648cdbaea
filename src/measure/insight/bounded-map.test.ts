import { expect, it } from 'vitest'
import { BoundedMap } from './bounded-map.ts'

it('refuses what comes beyond, and counts it', () => {
  const map = new BoundedMap<number>(2, 'refuse')
  expect(['a', 'b', 'c', 'a', 'c'].map((key) => map.claim(key, () => 7))).toEqual([7, 7, null, 7, null])
  expect([map.size, map.dropped, map.get('c')]).toEqual([2, 2, undefined])
})

it('forgets what was used longest ago, and counts it', () => {
  const map = new BoundedMap<string>(2, 'forget')
  for (const key of ['a', 'b', 'a', 'c']) map.claim(key, () => key)
  expect([[...map.entries()].map(([key]) => key), map.dropped]).toEqual([['a', 'c'], 1])
})
