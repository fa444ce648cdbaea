import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { CallRecord } from '../../core/call.ts'
import type { LeakReport } from '../../measure/insight/finding.ts'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { callOf } from '../../core/testing.ts'
import { run } from './testing.ts'

const NOW = new Date('2026-11-25T12:00:00Z')
const HOUR = 3_600_000

async function dataWith(records: readonly object[]): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), 'spillway-leaks-test-'))
  const journal = await openJournal({ folder: join(data, 'journal'), clock: { now: () => NOW.getTime() } })
  for (const record of records) journal.append(record)
  await journal.flush()
  await journal.close()
  onTestFinished(() => rmSync(data, { recursive: true }))
  return data
}

/** 30 answers, each of ten cents, of which a third are closed before their end. */
function closedAnswers(): CallRecord[] {
  return Array.from({ length: 30 }, (_, n) => callOf({ id: `call-${n}`, arrivedAt: NOW.getTime() - (n + 1) * 3 * HOUR, outcome: n % 3 === 0 ? 'client-aborted' : 'ok', usage: { inputUncached: 400, output: 100 }, cost: { nanoUsd: '100000000', status: 'complete', missing: [], priceVersion: 'own@1' }, fingerprint: `f${n}` }))
}

const leaks = (...argv: string[]): ReturnType<typeof run> => run(['leaks', ...argv], { io: { now: () => NOW } })
/** As `callOf` says. */
const TENANT = callOf().tenant

describe('spillway leaks', () => {
  it('says what leaked, why, and what to do, within 100 columns', async () => {
    const { stdout, exit } = await leaks('--data', await dataWith(closedAnswers()), '--tenant', TENANT)
    expect(exit).toBe(0)
    // Output weighs four times its tokens where no price is known: 400 of 800.
    expect(stdout).toContain('$0.50 of $3.00 leaked (16.7 %) in 14 days, 2026-11-11 to 2026-11-25 UTC, 30 calls.')
    expect(stdout).toMatch(/^[0-9a-f]{8} +\$0\.50 +\$3\.75 {2}\$\d+\.\d\d to \$\d\.\d\d +0\.95 {2}abandoned answers, /mu)
    expect(stdout).toContain('Mend: Show answers while they stream')
    expect(stdout).toContain('  Calls: call-27, call-24, call-21 and 7 more')
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
  })

  it('writes the requests as they would be without the leaks, which a plan can be made of', async () => {
    const data = await dataWith(closedAnswers())
    const file = join(data, 'lean.jsonl')
    expect((await leaks('--data', data, '--tenant', TENANT, '--lean', file)).exit).toBe(0)
    const lines = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { readonly output: number })
    expect(lines).toHaveLength(30)
    // What is closed is not generated.
    expect(lines.filter(({ output }) => output === 100)).toHaveLength(20)
    expect(await leaks('--data', data, '--tenant', TENANT, '--lean', file)).toMatchObject({ exit: 2, stderr: expect.stringContaining('there is such a file already') as string })
    const { stdout } = await run(['profile', '--traffic', file, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ requests: 30 })
  })

  it('one leak by the beginning of its id, and the same as JSON', async () => {
    const data = await dataWith(closedAnswers())
    const report = JSON.parse((await leaks('--json', '--data', data, '--tenant', TENANT)).stdout) as LeakReport
    expect(report).toMatchObject({ calls: 30, spentNanoUsd: '3000000000', lostNanoUsd: '500000000', perhapsNanoUsd: '0', limits: [], findings: [{ kind: 'abandoned', calls: 10 }] })
    const { id } = report.findings[0]!
    const { stdout } = await leaks(id.slice(0, 4), '--data', data, '--tenant', TENANT)
    expect(stdout).toContain('aborted share               0.333')
    expect(stdout).toContain('Calls that lost the most (10 of 10):')
    expect(JSON.parse((await leaks(id, '--json', '--data', data, '--tenant', TENANT)).stdout)).toEqual(report.findings[0])
    expect(await leaks('nothing', '--data', data, '--tenant', TENANT)).toMatchObject({ exit: 2, stderr: expect.stringContaining('error LEAK_UNKNOWN: no leak of this time has the id "nothing"') })
  })

  it('nothing to tell is told: of a tenant without calls, and of a time without leaks', async () => {
    const data = await dataWith(closedAnswers())
    expect((await leaks('--data', data, '--tenant', 'nobody')).stdout).toContain('No calls were recorded in this time.')
    expect((await leaks('--data', data, '--tenant', TENANT, '--since', '6h')).stdout).toContain('No leak was found.')
  })

  it.each([
    [['--since', '93d'], 'TELEMETRY_QUERY_INVALID'],
    [['--since', 'long'], 'CLI_USAGE'],
    [['--data', '/nowhere'], 'FILE_NOT_FOUND'],
  ])('%j is refused', async (argv, code) => expect(await leaks(...argv)).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining(`error ${code}`) }))

  it('leaves nothing behind', async () => {
    const data = await dataWith(closedAnswers())
    const temporary = mkdtempSync(join(tmpdir(), 'spillway-empty-'))
    vi.stubEnv('TMPDIR', temporary)
    onTestFinished(() => {
      vi.unstubAllEnvs()
      rmSync(temporary, { recursive: true })
    })
    expect(await leaks('--data', data, '--tenant', TENANT)).toMatchObject({ exit: 0 })
    expect(readdirSync(temporary)).toEqual([])
  })
})
