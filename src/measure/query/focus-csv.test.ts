import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { anObservation, DAY, T0 } from '../../store/telemetry/testing.ts'
import type { BillLine } from '../bills/bill-line.ts'
import { focusReader } from '../bills/focus.ts'
import { asked } from './testing.ts'

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-focus-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'focus.csv')
}

const world = [
  anObservation({ id: '1', cost: { nanoUsd: '1500000000' } }),
  anObservation({ id: '2', cost: { nanoUsd: '500000001', status: 'estimated' } }),
  anObservation({ id: '3', startedAt: T0 - DAY, pool: '=cmd', cost: { nanoUsd: '7' } }),
  anObservation({ id: '4', source: 'otlp', pool: null, provider: 'openai', modelAsked: 'gpt-5', cost: { nanoUsd: '2000000000' } }),
  anObservation({ id: '5', tenant: 'other', cost: { nanoUsd: '9000000000' } }),
]

it('FOCUS has a row a day, model and what served it; spreadsheets run none of it', async () => {
  const out = file()
  const ask = await asked(world, [], { exports: { calls: () => Promise.resolve(0), file: () => out } })
  expect((await ask('/api/v1/export?format=focus')).body).toMatchObject({ file: out, name: 'spillway-focus-2026-11-18-2026-11-25.csv' })
  const [header, ...rows] = readFileSync(out, 'utf8').trimEnd().split('\r\n')
  const names = header!.split(',')
  const cells = rows.map((row) => Object.fromEntries(row.split(',').map((cell, index) => [names[index], cell])))
  expect(cells).toMatchObject([
    { ProviderName: "'=cmd", BilledCost: '0.000000007', ChargePeriodStart: '2026-11-24T00:00:00.000Z', ChargePeriodEnd: '2026-11-25T00:00:00.000Z' },
    { ProviderName: 'floor', SkuId: 'llama-3.1-8b', EffectiveCost: '2.000000001', BillingCurrency: 'USD', BillingPeriodStart: '2026-11-01T00:00:00.000Z', BillingPeriodEnd: '2026-12-01T00:00:00.000Z', ConsumedQuantity: '350', x_Calls: '2', x_IncompleteCostCalls: '1', SubAccountId: 'default' },
    { ProviderName: 'openai', SkuId: 'gpt-5', EffectiveCost: '2', ResourceId: '' },
  ])
})

it('what is exported is read back as a bill, to the nano-dollar', async () => {
  const out = file()
  const ask = await asked(world, [], { exports: { calls: () => Promise.resolve(0), file: () => out } })
  await ask('/api/v1/export?format=focus')
  const [header, ...rows] = readFileSync(out, 'utf8').trimEnd().split('\r\n').map((line) => line.split(','))
  const reader = focusReader(header!, out)
  const lines: BillLine[] = []
  for (const [index, cells] of rows.entries()) reader.read(reader.columns.map((column) => cells[column]!), index + 2, (line) => lines.push(line))
  expect(lines.map(({ amount, kind, currency }) => [amount, kind, currency])).toEqual([7n, 2_000_000_001n, 2_000_000_000n].map((amount) => [amount, 'usage', 'USD']))
  expect(lines[0]).toMatchObject({ startMs: Date.parse('2026-11-24'), endMs: Date.parse('2026-11-25') })
})

it('of more calls than a file may have is refused, and made by nobody', async () => {
  let made = 0
  const ask = await asked([anObservation()], [], { exports: { calls: () => Promise.resolve(++made), file: () => '/nowhere' } })
  expect((await ask('/api/v1/export')).body).toMatchObject({ type: 'text/csv; charset=utf-8', name: 'spillway-calls-2026-11-18-2026-11-25.csv' })
  expect(await ask('/api/v1/export?format=xls')).toMatchObject({ status: 400, body: { error: { param: 'format' } } })
  expect(made).toBe(1)
})
