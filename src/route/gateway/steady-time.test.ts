import { expect, it } from 'vitest'
import { steadyTime } from './steady-time.ts'

it('passes with the clock, and does not jump with it', () => {
  let wall = 1_000_000
  const steady = steadyTime(() => wall)
  const after = (step: number): number => {
    wall += step
    return steady()
  }
  expect([after(0), after(50), after(1999), after(-86_400_000), after(10), after(86_400_000), after(5)]).toEqual([0, 50, 2049, 2049, 2059, 4059, 4064])
})
