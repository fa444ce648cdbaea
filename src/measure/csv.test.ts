import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SpillwayError } from '../core/errors.ts'
import { CsvReader, type CsvOptions } from './csv.ts'

const CODES = { row: 'BILL_ROW_INVALID', tooLong: 'BILL_LINE_TOO_LONG' } as const

function read(text: string, options: Partial<CsvOptions> & { readonly chunk?: number } = {}): { header: readonly string[]; rows: string[][]; numbers: number[] } {
  let header: readonly string[] = []
  const rows: string[][] = []
  const numbers: number[] = []
  const reader = new CsvReader({
    file: 'x.csv',
    codes: CODES,
    onHeader: (names) => {
      header = names
      return names.map((_, index) => index)
    },
    onRow: (cells, row) => {
      rows.push(cells)
      numbers.push(row)
    },
    ...options,
  })
  const size = options.chunk ?? text.length
  for (let at = 0; at < text.length; at += size) reader.write(text.slice(at, at + size))
  reader.end()
  return { header, rows, numbers }
}

function failure(text: string, options: Parameters<typeof read>[1] = {}): SpillwayError {
  try {
    read(text, options)
  } catch (error) {
    return error as SpillwayError
  }
  throw new Error('expected an error')
}

describe('CsvReader', () => {
  it('reads plain rows, with LF, CRLF and no line break at the end', () => {
    expect(read('a,b\n1,2\r\n3,\r\n,4')).toEqual({ header: ['a', 'b'], rows: [['1', '2'], ['3', ''], ['', '4']], numbers: [2, 3, 4] })
  })

  it('reads quoted fields with separators, doubled quotes and line breaks', () => {
    expect(read('a,b\n"x, y","say ""hi"""\n"two\nlines",""\r\n').rows).toEqual([['x, y', 'say "hi"'], ['two\nlines', '']])
  })

  it('takes a quote inside an unquoted field as it is', () => {
    expect(read('a,b\n5" disk,"q"\n').rows).toEqual([['5" disk', 'q']])
  })

  it('skips blank lines and still counts them', () => {
    expect(read('a,b\n\n1,2\n\r\n3,4\n')).toMatchObject({ rows: [['1', '2'], ['3', '4']], numbers: [3, 5] })
  })

  it.each([
    ['a\tb\n1\t2\n', ['1', '2']],
    ['a;b\n1,5;2\n', ['1,5', '2']],
    ['"a";"b"\n1;2\n', ['1', '2']],
  ])('finds the separator in the header of %j', (text, row) => {
    expect(read(text).rows).toEqual([row])
  })

  it('hands over only the wanted columns, in the wanted order, and blanks for absent ones', () => {
    expect(read('a,b,c\n1,2,3\n"4","5","6"\n', { onHeader: () => [2, -1, 0] }).rows).toEqual([['3', '', '1'], ['6', '', '4']])
  })

  it('names the row of a record with the wrong width', () => {
    const error = failure('a,b\n1,2\n1,2,3\n')
    expect(error.toLine()).toBe('error BILL_ROW_INVALID: x.csv, row 3: it has 3 fields where the header has 2. Quote fields that contain the separator, or remove the row')
  })

  it('goes on after such a record where somebody takes it', () => {
    const bad: SpillwayError[] = []
    const { rows } = read('a,b\n1\n3,4\n', { onBadRow: (error) => bad.push(error) })
    expect(rows).toEqual([['3', '4']])
    expect(bad.map((error) => error.place.row)).toEqual([2])
  })

  it.each([
    ['a,b\n1,2\n"never closed,2\n3,4\n', 3, 'never closed'],
    ['a,b\n"x"y,2\n', 2, 'follows a closing quote'],
  ])('refuses the quotes of %j', (text, row, message) => {
    const error = failure(text)
    expect([error.code, error.place.row]).toEqual(['BILL_ROW_INVALID', row])
    expect(error.message).toContain(message)
  })

  it.each([
    ['plain field', `a,b\n1,${'x'.repeat(50)}\n`],
    ['quoted field', `a,b\n1,"${'x'.repeat(50)}"\n`],
    ['unclosed field', `a,b\n1,"${'x'.repeat(50)}`],
    ['record without an end', `a,b\n${'x,'.repeat(200)}`],
    ['record of many fields', `a,b\n${'x,'.repeat(200)}\n`],
  ])('limits a %s', (_what, text) => {
    for (const chunk of [7, text.length]) {
      const error = failure(text, { maxFieldChars: 40, maxRecordChars: 120, chunk })
      expect([error.code, error.place.row]).toEqual(['BILL_LINE_TOO_LONG', 2])
    }
  })

  it('refuses a field of 10 MB with the limits that it ships with', () => {
    expect(failure(`a,b\n1,"${'x'.repeat(10e6)}"\n`, { chunk: 262_144 }).code).toBe('BILL_LINE_TOO_LONG')
  })

  it('property: what is written is read, however the text is cut into chunks', () => {
    const field = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('', '"', ',', '\n', '\r\n', 'a"b,c', '\r', ' '))
    const records = fc.integer({ min: 1, max: 4 }).chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }))
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 40 }), fc.constantFrom('\n', '\r\n'), (rows, chunk, newline) => {
        const width = rows[0]?.length ?? 1
        const header = Array.from({ length: width }, (_, index) => `"h${index}"`).join(',')
        const text = `${[header, ...rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))].join(newline)}${newline}`
        expect(read(text, { chunk, delimiter: ',' }).rows).toEqual(rows)
      }),
    )
  })

  it('property: rows without quotes split at commas, however the text is cut', () => {
    const cell = fc.stringMatching(/^[a-z0-9 .]{0,6}$/u)
    const records = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 30 }), (rows, chunk) => {
        const text = `a,b,c\n${rows.map((row) => row.join(',')).join('\n')}`
        expect(read(text, { chunk }).rows).toEqual(rows)
      }),
    )
  })
})
