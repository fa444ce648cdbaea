import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseCatalog } from '../../core/catalog/parse.ts'
import { shippedCatalog } from '../catalog.ts'
import { run } from './testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-catalog-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))
function fileOf(name: string, value: unknown): string {
  const file = join(folder, name)
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value))
  return file
}

const OFFER = { id: 'mine', provider: 'me', gpu: 'h100-80gb', tier: 'on-demand', card: { rule: 'dedicated', perGpuHour: '2.10', granularitySeconds: 1, minimumSeconds: 0 }, source: 'contract 17', asOf: '2026-10-01' }
const widest = (text: string): number => Math.max(...text.split('\n').map((line) => [...line].length))

describe('spillway catalog list', () => {
  it.each(['gpus', 'models', 'offers', 'tokens'])('%s: one line an entry within 100 columns, with date and source', async (what) => {
    const { exit, stdout } = await run(['catalog', 'list', what])
    expect([exit, widest(stdout) <= 100]).toEqual([0, true])
    const [table, sources] = stdout.split('\n\nSources\n')
    const list = shippedCatalog()[what === 'tokens' ? 'tokenOffers' : (what as 'gpus')]
    expect(table!.split('\n')).toHaveLength(list.length + 1)
    for (const { id, asOf } of list) expect(table!.split('\n').some((line) => line.startsWith(`${id} `) && line.includes(asOf))).toBe(true)
    const text = sources!.replaceAll(/\s/gu, '')
    for (const { source } of list) expect(text).toContain(source.replaceAll(/\s/gu, ''))
  })

  it('shows unknown, not zero', async () => {
    const { stdout } = await run(['catalog', 'list', 'gpus', '--gpu', 'b300'])
    expect(stdout.split('\n')[1]).toMatch(/^b300-288gb .* 288 +unknown +unknown +unknown +2026/u)
  })

  it('filters offers by GPU (by any of its names), provider and tier', async () => {
    const { stdout } = await run(['catalog', 'list', '--gpu', 'A100', '--provider', 'RunPod', '--tier', 'serverless', '--json'])
    expect(JSON.parse(stdout).offers).toMatchObject([{ id: 'runpod-serverless-a100-80gb', card: { perGpuSecond: '0.00076', coldStart: null } }])
  })

  it('prints JSON that is a catalog file', async () => {
    const shipped = shippedCatalog()
    for (const [what, list] of [['gpus', 'gpus'], ['models', 'models'], ['offers', 'offers'], ['tokens', 'tokenOffers']] as const) {
      const { stdout } = await run(['catalog', 'list', what, '--json'])
      expect(parseCatalog(JSON.parse(stdout), 'x')[list]).toEqual(shipped[list])
    }
  })

  it('shows own offers, marked', async () => {
    const { stdout } = await run(['catalog', 'list', '--provider', 'me', '--offers', fileOf('own.json', { offers: [OFFER] })])
    expect(stdout.split('\n')[1]).toMatch(/^mine +h100-80gb +on-demand +unknown +2\.1000 +2026-10-01 +1 own$/u)
  })

  it('says so where nothing fits', async () => {
    expect((await run(['catalog', 'list', '--provider', 'nobody'])).stdout).toBe('Nothing in the catalog fits.\n')
  })

  it.each<[string[], string]>([
    [['list', '--gpu', 'h1000'], 'CATALOG_UNKNOWN_ID'],
    [['list', 'models', '--gpu', 'h100'], 'CLI_USAGE'],
    [['list', 'tokens', '--tier', 'spot'], 'CLI_USAGE'],
    [['list', 'gpus', '--provider', 'aws'], 'CLI_USAGE'],
    [['list', 'toString'], 'CLI_USAGE'],
    [['list', '--tier', 'cheap'], 'CLI_USAGE'],
    [['show'], 'CLI_USAGE'],
    [['show', 'nothing-like-it'], 'CATALOG_UNKNOWN_ID'],
    [['list', '--offers', '/no/such/file'], 'FILE_NOT_FOUND'],
  ])('%j is refused with one line', async (args, code) => {
    const { exit, stderr } = await run(['catalog', ...args])
    expect(exit).toBe(2)
    expect(stderr.split('\n')[0]).toMatch(new RegExp(`^error ${code}: `, 'u'))
  })
})

describe('spillway catalog show', () => {
  it('prints every field, unknown ones too, within 100 columns', async () => {
    const { exit, stdout } = await run(['catalog', 'show', 'RUNPOD-serverless-a100-80gb'])
    expect([exit, widest(stdout) <= 100]).toEqual([0, true])
    expect(stdout).toMatch(/^card\.perGpuSecond +0\.00076$/mu)
    expect(stdout).toMatch(/^card\.coldStart +unknown$/mu)
    expect(stdout).toMatch(/^= USD per GPU-hour +2\.7360$/mu)
    expect(stdout).toMatch(/^asOf +\d{4}-\d{2}-\d{2}$/mu)
  })

  it('tells "none" from "unknown"', async () => {
    const { stdout } = await run(['catalog', 'show', 'lambda-8x-h100-80gb'])
    expect([/^card\.spot +none$/mu.test(stdout), /^card\.startupSeconds +unknown$/mu.test(stdout)]).toEqual([true, true])
  })

  it('finds GPUs and models by their other names', async () => {
    expect((await run(['catalog', 'show', 'h100'])).stdout).toMatch(/^id +h100-80gb$/mu)
    expect((await run(['catalog', 'show', 'meta-llama/Llama-3.3-70B-Instruct'])).stdout).toMatch(/^id +llama-3\.3-70b$/mu)
  })

  it('prints tiers of token prices', async () => {
    expect((await run(['catalog', 'show', 'google/gemini-2.5-pro'])).stdout).toMatch(/^card\.tiers\.0\.promptTokensAbove +200000$/mu)
  })

  it('its JSON can be given back with --offers', async () => {
    const { stdout } = await run(['catalog', 'show', 'modal-t4', '--json'])
    const { exit, stdout: list } = await run(['catalog', 'list', '--provider', 'modal', '--gpu', 't4', '--offers', fileOf('copy.json', stdout), '--json'])
    expect([exit, JSON.parse(list).offers[0].own]).toEqual([0, true])
  })
})

describe('spillway catalog check', () => {
  it('passes the shipped catalog and warns of old figures', async () => {
    const { exit, stdout } = await run(['catalog', 'check', '--json'])
    const report = JSON.parse(stdout)
    expect([exit, report.errors, report.checkedOn]).toEqual([0, 0, '2026-11-24'])
    expect(report.problems).toContainEqual(expect.objectContaining({ severity: 'warning', id: 'aws-g4dn-t4', message: 'is 1059 days old (2023-12-31)' }))
  })

  it('counts, then lists within 100 columns', async () => {
    const { stdout } = await run(['catalog', 'check'])
    expect(stdout).toMatch(/^\d+ GPUs, \d+ models, \d+ offers, \d+ token offers: 0 errors, \d+ warnings\.\n/u)
    expect(widest(stdout)).toBeLessThanOrEqual(100)
  })

  it('fails with 3 on an error, and the next command does not remember it', async () => {
    const file = fileOf('wrong.json', { offers: [{ ...OFFER, gpu: 'z9' }, { ...OFFER, id: 'dear', card: { ...OFFER.card, perGpuHour: '2000' } }] })
    const { exit, stdout } = await run(['catalog', 'check', '--offers', file])
    expect(exit).toBe(3)
    expect(stdout.split('\n').filter((line) => line.startsWith('error'))).toHaveLength(2)
    expect((await run(['catalog', 'check'])).exit).toBe(0)
  })

  it.each<[string, unknown]>([
    ['no source', { offers: [{ ...OFFER, source: undefined }] }],
    ['a price that is a number', { offers: [{ ...OFFER, card: { ...OFFER.card, perGpuHour: 2.1 } }] }],
    ['no JSON', 'offers: []'],
    ['an id twice', { offers: [OFFER, OFFER] }],
  ])('refuses a file with %s: status 2, one line with file and field', async (_, value) => {
    const { exit, stderr } = await run(['catalog', 'check', '--offers', fileOf('bad.json', value)])
    expect(exit).toBe(2)
    expect(stderr).toMatch(/^error CATALOG_INVALID: [^\n]*bad\.json[^\n]*\n$/u)
  })

  it('help shows examples', async () => {
    for (const command of ['list', 'show', 'check']) expect((await run(['catalog', command, '--help'])).stdout).toContain('Examples:')
  })
})
