import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failure, readText } from './testing.ts'

describe('rates', () => {
  it('turns requests per second into requests per bin', async () => {
    const reading = await readText('t_s,sum_client_rate\n0,2\n600,0.5\n1200,0\n')
    expect([reading.format, reading.binned, reading.bins.binSeconds, [...reading.bins.requests], reading.bins.startMs]).toEqual(['rates', true, 600, [1200, 300, 0], null])
    expect([reading.bins.tokens, reading.interArrival, reading.rows]).toEqual([null, null, 3])
  })

  it('reads back what was written, for any width', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(1, 60, 300, 3600), fc.array(fc.nat(1000), { minLength: 2, maxLength: 40 }), async (width, rates) => {
        const reading = await readText(`time,rps\n${rates.map((rate, bin) => `${bin * width},${rate}`).join('\n')}\n`)
        expect([reading.bins.binSeconds, [...reading.bins.requests]]).toEqual([width, rates.map((rate) => rate * width)])
      }),
    )
  })

  it('reads dates', async () => {
    const reading = await readText('timestamp,request_rate\n2026-01-01T00:10:00Z,1\n2026-01-01T00:20:00Z,1\n')
    expect(reading.bins.startMs).toBe(Date.UTC(2026, 0, 1, 0, 10))
  })

  it('reads the files of one ServeGen client, which have no header', async () => {
    const reading = await readText('0,1.5,1.2,Gamma,0.7,1.4\n600,3,1.1,Gamma,0.8,1.2\n')
    expect([reading.format, [...reading.bins.requests]]).toEqual(['rates', [900, 1800]])
  })

  it('takes two columns of numbers only when told', async () => {
    expect((await failure('0,1\n600,2\n')).mend).toContain('--format rates')
    expect([...(await readText('0,1\n600,2\n', { format: 'rates' })).bins.requests]).toEqual([600, 1200])
  })

  it('marks bins without a row as possible gaps and says so', async () => {
    const reading = await readText('t_s,rate\n0,1\n600,1\n2400,1\n')
    expect([[...reading.bins.requests], [...reading.bins.possibleGap]]).toEqual([[600, 600, 0, 0, 600], [0, 0, 1, 1, 0]])
    expect(reading.warnings).toEqual(['2 bins have no row; they count as possible gaps.'])
  })

  it('merges into wider bins; a part that is a gap makes the whole one', async () => {
    const reading = await readText('t_s,rate\n0,1\n600,1\n1200,1\n2400,1\n3000,1\n3600,5\n', { binSeconds: 1800 })
    expect([[...reading.bins.requests], [...reading.bins.possibleGap], reading.bins.binSeconds]).toEqual([[1800, 1200], [0, 1], 1800])
    expect(reading.warnings).toContain('The last 1 rows do not fill a bin of 1800 s and are left out.')
  })

  it.each([
    ['600,1', 'the time is that of the row before', 't_s'],
    ['0,1', 'the time lies before that of the row before', 't_s'],
    ['1200,NaN', '"NaN" is not a rate', 'rate'],
    ['1200,', 'the rate is empty', 'rate'],
    ['1200,-1', 'a rate of -1 is negative', 'rate'],
    ['1200,1e12', 'a rate of 1e12 requests/s is absurd', 'rate'],
    ['1200', 'the row has 1 column, the header 2', 'rate'],
    ['1200,"1"x', 'text follows a closing quote', undefined],
    ['1700000000,1', '"1700000000" is Unix time in s, while the first row has a time since the start', 't_s'],
    ['1500,1\n2100,1', 'the time does not fit the spacing of 600 s', 't_s'],
    ['1900,1\n2500,1', 'the time does not fit the spacing of 600 s', 't_s'],
    ['900,1\n1500,1', 'the time does not fit the spacing of 600 s', 't_s'],
  ])('row %j is an error', async (row, message, column) => {
    const error = await failure(`t_s,rate\n0,1\n600,1\n${row}\n`)
    expect([error.code, error.message, error.place]).toEqual(['TRAFFIC_ROW_INVALID', message, { file: 't.csv', row: 4, ...(column === undefined ? {} : { column }) }])
  })

  it('refuses spacing below a second, which is a mistaken unit', async () => {
    expect((await failure('t_s,rate\n0,1\n0.6,1\n1.2,1\n')).mend).toContain('--time-unit')
  })

  it('refuses a single bin, and a width that its bins do not fill', async () => {
    expect((await failure('t_s,rate\n0,1\n')).code).toBe('TRAFFIC_ONE_BIN')
    expect((await failure('t_s,rate\n0,1\n600,1\n', { binSeconds: 1200 })).code).toBe('TRAFFIC_ONE_BIN')
    expect((await failure('t_s,rate\n0,1\n600,1\n', { binSeconds: 900 })).code).toBe('DURATION_INVALID')
  })

  it('refuses an outlier that would make millions of bins', async () => {
    expect((await failure('t_s,rate\n0,1\n1,1\n90000000,1\n')).code).toBe('TRAFFIC_TOO_LONG')
  })

  it('counts skipped rows as gaps', async () => {
    const reading = await readText('t_s,rate\n0,1\n600,x\n1200,1\n1800,1\n', { skipBadRows: true })
    expect([[...reading.bins.possibleGap], reading.skippedRows]).toEqual([[0, 1, 0, 0], { count: 1, first: [{ row: 3, column: 'rate', reason: '"x" is not a rate' }] }])
  })
})
