import { afterAll, describe, expect, it } from 'vitest'
import { tempFolder } from '../../measure/bills/testing.ts'
import { readCurrentCost } from '../current-cost.ts'
import { run } from './testing.ts'

const folder = tempFolder()
afterAll(folder.remove)

const SAMPLES = new URL('../../../examples/bills/', import.meta.url).pathname
const PLAIN = ['--columns', 'date=Day,cost=Amount,gpu=GPU type,hours=GPU hours']
const json = async (...args: readonly string[]): Promise<Record<string, unknown>> => JSON.parse((await run(['import', ...args, '--json'])).stdout) as Record<string, unknown>

// The sums follow from the rules in examples/bills/generate.ts: 30 days, 22 of them weekdays.
describe('spillway import on the samples', () => {
  it('FOCUS: 20 h at $40 used and 4 h unused a day, two machines at $4 on weekdays', async () => {
    const cost = await json(`${SAMPLES}focus-synthetic.csv`)
    expect(cost).toMatchObject({
      windowUsd: 30 * 800 + 30 * 160 + 22 * 192,
      purchase: { committedUsd: 24_000, onDemandUsd: 22 * 192, unusedCommitmentUsd: 4800 },
      apart: { notGpuUsd: 165, creditsUsd: -500, taxUsd: 300, repeatedUsd: 0 },
      gpus: [
        { gpu: 'h100-80gb', gpuHours: 4800, usdPerGpuHour: 5 },
        { gpu: 'a100-pcie-80gb', gpuHours: 22 * 48, usdPerGpuHour: 4 },
      ],
    })
    expect(cost['monthlyUsd']).toBeCloseTo((33_024 / 720) * 730, 8)
  })

  it('AWS: reservation, savings plan, spot with a refund; nothing twice', async () => {
    expect(await json(`${SAMPLES}aws-cur-synthetic.csv`)).toMatchObject({
      windowUsd: 30 * 330 + 900 + 30 * 115.2 + 144 + 30 * 12 - 6,
      purchase: { committedUsd: 30 * 330 + 30 * 115.2, spotUsd: 354, onDemandUsd: 0, unusedCommitmentUsd: 1044 },
      apart: { notGpuUsd: 216, acceleratorsUsd: 540, taxUsd: 210, creditsUsd: 0 },
      utilization: null,
    })
  })

  it('Google: in euros, commitment by its fee, promotion apart', async () => {
    const cost = await json(`${SAMPLES}gcp-synthetic.jsonl`, '--fx', '1.10')
    expect(cost).toMatchObject({ currency: 'EUR', fxUsdPerUnit: 1.1, purchase: { committedUsd: 1485, spotUsd: 0 }, apart: { creditsUsd: -49.5, notGpuUsd: 108.9 } })
    expect(cost['windowUsd']).toBeCloseTo(30 * (24 + 9.6 + 4.8 + 45) * 1.1, 9)
  })

  it('plain CSV', async () => {
    expect(await json(`${SAMPLES}plain-synthetic.csv`, ...PLAIN)).toMatchObject({ windowUsd: 22 * 288 + 8 * 72 + 30 * 24, apart: { notGpuUsd: 37.5 } })
  })

  it('utilization, with what it means', async () => {
    expect(await json(`${SAMPLES}plain-synthetic.csv`, ...PLAIN, '--utilization', `${SAMPLES}dcgm-synthetic.csv`)).toMatchObject({ utilization: { mean: 0.3, max: 0.7, samples: 240, gpus: 2, scale: '0..100', meaning: expect.stringContaining('not useful work') } })
  })

  it('the last days only', async () => {
    expect(await json(`${SAMPLES}plain-synthetic.csv`, ...PLAIN, '--days', '7')).toMatchObject({ coveredHours: 168, windowStart: '2026-10-24T00:00:00.000Z' })
  })
})

describe('the report', () => {
  it.each([[['focus-synthetic.csv']], [['gcp-synthetic.jsonl', '--fx', '1.1']], [['aws-cur-synthetic.csv', '--utilization', `${SAMPLES}dcgm-synthetic.csv`]]])('fits one screen of 100 columns for %j', async ([bill, ...rest]) => {
    const { exit, stdout } = await run(['import', `${SAMPLES}${bill}`, ...rest])
    const lines = stdout.split('\n')
    expect(exit).toBe(0)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
    expect(lines.length).toBeLessThanOrEqual(40)
    expect(stdout).not.toContain('-0.0 %')
  })

  it('says first what GPUs cost, and that utilization is unknown', async () => {
    const { stdout } = await run(['import', `${SAMPLES}focus-synthetic.csv`])
    expect(stdout.split('\n')[0]).toBe('GPU cost today  $33,482.67 a month')
    expect(stdout).toContain('unused commitment (waste)')
    expect(stdout).toContain('Utilization  unknown')
  })

  it('shows control characters of a bill instead of passing them on', async () => {
    const bill = folder.write('evil.csv', 'Day,Cost,GPU,Service\n2026-10-01,3,H100,x\n2026-10-01,3,none,\u001B[2Jred\n')
    const { stdout } = await run(['import', bill, '--columns', 'date=Day,cost=Cost,gpu=GPU,service=Service'])
    expect(stdout).toContain(String.raw`\u001b[2Jred`)
    expect(stdout).not.toContain('\u001B')
  })

  it('says where samples of utilization are from other days', async () => {
    const samples = folder.write('old.csv', 'time,value\n2020-01-01,0.5\n')
    const cost = await json(`${SAMPLES}focus-synthetic.csv`, '--utilization', samples)
    expect(cost['warnings']).toContainEqual(expect.stringContaining('not from the days of the bill'))
  })
})

describe('--out', () => {
  it('writes what the planner reads', async () => {
    const out = `${folder.path}/current.json`
    const cost = await json(`${SAMPLES}focus-synthetic.csv`, '--out', out)
    expect(await readCurrentCost(out)).toEqual(cost)
  })

  it('says where it cannot write', async () => {
    const { exit, stderr } = await run(['import', `${SAMPLES}focus-synthetic.csv`, '--out', folder.path])
    expect([exit, stderr.startsWith('error FILE_NOT_WRITABLE: ')]).toEqual([2, true])
  })
})

describe('wrong use', () => {
  it.each([
    [['import']],
    [['import', 'x.csv', '--format', 'excel']],
    [['import', 'x.csv', '--days', '0']],
    [['import', 'x.csv', '--fx', '-1']],
    [['import', 'x.csv', '--fx', 'NaN']],
    [['import', 'x.csv', 'x.csv']],
    [['import', 'x.csv', '--columns', 'cost']],
  ])('%j is refused with one line and exit status 2', async (argv) => {
    const { exit, stderr } = await run(argv)
    expect(exit).toBe(2)
    expect(stderr.split('\n')[0]).toMatch(/^error CLI_USAGE: /u)
  })

  it.each([
    [[`${SAMPLES}gcp-synthetic.jsonl`], 'BILL_FX_NEEDED'],
    [[`${SAMPLES}plain-synthetic.csv`], 'BILL_FORMAT_UNKNOWN'],
    [[`${SAMPLES}none.csv`], 'FILE_NOT_FOUND'],
    [[SAMPLES], 'FILE_IS_DIRECTORY'],
    [[`${SAMPLES}focus-synthetic.csv`, '--utilization', `${SAMPLES}none.csv`], 'FILE_NOT_FOUND'],
  ])('%j ends in %s, one line', async (args, code) => {
    const { exit, stderr, stdout } = await run(['import', ...args])
    expect([exit, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(new RegExp(`^error ${code}: [^\\n]+\\n$`, 'u'))
  })

  it('prints the error as JSON as well where JSON is asked for', async () => {
    const { stdout } = await run(['import', `${SAMPLES}none.csv`, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'FILE_NOT_FOUND' } })
  })

  it('--help shows examples', async () => {
    expect((await run(['import', '--help'])).stdout).toContain('Examples:')
  })
})
