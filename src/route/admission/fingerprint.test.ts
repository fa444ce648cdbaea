import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fingerprint } from './fingerprint.ts'

const body = { model: 'm', messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hello' }], temperature: 0 }

it('is 32 hexadecimal digits and the same every time', () => {
  expect(fingerprint(body)).toMatch(/^[0-9a-f]{32}$/u)
  expect(fingerprint(structuredClone(body))).toBe(fingerprint(body))
})

it.each<[string, Record<string, unknown>]>([
  ['stream', { stream: true }],
  ['stream_options', { stream_options: { include_usage: true } }],
  ['user', { user: 'ann' }],
  ['metadata', { metadata: { trace: '1' } }],
  ['safety_identifier', { safety_identifier: 'x' }],
  ['prompt_cache_key', { prompt_cache_key: 'x' }],
  ['store', { store: true }],
  ['service_tier', { service_tier: 'flex' }],
])('%s does not matter', (_, field) => {
  expect(fingerprint({ ...field, ...body })).toBe(fingerprint(body))
})

it.each<[string, Record<string, unknown>]>([
  ['another model', { ...body, model: 'n' }],
  ['another message', { ...body, messages: [...body.messages, { role: 'user', content: 'Hello' }] }],
  ['messages in another order', { ...body, messages: body.messages.toReversed() }],
  ['another temperature', { ...body, temperature: 0.5 }],
  ['a seed', { ...body, seed: 1 }],
  ['a volatile name further down', { ...body, messages: [{ ...body.messages[0], user: 'ann' }, body.messages[1]] }],
])('%s matters', (_, other) => {
  expect(fingerprint(other)).not.toBe(fingerprint(body))
})

it.each<[Record<string, unknown>, Record<string, unknown>]>([
  [{ a: '1' }, { a: 1 }],
  [{ a: null }, { a: 'null' }],
  [{ a: null }, {}],
  [{ a: [] }, { a: {} }],
  [{ a: [[1], 2] }, { a: [[1, 2]] }],
  [{ a: ['x', 'y'] }, { a: ['xy'] }],
  [{ a: { b: 1 }, c: 2 }, { a: { b: 1, c: 2 } }],
  [{ ab: 'c' }, { a: 'bc' }],
  [{ a: true }, { a: 'true' }],
  [JSON.parse('{"__proto__": {"a": 1}}') as Record<string, unknown>, {}],
])('%j is not %j', (one, other) => {
  expect(fingerprint(one)).not.toBe(fingerprint(other))
})

const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' })) as fc.Arbitrary<Record<string, unknown>>

it('the order of keys never matters, at any depth', () => {
  fc.assert(
    fc.property(object, (value) => {
      expect(fingerprint(reversed(value) as Record<string, unknown>)).toBe(fingerprint(value))
    }),
  )
})

it('two bodies have one fingerprint exactly when they are equal', () => {
  fc.assert(
    fc.property(object, object, (one, other) => {
      expect(fingerprint({ x: one }) === fingerprint({ x: other })).toBe(canonicalText(one) === canonicalText(other))
    }),
    { numRuns: 500 },
  )
})

it('long texts, many keys and megabytes are read to the end', () => {
  const long = 'é'.repeat(700_000)
  const keys = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${49 - index}`, index]))
  const prints = [{ a: `${long}x` }, { a: `${long}y` }, { a: 'x' }, keys, { ...keys, k7: 0 }].map((value) => fingerprint(value))
  expect(new Set(prints).size).toBe(5)
  expect(fingerprint({ a: `${long}x` })).toBe(prints[0])
})

it('a body nested without end is no danger', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`) as Record<string, unknown>
  expect(fingerprint(deep)).toMatch(/^[0-9a-f]{32}$/u)
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, one]) => [key, reversed(one)]),
  )
}

/** Slow and plainly right. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const fields = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}:${canonicalText(one)}`)
  return `{${fields.sort().join()}}`
}
