import { describe, expect, it } from 'vitest'
import { assumedColdStart } from './assumed.ts'

describe('assumedColdStart', () => {
  it('reproduces the two measured loading times that it stands on, within a second or two', () => {
    expect(assumedColdStart(140).coldStart.p50).toBeCloseTo(84, 6)
    expect(assumedColdStart(60).coldStart.p50).toBeCloseTo(34, -1)
  })

  it('names its source, its date and what it took for the weights', () => {
    expect(assumedColdStart(16.1).assumption).toMatchObject({ unit: '16 GB of weights', source: expect.stringContaining('ServerlessLLM'), asOf: '2026-11-24' })
    expect(assumedColdStart(null).assumption.unit).toContain('assumed')
  })
})
