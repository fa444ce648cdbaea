import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failure, readText } from './testing.ts'

const HEADER = 'time,in,out\n'
const COLUMNS = { columns: { time: 'time', input: 'in', output: 'out' } } as const
const total = (values: Float64Array | undefined): number => values?.reduce((sum, value) => sum + value, 0) ?? 0

describe('CSV requests', () => {
  it('reads the same plain, quoted and with doubled quotes, however the bytes are cut', async () => {
    const row = fc.tuple(fc.nat(100_000), fc.nat(10_000_000), fc.nat(10_000_000))
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 50 }), async (rows, size) => {
        const all = [[0, 1, 1], ...rows, [200_000, 1, 1]]
        const plain = await readText(HEADER + all.map((cells) => cells.join(',')).join('\n'), COLUMNS, size)
        const quoted = await readText(HEADER + all.map((cells) => cells.map((cell) => `"${cell}"`).join(',')).join('\r\n'), COLUMNS, size)
        const doubled = await readText(`note,${HEADER}${all.map((cells) => `"a ""b"",\n",${cells.map((cell) => `"${cell}"`).join(',')}`).join('\n')}`, COLUMNS, size)
        expect([quoted.bins, doubled.bins]).toEqual([plain.bins, plain.bins])
        expect(total(plain.bins.tokens?.input)).toBe(all.reduce((sum, [, input]) => sum + input!, 0))
        expect(total(plain.bins.tokens?.output)).toBe(all.reduce((sum, [, , output]) => sum + output!, 0))
        expect(plain.rows).toBe(all.length)
      }),
      { numRuns: 50 },
    )
  })

  it('finds columns in any place, skips quoted text with separators and line breaks, and reads decimals of whole numbers', async () => {
    const text = 'note;out;in;when;used\n"a;b\n""c""";3;12.0;0;2\nplain;4;1e3;100;0\n'
    const reading = await readText(text, { columns: { time: 'WHEN', input: 'in', output: 'out', cached: 'used' } })
    expect([total(reading.bins.tokens?.input), total(reading.bins.tokens?.output), total(reading.bins.tokens?.cached), reading.rows]).toEqual([1012, 7, 2, 2])
  })

  it('reads GPU-seconds and megabytes without tokens', async () => {
    const reading = await readText('t,gpu_seconds,egress_mb\n0,1.5,2\n100,0.25,0\n')
    expect([reading.bins.tokens, total(reading.bins.work?.gpuSeconds ?? undefined), total(reading.bins.work?.egressMb ?? undefined)]).toEqual([null, 1.75, 2])
  })

  it('reads times alone', async () => {
    const reading = await readText('when\n0\n100\n', { columns: { time: 'when' } })
    expect([reading.bins.tokens, reading.tokenHistograms, [...reading.bins.requests]]).toEqual([null, null, [1, 1]])
  })

  it.each([
    ['5,-1,2', 'in', 'a token count of -1 is negative'],
    ['5,10000001,2', 'in', 'a token count of 10000001 is absurd (over 10 million)'],
    ['5,99999999999999999999,2', 'in', 'a token count of 99999999999999999999 is absurd (over 10 million)'],
    ['5,NaN,2', 'in', '"NaN" is not a whole number of tokens'],
    ['5,1.5,2', 'in', '"1.5" is not a whole number of tokens'],
    ['5,1,', 'out', 'the token count is empty'],
    ['5,1,"2',  undefined, 'a quote is opened and never closed'],
    ['5,"1"x,2', undefined, 'text follows a closing quote'],
    ['5,1', 'out', 'the row has 2 columns, the header 3'],
    ['5', 'in', 'the row has 1 column, the header 3'],
    ['5,1,2,3', undefined, 'the row has 4 columns, the header 3'],
    ['"5",1,2,3', undefined, 'the row has 4 columns, the header 3'],
    ['soon,1,2', 'time', '"soon" is not a time'],
    [',1,2', 'time', 'the time is empty'],
    ['1700000000,1,2', 'time', '"1700000000" is Unix time in s, while the first row has a time since the start'],
  ])('row %j is an error in column %s', async (row, column, message) => {
    const error = await failure(`${HEADER}1,1,1\n${row}\n`, COLUMNS)
    expect([error.code, error.place, error.message]).toEqual(['TRAFFIC_ROW_INVALID', { file: 't.csv', row: 3, ...(column === undefined ? {} : { column }) }, message])
  })

  it('names a cached count above the input', async () => {
    const error = await failure('t,input,output,cached\n0,5,1,6\n')
    expect(error.toLine()).toMatch(/^error TRAFFIC_ROW_INVALID: t\.csv, row 2, column cached: 6 cached tokens are more than the 5 input tokens\. /u)
  })

  it('names a time too far from the others', async () => {
    const error = await failure('t,input,output\n2026-01-01T00:00:00Z,1,1\n1970-01-02T00:00:00Z,1,1\n')
    expect([error.code, error.place]).toEqual(['TRAFFIC_TOO_LONG', { file: 't.csv', row: 3, column: 't' }])
  })

  it.each([
    [{ time: 'when' }, 'when'],
    [{ time: 'time', input: 'in', output: 'tokens' }, 'tokens'],
    [{ time: 'time', input: 'in' }, undefined],
    [{ input: 'in', output: 'out' }, undefined],
    [{ time: 'time', cached: 'in' }, undefined],
  ])('columns %j do not fit the header', async (columns, column) => {
    const error = await failure(`${HEADER}1,1,1\n`, { columns })
    expect([error.code, error.place]).toEqual(['TRAFFIC_COLUMN_MISSING', { file: 't.csv', row: 1, ...(column === undefined ? {} : { column }) }])
  })
})
