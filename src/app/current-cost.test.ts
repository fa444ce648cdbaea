import { writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { importBills } from '../measure/bills/import-bill.ts'
import { parsePlainColumns } from '../measure/bills/plain-csv.ts'
import { errorOf, tempFolder } from '../measure/bills/testing.ts'
import { readCurrentCost } from './current-cost.ts'

const folder = tempFolder()
afterAll(folder.remove)

const bill = folder.write('bill.csv', 'Day,Cost,GPU,Hours\n2026-10-01,24,H100,24\n2026-10-02,24,H100,24\n')
const cost = await importBills([bill], { days: 30, fx: null, today: '2026-11-24', utilization: null, columns: parsePlainColumns('date=Day,cost=Cost,gpu=GPU,hours=Hours') })

describe('a current cost in a file', () => {
  it('reads back as it was', async () => {
    const file = folder.write('current.json', JSON.stringify(cost))
    expect(await readCurrentCost(file)).toEqual(cost)
  })

  it('may hold fields of later versions', async () => {
    const file = folder.write('later.json', JSON.stringify({ ...cost, later: 1 }))
    expect(await readCurrentCost(file)).toMatchObject({ monthlyUsd: 730 })
  })

  it.each([
    ['no JSON', 'hello', 'not JSON'],
    ['another thing', '{"a":1}', 'the file'],
    ['a list', '[]', 'the file'],
    ['a later schema', JSON.stringify({ ...cost, schemaVersion: 2 }), '/schemaVersion'],
    ['a text for money', JSON.stringify({ ...cost, monthlyUsd: '12' }), '/monthlyUsd'],
    ['unknown money', JSON.stringify({ ...cost, monthlyUsd: null }), '/monthlyUsd'],
    ['no covered hours', JSON.stringify({ ...cost, coveredHours: 0 }), '/coveredHours'],
  ])('refuses %s', async (_what, text, where) => {
    const file = folder.write('bad.json', text)
    const error = await errorOf(() => readCurrentCost(file))
    expect(error.code).toBe('CURRENT_COST_INVALID')
    expect(error.message).toContain(where)
    expect(error.place).toEqual({ file })
  })

  it('refuses a folder and a file that is not there', async () => {
    expect((await errorOf(() => readCurrentCost(folder.path))).code).toBe('FILE_IS_DIRECTORY')
    expect((await errorOf(() => readCurrentCost(`${folder.path}/none.json`))).code).toBe('FILE_NOT_FOUND')
    writeFileSync(`${folder.path}/none.json`, '')
    expect((await errorOf(() => readCurrentCost(`${folder.path}/none.json`))).code).toBe('CURRENT_COST_INVALID')
  })
})
