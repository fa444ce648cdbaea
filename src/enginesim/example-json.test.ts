import { expect, it } from 'vitest'
import { exampleOf } from './example-json.ts'

it.each([
  ['an object with all its properties', { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' }, exact: { type: 'boolean' } } }, { city: 'bac', days: 1, exact: true }],
  ['an object that only has properties', { properties: { a: { type: 'number', minimum: 2.5 } } }, { a: 3 }],
  ['the first of an enum', { enum: ['celsius', 'fahrenheit'] }, 'celsius'],
  ['a constant', { const: 7 }, 7],
  ['the first choice', { anyOf: [{ type: 'null' }, { type: 'string' }] }, null],
  ['a list of as many as needed', { type: 'array', minItems: 2, items: { type: 'boolean' } }, [true, true]],
  ['a text that is long enough', { type: 'string', minLength: 5 }, 'bacba'],
  ['the first of several types', { type: ['integer', 'null'] }, 1],
  ['a reference', { $ref: '#/$defs/point', $defs: { point: { type: 'object', properties: { x: { type: 'number' } } } } }, { x: 1 }],
  ['nothing known', { type: 'mystery' }, null],
  ['no schema', 'nonsense', null],
  ['a reference that leads nowhere', { $ref: '#/a/b' }, null],
  ['a property named like a part of every object', { type: 'object', properties: JSON.parse('{"__proto__": {"type": "integer"}}') }, JSON.parse('{"__proto__": 1}')],
])('gives %s', (_, schema, value) => {
  expect(exampleOf(schema)).toEqual(value)
})

it('ends for a schema that contains itself', () => {
  expect(JSON.stringify(exampleOf({ type: 'object', properties: { next: { $ref: '#' } } })).length).toBeLessThan(1000)
})
