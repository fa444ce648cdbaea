import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { run } from './testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-profile-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const EXAMPLES = ['servegen-m-mid.csv', 'servegen-m-small.csv', 'azure-llm-2023-conv.csv.gz', 'mooncake-synthetic-1000.jsonl.gz']

describe('spillway profile', () => {
  it.each(EXAMPLES)('describes %s on one screen of 100 columns', async (file) => {
    const { exit, stdout, stderr } = await run(['profile', '--traffic', `examples/${file}`])
    const lines = stdout.split('\n')
    expect([exit, stderr]).toEqual([0, ''])
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
    expect(lines.length).toBeLessThanOrEqual(30)
    expect(stdout).toMatch(/^Traffic {3}examples\/[\s\S]*\nRate {6}floor [\s\S]*\nGaps [\s\S]*Load-duration/u)
  })

  it('prints the floor that is no gap, and the gaps', async () => {
    const { stdout } = await run(['profile', '--traffic', 'examples/servegen-m-mid.csv'])
    expect(stdout).toContain('floor 522   median 1,971   mean 1,885   peak 3,445 requests/s')
    expect(stdout).toContain('102 bins (5.06 %) may be gaps in the recording, 84 of them empty')
  })

  it('prints JSON with stable keys', async () => {
    const { exit, stdout } = await run(['profile', '--traffic', 'examples/servegen-m-small.csv', '--json'])
    const profile = JSON.parse(stdout)
    expect([exit, Object.keys(profile)]).toEqual([0, ['file', 'format', 'rows', 'skippedRows', 'requests', 'span', 'rate', 'loadDuration', 'shape', 'burstiness', 'tokens', 'work', 'gaps', 'warnings']])
    expect([profile.shape.hourOfDay.length, profile.shape.hourOfWeek.length, profile.loadDuration.length, profile.gaps.bins]).toEqual([24, 168, 101, 37])
  })

  it('reads columns, zone, bin and format from the options', async () => {
    const file = fileOf('calls.csv', 'when;a;b\n2026-07-01 12:00:00;10;1\n2026-07-01 13:59:00;20;2\n')
    const { stdout } = await run(['profile', '--traffic', file, '--format', 'csv', '--columns', 'time=when,input=a,output=b', '--tz', 'Europe/Berlin', '--bin', '1h', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ format: 'csv', span: { start: '2026-07-01T10:00:00.000Z', binSeconds: 3600, timeZone: 'Europe/Berlin' }, tokens: { input: { total: 30 } } })
  })

  it('takes numbers in a given unit', async () => {
    const file = fileOf('ms.csv', 'time,input,output\n0,1,1\n120000,1,1\n')
    expect(JSON.parse((await run(['profile', '--traffic', file, '--time-unit', 'ms', '--json'])).stdout).span.bins).toBe(3)
  })

  it('fails at the first bad row, or counts it on demand', async () => {
    const file = fileOf('bad.csv', 'ts,input,output\n0,1,1\n61,-5,1\n120,1,1\n')
    const failed = await run(['profile', '--traffic', file])
    expect([failed.exit, failed.stdout]).toEqual([2, ''])
    expect(failed.stderr).toBe(`error TRAFFIC_ROW_INVALID: ${file}, row 3, column input: a token count of -5 is negative. Correct the row, or pass --skip-bad-rows to count and skip such rows\n`)
    const skipped = await run(['profile', '--traffic', file, '--skip-bad-rows'])
    expect([skipped.exit, skipped.stdout]).toEqual([0, expect.stringContaining('Skipped   1 bad rows; first: row 3: a token count of -5 is negative')])
  })

  it('prints the error as JSON too', async () => {
    const { exit, stdout } = await run(['profile', '--traffic', join(folder, 'none.csv'), '--json'])
    expect([exit, JSON.parse(stdout).error.code]).toEqual([2, 'FILE_NOT_FOUND'])
  })

  it.each([
    [[], 'CLI_USAGE: no traffic file is named'],
    [['--traffic', 'x', '--format', 'parquet'], 'CLI_USAGE'],
    [['--traffic', 'x', '--columns', 'when=a'], 'CLI_USAGE'],
    [['--traffic', 'x', '--bin', '7s'], 'CLI_USAGE'],
    [['--traffic', 'examples/servegen-m-mid.csv', '--tz', 'Moon'], 'TIME_ZONE_UNKNOWN'],
    [['--traffic', 'examples'], 'FILE_IS_DIRECTORY'],
    [['--traffic', 'examples/README.md'], 'TRAFFIC_FORMAT_UNKNOWN'],
  ])('%j is an error of one line', async (args, start) => {
    const { exit, stderr } = await run(['profile', ...args])
    expect([exit, stderr.split('\n')[0]]).toEqual([2, expect.stringMatching(new RegExp(`^error ${start}`, 'u'))])
    expect(stderr).not.toMatch(/\n\s+at /u)
  })

  it('shows a bar for a large file on a terminal, and wipes it', async () => {
    const file = fileOf('large.csv', `t,input,output\n${'1700000000,1000,1000\n'.repeat(1_000_000)}1700000100,1,1\n`)
    const { stderr } = await run(['profile', '--traffic', file], { io: { progress: true } })
    const drawn = stderr.split('\r').filter((line) => line.startsWith('Reading traffic'))
    expect(drawn.length).toBeGreaterThanOrEqual(4)
    expect(drawn.at(-1)).toMatch(/\[█+·*\] +\d+ % {2}[01]\.\d M rows, \d+ MB/u)
    expect(stderr.endsWith('\r\u001B[K')).toBe(true)
    expect((await run(['profile', '--traffic', file])).stderr).toBe('')
  })

  it('--help shows examples', async () => {
    expect((await run(['profile', '--help'])).stdout).toContain('Examples:')
  })
})
