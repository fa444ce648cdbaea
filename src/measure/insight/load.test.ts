import { expect, it } from 'vitest'
import { ASSUMED_WEIGHTS, promptWeight, withoutPrompt, withTokens } from './load.ts'

const weights = { input: 2, cacheRead: 1, cacheWrite: 3, output: 10, cacheable: true }
const load = { nanoUsd: 2 * 100 + 1 * 50 + 3 * 10 + 10 * 20, input: 100, cacheRead: 50, cacheWrite: 10, output: 20, weight: 1 }

it('where the weights are the prices, the cost of other tokens is their price', () => {
  expect(withTokens(load, { output: 0 }, weights).nanoUsd).toBe(280)
  expect(withTokens(load, { input: 60, cacheRead: 90 }, weights).nanoUsd).toBe(440)
  expect(withoutPrompt(load, 16, weights)).toMatchObject({ input: 90, cacheRead: 45, cacheWrite: 9, nanoUsd: 452 })
  expect(withoutPrompt(load, 1e9, weights)).toMatchObject({ input: 0, cacheRead: 0, cacheWrite: 0, nanoUsd: 200 })
})

it('a cost that no token explains stays: a fee, a call whose usage is not known', () => {
  const fee = { nanoUsd: 7, input: 0, cacheRead: 0, cacheWrite: 0, output: 0, weight: 1 }
  expect(withTokens(fee, { output: 5 }, ASSUMED_WEIGHTS)).toBe(fee)
  expect(withoutPrompt(fee, 10, ASSUMED_WEIGHTS)).toBe(fee)
})

it('a cached token weighs what its price says', () => expect(promptWeight(load, weights)).toBe(100 + 25 + 15))
