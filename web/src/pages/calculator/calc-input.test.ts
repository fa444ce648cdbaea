import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_INPUT, isPattern, patternOf, readInput, weekOf, writeInput, type CalcInput } from './calc-input.ts'

const week = fc.uint8Array({ min: 0, max: 1, minLength: 168, maxLength: 168 }).filter((hours) => hours.includes(1))
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null })
const input: fc.Arbitrary<CalcInput> = fc.record({
  requestsPerDay: fc.integer({ min: 1, max: 1e9 }),
  pattern: fc.oneof(week.map(patternOf), fc.constantFrom('24/7', '10-18 weekdays', '22-6 daily')),
  model: fc.stringMatching(/^[a-z0-9.-]{1,20}$/u),
  gpu: orNull(fc.stringMatching(/^[a-z0-9-]{1,20}$/u)),
  inputTokens: fc.integer({ min: 1, max: 1e6 }),
  cachedShare: fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs),
  outputTokens: fc.integer({ min: 1, max: 1e6 }),
  sloTtft: orNull(fc.double({ min: 0.01, max: 600, noNaN: true })),
  residency: orNull(fc.constantFrom('eu', 'us-east-1')),
  current: orNull(fc.integer({ min: 1, max: 1e9 })),
  dedicated: orNull(fc.double({ min: 0.001, max: 1e5, noNaN: true })),
  serverless: orNull(fc.double({ min: 1e-7, max: 100, noNaN: true })),
  ops: fc.constantFrom('none', 'serverless', 'managed', 'ray-serve', 'kubernetes'),
})

describe('the address of a calculation', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(input, (one) => {
      expect(readInput(writeInput(one))).toEqual({ input: one, dropped: [] })
    }))
  })

  it('is short where nothing was changed', () => {
    expect(writeInput(DEFAULT_INPUT)).toBe('v=1')
    expect(readInput('')).toEqual({ input: DEFAULT_INPUT, dropped: [] })
  })

  it.each([
    ['r=-1', 'requestsPerDay'],
    ['r=', 'requestsPerDay'],
    ['r=1e99', 'requestsPerDay'],
    ['p=never', 'pattern'],
    [`p=${'0'.repeat(42)}`, 'pattern'],
    ['m=<script>', 'model'],
    ['d=EU!', 'residency'],
    ['c=1.01', 'cachedShare'],
    ['x=constructor', 'ops'],
    ['v=2', 'version'],
  ])('%s is dropped, and told', (text, name) => {
    expect(readInput(text)).toEqual({ input: DEFAULT_INPUT, dropped: [name] })
  })

  it('never breaks, whatever is in it', () => {
    fc.assert(fc.property(fc.webQueryParameters(), (text) => {
      const { input: read } = readInput(text)
      expect(readInput(writeInput(read)).input).toEqual(read)
    }))
  })
})

describe('a drawn week', () => {
  it('keeps every hour', () => {
    fc.assert(fc.property(week, (hours) => {
      expect(weekOf(patternOf(hours))).toEqual(hours)
    }))
  })

  it('is what the words say', () => {
    const hours = weekOf('10-18 weekdays')
    expect([hours[9], hours[10], hours[17], hours[18], hours[5 * 24 + 12]]).toEqual([0, 1, 1, 0, 0])
    expect(weekOf(patternOf(hours))).toEqual(hours)
  })

  it('has at least one hour', () => {
    expect([isPattern('24/7'), isPattern('0'.repeat(42)), isPattern('x'.repeat(500))]).toEqual([true, false, false])
  })
})
