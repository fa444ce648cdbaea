import { describe, expect, it } from 'vitest'
import { parsePlainColumns, plainReader } from './plain-csv.ts'
import { errorOf, linesOf, type Row } from './testing.ts'

const read = (columns: string, ...rows: readonly Row[]): ReturnType<typeof linesOf> => linesOf((header, file) => plainReader(header, file, parsePlainColumns(columns)), rows)

describe('--columns', () => {
  it('maps names, spaces and equals signs included', () => {
    expect(parsePlainColumns('date=Day, cost=Net = USD,gpu=GPU type')).toEqual({ date: 'Day', cost: 'Net = USD', gpu: 'GPU type' })
  })

  it.each(['', 'date=Day', 'cost=C', 'date=,cost=C', 'date=D,cost=C,color=x', 'date,cost'])('refuses %j', async (text) => {
    expect((await errorOf(() => parsePlainColumns(text))).code).toBe('CLI_USAGE')
  })
})

describe('a plain CSV', () => {
  it('reads a day of one GPU', () => {
    expect(read('date=Day,cost=Cost,gpu=GPU,hours=Hours', { Day: '2026-10-01', Cost: '$1,288.00', GPU: 'H100 SXM', Hours: '96' }).lines).toEqual([
      {
        startMs: Date.UTC(2026, 9, 1),
        endMs: Date.UTC(2026, 9, 2),
        amount: 1_288_000_000_000n,
        currency: 'USD',
        kind: 'usage',
        device: { kind: 'gpu', gpu: 'h100-80gb', count: 1 },
        purchase: 'on-demand',
        gpuHours: 96,
        service: 'GPU bill',
      },
    ])
  })

  it('takes every row for a GPU where no gpu column is named, and says so', () => {
    const { lines, notes } = read('date=Day,cost=Cost', { Day: '2026-10-01T05:00:00Z', Cost: '3' })
    expect(lines).toMatchObject([{ device: { kind: 'gpu', gpu: 'unknown' }, gpuHours: null, endMs: Date.UTC(2026, 9, 1, 6) }])
    expect(notes).toEqual([expect.stringContaining('every row is taken as GPU cost'), expect.stringContaining('taken as USD')])
  })

  it.each(['', 'none', 'CPU', '-'])('takes gpu = %j as no GPU', (GPU) => {
    expect(read('date=D,cost=C,gpu=GPU', { D: '2026-10-01', C: '3', GPU }).lines).toMatchObject([{ device: { kind: 'other' } }])
  })

  it('keeps the cost of a GPU that it does not know', () => {
    expect(read('date=D,cost=C,gpu=GPU', { D: '2026-10-01', C: '3', GPU: 'Zeta 9' }).lines).toMatchObject([{ device: { kind: 'gpu', gpu: 'unknown' } }])
  })

  it.each([
    ['Reserved', 'committed'],
    ['on demand', 'on-demand'],
    ['SPOT', 'spot'],
    ['serverless', 'serverless'],
    ['', 'on-demand'],
  ])('reads purchase %j as %s', (P, purchase) => {
    expect(read('date=D,cost=C,purchase=P', { D: '2026-10-01', C: '3', P }).lines).toMatchObject([{ purchase }])
  })

  it.each([
    [{ D: '2026-10-01', C: '3', P: 'gift' }, 'P'],
    [{ D: 'monday', C: '3', P: '' }, 'D'],
    [{ D: '2026-10-01', C: 'NaN', P: '' }, 'C'],
  ])('refuses %j', async (row, column) => {
    const error = await errorOf(() => read('date=D,cost=C,purchase=P', row))
    expect([error.code, error.place]).toEqual(['BILL_ROW_INVALID', { file: 'bill.csv', row: 2, column }])
  })

  it('names a column that the file does not have', async () => {
    const error = await errorOf(() => read('date=D,cost=Amount', { D: '2026-10-01', C: '3' }))
    expect([error.code, error.place.column]).toEqual(['BILL_COLUMN_MISSING', 'Amount'])
  })
})
