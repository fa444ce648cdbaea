import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CONFLICT, modelRule, stricterPriority, stricterResidency } from './key-rules.ts'

it('no list allows every model; a list its names and what begins like a name with *', () => {
  expect(modelRule(null)).toBe(null)
  const rule = modelRule(['llama-3.1-8b', 'gpt-*'])!
  expect(['llama-3.1-8b', 'gpt-', 'gpt-5-mini', 'llama-3.1-8b-instruct', 'GPT-5', 'gp', ''].map((model) => rule(model))).toEqual([true, true, true, false, false, false, false])
  expect([modelRule(['*'])!('anything'), modelRule([])!('anything')]).toEqual([true, false])
})

it.each<[string | null, string | null, string | null | symbol]>([
  [null, null, null],
  ['eu', null, 'eu'],
  [null, 'eu', 'eu'],
  ['eu', 'eu', 'eu'],
  ['eu', 'eu-central-1', 'eu-central-1'],
  ['eu-central-1', 'eu', 'eu-central-1'],
  ['eu', 'us', CONFLICT],
  ['eu', 'europe', CONFLICT],
  ['eu-central-1', 'eu-west-1', CONFLICT],
  ['eu', '', CONFLICT],
])('residency of key %s and call %s', (key, call, stricter) => {
  expect(stricterResidency(key, call)).toBe(stricter)
})

it('a residency never widens', () => {
  const region = fc.constantFrom(null, 'eu', 'eu-central-1', 'eu-central-1a', 'us', 'us-east-1')
  fc.assert(
    fc.property(region, region, (key, call) => {
      const found = stricterResidency(key, call)
      const narrowerThan = (wider: string | null): boolean => wider === null || (typeof found === 'string' && (found === wider || found.startsWith(`${wider}-`)))
      expect(found === CONFLICT || (narrowerThan(key) && narrowerThan(call))).toBe(true)
    }),
  )
})

it.each([
  ['standard', 'standard', 'standard'],
  ['standard', 'realtime', 'realtime'],
  ['standard', 'batch', 'batch'],
  ['realtime', 'standard', 'realtime'],
  ['realtime', 'batch', 'batch'],
  ['batch', 'standard', 'batch'],
  ['batch', 'realtime', 'batch'],
] as const)('priority of a %s key and a %s call is %s', (key, call, stricter) => {
  expect(stricterPriority(key, call)).toBe(stricter)
})
