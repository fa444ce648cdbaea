import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineSplitter, MAX_CSV_RECORD, MAX_JSON_LINE } from './line-splitter.ts'
import { RowErrors } from './row-errors.ts'

function split(content: string | Uint8Array, size: number, skip = false): { readonly records: [number, string][]; readonly skipped: number } {
  const records: [number, string][] = []
  const errors = new RowErrors('t.csv', skip)
  const splitter = new LineSplitter(errors, (bytes, start, end, row) => {
    records.push([row, Buffer.from(bytes.subarray(start, end)).toString()])
  })
  const bytes = Buffer.from(content)
  for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size))
  splitter.end()
  return { records, skipped: errors.count }
}

const texts = (content: string | Uint8Array, size = 3): string[] => split(content, size).records.map(([, text]) => text)
const splitting = (content: string | Uint8Array) => (): unknown => split(content, 100_000)

describe('LineSplitter', () => {
  it('gives the same records however the bytes are cut', () => {
    const line = fc.constantFrom('a,b', '1,"x\ny",2', '"",""', 'é,ü,漢', '', '"a ""quoted"" one"', ' ')
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), fc.constantFrom('\n', '\r\n'), fc.integer({ min: 1, max: 40 }), (lines, ending, size) => {
        const content = `head${ending}${lines.join(ending)}`
        const expected = [[1, 'head'], ...lines.map((text, index) => [index + 2, text])].filter(([, text]) => text !== '')
        expect(split(content, size).records).toEqual(expected)
      }),
    )
  })

  it('drops a byte order mark and accepts a last line without an end', () => {
    expect(texts('\uFEFFa\nb')).toEqual(['a', 'b'])
  })

  it('joins quoted lines in CSV, but never in JSON lines, where a quote may be escaped', () => {
    expect(texts('a,"b\nc"\nd')).toEqual(['a,"b\nc"', 'd'])
    expect(texts('{"a":"\\""}\n{"b":1}\n')).toEqual(['{"a":"\\""}', '{"b":1}'])
  })

  it('is silent about an empty input', () => {
    expect(split('', 1).records).toEqual([])
  })

  it('counts empty lines, so that row numbers match the file', () => {
    expect(split('a\n\n\nb\n', 2).records).toEqual([[1, 'a'], [4, 'b']])
  })

  it('names the row of invalid UTF-8, and skips it on demand', () => {
    const content = Buffer.concat([Buffer.from('a\nb\n'), Buffer.from([0xc3, 0x28]), Buffer.from('\nc\n')])
    expect(splitting(content)).toThrow(expect.objectContaining({ code: 'TRAFFIC_ENCODING', place: { file: 't.csv', row: 3 } }))
    expect(split(content, 3, true)).toEqual({ records: [[1, 'a'], [2, 'b'], [4, 'c']], skipped: 1 })
  })

  it.each([
    ['UTF-16', Buffer.from('\uFEFFa,b\n', 'utf16le')],
    ['UTF-16 without mark', Buffer.from('a,b\n', 'utf16le')],
    ['binary', Buffer.from([0, 1, 2, 3, 4])],
  ])('refuses %s', (_, content) => {
    expect(splitting(content)).toThrow(expect.objectContaining({ code: 'TRAFFIC_ENCODING' }))
  })

  it('refuses a quote never closed', () => {
    expect(splitting('a,b\n1,"x\n2,3\n')).toThrow(expect.objectContaining({ code: 'TRAFFIC_ROW_INVALID', place: { file: 't.csv', row: 2 } }))
  })

  it('accepts the longest line and refuses one byte more', () => {
    expect(texts(`h\n${'x'.repeat(MAX_CSV_RECORD)}\n`, 300_000)).toHaveLength(2)
    expect(splitting(`h\n${'x'.repeat(MAX_CSV_RECORD + 1)}\n`)).toThrow(expect.objectContaining({ code: 'TRAFFIC_LINE_TOO_LONG', place: { file: 't.csv', row: 2 } }))
    expect(splitting(`{${'x'.repeat(MAX_JSON_LINE)}`)).toThrow(expect.objectContaining({ code: 'TRAFFIC_LINE_TOO_LONG' }))
  })

  it('gives up on a line of 2 GB after its first 2 MiB', () => {
    const splitter = new LineSplitter(new RowErrors('t.csv', false), () => {})
    const chunk = new Uint8Array(256 * 1024).fill(120)
    let pushed = 0
    const pushAll = (): void => {
      for (; pushed < 8192; pushed++) splitter.push(chunk)
    }
    expect(pushAll).toThrow(expect.objectContaining({ code: 'TRAFFIC_LINE_TOO_LONG' }))
    expect(pushed * chunk.length).toBeLessThan(2 * 1024 * 1024)
  })
})
