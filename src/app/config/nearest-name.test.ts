import { describe, expect, it } from 'vitest'
import { nearestName } from './nearest-name.ts'

const NAMES = ['capacity', 'maxInFlight', 'metrics', 'models']

describe('nearestName', () => {
  it.each([['capcity', 'capacity'], ['max_in_flight', 'maxInFlight'], ['Metric', 'metrics'], ['model', 'models']])('%s: %s', (name, near) => {
    expect(nearestName(name, NAMES)).toBe(near)
  })

  it.each(['replicas', '', 'x'.repeat(1_000_000)])('nothing is near', (name) => {
    expect(nearestName(name, NAMES)).toBe(null)
  })
})
