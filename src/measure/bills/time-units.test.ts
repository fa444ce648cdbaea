import { expect, it } from 'vitest'
import { hoursOf } from './time-units.ts'

it.each([
  [2, 'Hrs', 2, false],
  [2, '1 Hour', 2, false],
  [0.5, '100 Hours', 50, false],
  [7200, 'seconds', 2, false],
  [90, 'min', 1.5, false],
  [3, 'GPU-hours', 3, true],
  [3, 'gpu hours', 3, true],
  [1, 'h', 1, false],
])('%s %s are %s hours', (quantity, unit, hours, perGpu) => {
  expect(hoursOf(quantity, unit)).toEqual({ hours, perGpu })
})

it.each(['GB', 'byte-seconds', 'GB-Hours', 'vCPU-Hours', '', 'Months', 'Requests'])('%j is no time', (unit) => {
  expect(hoursOf(1, unit)).toBeNull()
})
