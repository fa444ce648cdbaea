import fc from 'fast-check'
import { expect, it } from 'vitest'
import { repetitionAtEnd } from './repetition.ts'

const of = (text: string): string => {
  const { period, times } = repetitionAtEnd(text.length, (a, b) => text[a] === text[b])
  return `${times} x ${period}`
}

it.each([
  ['', '1 x 1'],
  ['A', '1 x 1'],
  ['AB', '1 x 1'],
  ['AA', '2 x 1'],
  ['BAAA', '3 x 1'],
  ['AAAB', '1 x 1'],
  ['ABAB', '2 x 2'],
  ['BABAB', '2 x 2'],
  ['ABABAB', '3 x 2'],
  ['ABCABC', '2 x 3'],
  ['ABCDABCD', '2 x 4'],
  ['ABCDEABCDE', '1 x 1'],
  ['AABAAB', '2 x 3'],
  ['ABBB', '3 x 1'],
])('%s ends in %s', (text, expected) => expect(of(text)).toBe(expected))

it('whatever comes before, a cycle that stands there so often is found', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }), fc.integer({ min: 2, max: 6 }), (before, cycle, times) => {
      const steps = [...before, ...Array.from({ length: times }, () => cycle).flat()]
      const found = repetitionAtEnd(steps.length, (a, b) => steps[a] === steps[b])
      expect(found.times * found.period + found.period - 1).toBeGreaterThanOrEqual(times * cycle.length)
      const end = steps.slice(-found.period * found.times)
      expect(end.every((step, index) => step === end[index % found.period])).toBe(true)
    }),
  )
})
