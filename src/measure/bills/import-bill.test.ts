import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { CurrentCost } from '../../core/current-cost.ts'
import { fromUsd } from '../../core/money.ts'
import { importBills, type ImportOptions } from './import-bill.ts'
import { parsePlainColumns } from './plain-csv.ts'
import { csvText, errorOf, type Row, tempFolder } from './testing.ts'

const folder = tempFolder()
afterAll(folder.remove)
let files = 0
const save = (content: string | Uint8Array, name = 'bill.csv'): string => folder.write(`${files++}-${name}`, content)

const OPTIONS: ImportOptions = { days: 30, fx: null, today: '2026-11-24', utilization: null }
const PLAIN = { columns: parsePlainColumns('date=Day,cost=Cost,gpu=GPU,hours=Hours') }
const load = (content: string | Uint8Array, options: Partial<ImportOptions> = {}): Promise<CurrentCost> => importBills([save(content)], { ...OPTIONS, ...options })
const failure = (content: string | Uint8Array, options: Partial<ImportOptions> = {}): ReturnType<typeof errorOf> => errorOf(() => load(content, options))

const plain = (day: number, cost = '24.00', gpu = 'H100'): Row => ({ Day: `2026-10-${String(day).padStart(2, '0')}`, Cost: cost, GPU: gpu, Hours: 24 })
const focus = (change: Row = {}): Row => ({ EffectiveCost: 8, BillingCurrency: 'USD', ChargePeriodStart: '2026-10-01T00:00:00Z', ChargePeriodEnd: '2026-10-02T00:00:00Z', ChargeCategory: 'Usage', ChargeDescription: 'g6.xlarge', ServiceName: 'EC2', ConsumedQuantity: 24, ConsumedUnit: 'Hours', ...change })
const google = (change: object = {}): string => JSON.stringify({ service: { description: 'Compute Engine' }, sku: { description: 'Nvidia L4 GPU running in Iowa' }, usage_start_time: '2026-10-01 00:00:00 UTC', usage_end_time: '2026-10-02 00:00:00 UTC', cost: 12.000000001, currency: 'USD', usage: { amount: 86400, unit: 'seconds' }, credits: [], ...change })
const aws = (): Row => ({ 'lineItem/LineItemType': 'Usage', 'lineItem/UsageStartDate': '2026-10-01T00:00:00Z', 'lineItem/UsageEndDate': '2026-10-02T00:00:00Z', 'lineItem/UsageType': 'BoxUsage:g6.xlarge', 'lineItem/UsageAmount': 24, 'lineItem/CurrencyCode': 'USD', 'lineItem/UnblendedCost': 19.32 })

describe('formats', () => {
  it('are known by their header', async () => {
    expect((await load(csvText([focus()]))).sources).toMatchObject([{ format: 'focus', rows: 1 }])
    expect((await load(csvText([aws()]))).sources).toMatchObject([{ format: 'aws-cur', rows: 1 }])
    expect((await load(`${google()}\n${google()}`)).sources).toMatchObject([{ format: 'gcp', rows: 2 }])
    expect((await load('service.description,sku.description,usage_start_time,cost,currency,credits\nCompute Engine,Nvidia L4 GPU,2026-10-01,2,USD,[]\n')).sources).toMatchObject([{ format: 'gcp' }])
    expect((await load(csvText([plain(1)]), PLAIN)).sources).toMatchObject([{ format: 'csv' }])
  })

  it('may be forced', async () => {
    const error = await failure(csvText([focus()]), { format: 'aws-cur' })
    expect([error.code, error.place.column]).toEqual(['BILL_COLUMN_MISSING', 'line_item_line_item_type'])
    expect((await failure(csvText([plain(1)]), { format: 'csv' })).code).toBe('CLI_USAGE')
  })

  it('that are unknown are said to be', async () => {
    const error = await failure('name,price\nx,1\n')
    expect(error.code).toBe('BILL_FORMAT_UNKNOWN')
    expect(error.message).toContain('name, price')
  })

  it('may be gzip, with any name, and start with a byte order mark', async () => {
    const text = `\uFEFF${csvText([focus()])}`
    expect((await load(gzipSync(text))).windowUsd).toBe((await load(text)).windowUsd)
  })

  it('keeps every digit of amounts in JSON', async () => {
    expect((await load(google())).windowUsd).toBe(12.000000001)
  })
})

describe('several bills', () => {
  it('sum up, formats may differ', async () => {
    const cost = await importBills([save(csvText([focus()])), save(csvText([aws()]))], OPTIONS)
    expect(cost).toMatchObject({ windowUsd: 27.32, gpus: [{ gpu: 'l4-24gb', gpuHours: 48 }] })
  })

  it('must share the currency', async () => {
    const error = await errorOf(() => importBills([save(csvText([focus()])), save(csvText([focus({ BillingCurrency: 'EUR' })]))], OPTIONS))
    expect([error.code, error.place.row]).toEqual(['BILL_CURRENCY_MIXED', 2])
  })

  it('that cover different days are said to', async () => {
    const later = csvText([focus({ ChargePeriodStart: '2026-10-05T00:00:00Z', ChargePeriodEnd: '2026-10-06T00:00:00Z' })])
    const cost = await importBills([save(csvText([focus()])), save(later)], OPTIONS)
    expect(cost.warnings.filter((text) => text.includes('covers only'))).toEqual([expect.stringContaining('2026-10-01 to 2026-10-01'), expect.stringContaining('2026-10-05 to 2026-10-05')])
  })

  it('property: a bill cut by days sums to the whole, to the nano-dollar', async () => {
    const row = fc.record({ day: fc.integer({ min: 1, max: 28 }), nano: fc.bigInt({ min: -(10n ** 9n), max: 10n ** 14n }), gpu: fc.constantFrom('H100', 'RTX 4090', 'none') })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (specs) => {
        const rows = [...specs, { day: 1, nano: 1n, gpu: 'H100' }].map(({ day, nano, gpu }) => plain(day, `${nano < 0n ? '-' : ''}${(nano < 0n ? -nano : nano) / 10n ** 9n}.${String((nano < 0n ? -nano : nano) % 10n ** 9n).padStart(9, '0')}`, gpu))
        const gpuRows = Map.groupBy(rows, (item) => item['Day'] as string)
        const whole = await load(csvText(rows), PLAIN)
        let gpu = 0n
        let rest = 0n
        for (const part of gpuRows.values()) {
          // A part without any GPU is refused rather than answered with zero, so each gets one that costs a nano.
          const cost = await load(csvText([...part, { ...part[0], GPU: 'H100', Cost: '0.000000001' }]), PLAIN)
          gpu += fromUsd(cost.windowUsd) - 1n
          rest += fromUsd(cost.apart.notGpuUsd)
        }
        expect([gpu, rest]).toEqual([fromUsd(whole.windowUsd), fromUsd(whole.apart.notGpuUsd)])
      }),
      { numRuns: 25 },
    )
  })
})

describe('bad input', () => {
  it.each([
    ['nothing', ''],
    ['blank lines', '\n\n  \n'],
    ['a header alone', csvText([focus()]).split('\n')[0] ?? ''],
    ['only taxes', csvText([focus({ ChargeCategory: 'Tax' })])],
  ])('%s is an empty bill', async (_what, text) => {
    expect((await failure(text)).code).toBe('BILL_EMPTY')
  })

  it('a bill without GPUs is no bill of zero', async () => {
    expect((await failure(csvText([focus({ ChargeDescription: 'storage' })]))).code).toBe('BILL_NO_GPU')
  })

  it.each([
    ['a bad date', focus({ ChargePeriodStart: '10/01/2026' }), 'ChargePeriodStart'],
    ['a cost of NaN', focus({ EffectiveCost: 'NaN' }), 'EffectiveCost'],
    ['no cost', focus({ EffectiveCost: '' }), 'EffectiveCost'],
  ])('%s is refused with its place', async (_what, row, column) => {
    const error = await failure(csvText([focus(), row]))
    expect([error.code, error.place.row, error.place.column]).toEqual(['BILL_ROW_INVALID', 3, column])
    expect(error.toLine()).not.toContain('\n')
  })

  it('a negative line of usage is a refund and a credit is none', async () => {
    const refund = focus({ EffectiveCost: -3, ChargeClass: 'Correction' })
    expect(await load(csvText([focus(), refund]))).toMatchObject({ windowUsd: 5, gpus: [{ gpuHours: 24 }] })
    expect(await load(csvText([focus(), { ...refund, ChargeCategory: 'Credit', ChargeClass: '' }]))).toMatchObject({ windowUsd: 8, apart: { creditsUsd: -3 } })
  })

  it('mixed currencies are refused at the row', async () => {
    const error = await failure(csvText([focus(), focus(), focus({ BillingCurrency: 'EUR' })]))
    expect([error.code, error.place.row]).toEqual(['BILL_CURRENCY_MIXED', 4])
  })

  it('a cut gzip file is said to be cut', async () => {
    const whole = gzipSync(csvText(Array.from({ length: 200 }, (_, day) => focus({ SkuId: String(day * 7919) }))))
    expect((await failure(whole.subarray(0, whole.length - 40))).code).toBe('BILL_GZIP_BROKEN')
  })

  it('a folder and a missing file are said to be', async () => {
    expect((await errorOf(() => importBills([folder.path], OPTIONS))).code).toBe('FILE_IS_DIRECTORY')
    expect((await errorOf(() => importBills([`${folder.path}/none.csv`], OPTIONS))).code).toBe('FILE_NOT_FOUND')
  })

  it('invalid UTF-8 is refused at its row', async () => {
    const good = Buffer.from(csvText([focus(), focus()]))
    const error = await failure(Buffer.concat([good, Buffer.from([0x38, 0xff, 0xfe, 0x0a])]))
    expect([error.code, error.place.row]).toEqual(['BILL_ENCODING', 4])
    expect((await failure(Buffer.concat([good, Buffer.from([0xe2, 0x82])]))).code).toBe('BILL_ENCODING')
  })

  it('a field of 10 MB is refused at its row', async () => {
    const error = await failure(csvText([focus(), focus({ ChargeDescription: 'x'.repeat(10e6) })]))
    expect([error.code, error.place.row]).toEqual(['BILL_LINE_TOO_LONG', 3])
    expect((await failure(`${google()}\n{"a":"${'x'.repeat(10e6)}"}\n`)).code).toBe('BILL_LINE_TOO_LONG')
  })

  it.each([
    ['ZIP', [0x50, 0x4b, 0x03, 0x04, 0x14]],
    ['Parquet', [0x50, 0x41, 0x52, 0x31, 0x15]],
    ['UTF-16', [0xff, 0xfe, 0x41, 0x00]],
  ])('%s is named', async (what, bytes) => {
    const error = await failure(Buffer.from(bytes))
    expect(error.code).toBe('BILL_FORMAT_UNKNOWN')
    expect(error.message).toContain(what)
  })

  it.each([
    ['{"cost":', 1],
    [`${google()}\n[1]\n`, 2],
    [`${google()}\n\n${google({ cost: 'free' })}\n`, 3],
    [`[${google()}]\n`, 1],
  ])('bad JSON lines are refused at their row', async (text, row) => {
    const error = await failure(text)
    expect([error.code, error.place.row]).toEqual(['BILL_ROW_INVALID', row])
  })

  it('bad rows are counted and left out where asked', async () => {
    const text = `${csvText([focus(), focus({ EffectiveCost: 'NaN' })])}1,2\n`
    const cost = await load(text, { skipBadRows: true })
    expect(cost).toMatchObject({ windowUsd: 8, sources: [{ rows: 3, skippedRows: 2 }] })
    expect(cost.warnings).toContainEqual(expect.stringContaining('2 rows that could not be read are left out'))
    expect(await load(`${google()}\nnonsense\n`, { skipBadRows: true })).toMatchObject({ sources: [{ skippedRows: 1 }] })
  })

  it('mixed currencies are never skipped', async () => {
    expect((await failure(csvText([focus(), focus({ BillingCurrency: 'EUR' })]), { skipBadRows: true })).code).toBe('BILL_CURRENCY_MIXED')
  })

  it('progress is told', async () => {
    const seen: [number, number | null][] = []
    const text = csvText([focus()])
    await load(text, { onProgress: (read, total) => seen.push([read, total]) })
    expect(seen).toEqual([[text.length, text.length]])
  })
})
