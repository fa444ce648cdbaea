import { expect, it } from 'vitest'
import { ADMIN_LEAF } from '../leaf/schema.ts'
import { APPLICATION_DATES, evidence, REQUIREMENTS } from './articles.ts'

it('claims to support, never to comply; each has something for the operator to do', () => {
  const text = JSON.stringify(REQUIREMENTS)
  expect(text).not.toMatch(/complian|complies|certif|immutab|guarantee/iu)
  for (const { basis, operator, look } of REQUIREMENTS) expect([basis, operator.length > 20, look !== '']).toEqual([basis, true, true])
  expect(new Set(REQUIREMENTS.map(({ basis }) => basis)).size).toBe(REQUIREMENTS.length)
})

it('names kinds of leaves that exist', () => {
  const kinds = new Set(['call', ...ADMIN_LEAF.anyOf.map(({ properties }) => (properties as { leaf: { const: string } }).leaf.const)])
  for (const { kinds: named } of REQUIREMENTS) for (const kind of named) expect(kinds).toContain(kind)
})

it('counts the leaves that are evidence', () => {
  const found = evidence(new Map([['call', 10], ['gap', 2], ['incident', 1]]))
  expect(found.find(({ requirement }) => requirement.basis === 'Art. 12(1)')!.leaves).toBe(12)
  expect(found.find(({ requirement }) => requirement.basis === 'Art. 73')!.leaves).toBe(1)
})

it('dates of application have a source and a day', () => {
  for (const { from, source, asOf } of APPLICATION_DATES) expect([from, asOf].every((day) => /^\d{4}-\d\d-\d\d$/u.test(day)) && source !== '').toBe(true)
})
