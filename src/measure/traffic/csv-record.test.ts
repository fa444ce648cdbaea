import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitHeader, splitQuoted } from './csv-record.ts'

const quote = (field: string): string => (/[",\n]/u.test(field) ? `"${field.replaceAll('"', '""')}"` : field)

describe('splitQuoted', () => {
  it('is the inverse of quoting', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é') })
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 6 }), (fields) => {
        expect(splitQuoted(fields.map(quote).join(','), ',')).toEqual(fields)
      }),
    )
  })

  it.each([
    ['a,,', ['a', '', '']],
    ['', ['']],
    ['"a,b",c', ['a,b', 'c']],
    ['a"b,c', ['a"b', 'c']],
  ])('%j', (record, fields) => {
    expect(splitQuoted(record, ',')).toEqual(fields)
  })

  it.each(['"a"b,c', '"open'])('refuses %j', (record) => {
    expect(splitQuoted(record, ',')).toBeNull()
  })
})

describe('splitHeader', () => {
  it.each([
    ['t_s,rate', ',', ['t_s', 'rate']],
    ['t;in;out', ';', ['t', 'in', 'out']],
    ['t\tin, or so\tout', '\t', ['t', 'in, or so', 'out']],
    [' "a" , b', ',', ['"a"', 'b']],
    ['"a", b', ',', ['a', 'b']],
    ['alone', ',', ['alone']],
  ])('%j', (line, delimiter, names) => {
    expect(splitHeader(line)).toEqual({ delimiter, names })
  })
})
