import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Observation, Score } from '../../core/observation.ts'
import { lockFile } from '../../store/file-lock.ts'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { anObservation, aScore, T0 } from '../../store/telemetry/testing.ts'
import { startApi, type TestApi } from '../api/testing.ts'
import { recordsOf } from '../ingest/records.ts'
import { type CliRun, run } from './testing.ts'

const NOW = T0 + 3_600_000
const io = { now: () => new Date(NOW) }
const call = (id: string, user: string | null, nanoUsd: string, parts: Parameters<typeof anObservation>[0] = {}): Observation => anObservation({ tenant: 'acme', id, cost: { nanoUsd }, ...parts, attribution: { user, ...parts.attribution } })
const inTrace = (spanId: string, parentSpanId: string | null, parts: Parameters<typeof anObservation>[0] = {}): Observation => anObservation({ tenant: 'acme', id: `t1:${spanId}`, spanId, ...parts, attribution: { user: null, traceId: 't1', parentSpanId, ...parts.attribution } })
const observations: readonly Observation[] = [
  call('one', 'ann', '12345678901'),
  call('two', 'ann', '1', { startedAt: T0 + 1000, outcome: 'timed-out' }),
  call('three', 'bob\u001B[31m', '500000000', { startedAt: T0 + 2000, cost: { nanoUsd: '500000000', status: 'estimated' }, attribution: { tags: { team: 'core' } } }),
  inTrace('a', null, { kind: 'agent', name: 'answer', billable: false, startedAt: T0 + 3000, durationMs: 2500, modelAsked: null, modelServed: null, usage: {} }),
  inTrace('b', 'a', { name: 'chat', startedAt: T0 + 3010, durationMs: 900, cost: { nanoUsd: '2000000' } }),
  inTrace('c', 'a', { kind: 'tool', name: 'execute_tool', billable: false, startedAt: T0 + 4000, durationMs: 30, usage: {}, outcome: 'error', tool: { name: 'search', argumentsHash: 'x', resultHash: null } }),
  anObservation({ tenant: 'rival', id: 'foreign' }),
]
const scores: readonly Score[] = [aScore({ tenant: 'acme', id: 's1', name: 'done', traceId: 't1', value: 1 }), aScore({ tenant: 'acme', id: 's2', name: 'done', observationId: 'one', value: 0 })]

const folder = mkdtempSync(join(tmpdir(), 'spillway-ask-'))
let api: TestApi
beforeAll(async () => {
  const journal = await openJournal({ folder: join(folder, 'journal'), clock: { now: () => NOW } })
  for (const record of recordsOf(observations, scores)) journal.append(record)
  await journal.flush()
  await journal.close()
  api = await startApi(observations, scores, NOW)
})
afterAll(async () => {
  await api.close()
  rmSync(folder, { recursive: true })
})

/** Both ways to ask the same. */
const ways: Readonly<Record<string, () => readonly string[]>> = {
  'a server, with a key': () => ['--url', api.base, '--key', 'sw_acme'],
  'the data directory of a server that does not run': () => ['--data', folder, '--tenant', 'acme'],
}
const widest = ({ stdout }: CliRun): number => Math.max(...stdout.split('\n').map((line) => line.length))

describe.each(Object.entries(ways))('%s', (_, way) => {
  it('top: who costs most, what was not said, and the total', async () => {
    const result = await run(['top', '--by', 'user', ...way()], { io })
    expect([result.stderr, result.exit]).toEqual(['', 0])
    expect(result.stdout).toMatch(/^ann +12\.35 +96\.1 % +2 +1 /mu)
    expect(result.stdout).toMatch(/^bob\\u001b\[31m +~0\.5 +3\.9 % +1 +0 /mu)
    expect(result.stdout).toMatch(/^\(not said\) +0\.002 /mu)
    expect(result.stdout).toMatch(/^\(total\) +~12\.85 +100\.0 % +4 +1 /mu)
    expect(result.stdout).toContain('~ some of it is estimated or has no price: 1 of 4 calls.')
    expect(widest(result)).toBeLessThanOrEqual(100)
  })

  it('top: the rest in a row, by two dimensions, per success, within 100 columns', async () => {
    const result = await run(['top', '--by', 'user,tag:team', '-n', '1', '--success', 'done>=1', ...way()], { io })
    expect(result.stdout).toMatch(/^ann +\(not said\) .* 0 of 1 +unknown$/mu)
    expect(result.stdout).toMatch(/^\(others\) /mu)
    expect(result.stdout).toMatch(/^\(total\).* 1 of 2 +12\.35$/mu)
    expect(widest(result)).toBeLessThanOrEqual(100)
  })

  it('calls list: newest first, filtered', async () => {
    const all = await run(['calls', 'list', ...way()], { io })
    expect(all.stdout.split('\n').slice(0, 4).map((line) => line.slice(0, 8))).toEqual(['2026-11-', '', 'time (UT', '08:00:03'])
    expect(all.stdout).not.toContain('foreign')
    expect(widest(all)).toBeLessThanOrEqual(100)
    const some = await run(['calls', 'list', '--where', 'user=ann', '--where', 'outcome=timed-out', '--json', ...way()], { io })
    expect((JSON.parse(some.stdout) as { readonly calls: readonly { readonly id: string }[] }).calls.map(({ id }) => id)).toEqual(['two'])
    const tagged = await run(['calls', 'list', '--where', 'tag:team=core', '--json', ...way()], { io })
    expect((JSON.parse(tagged.stdout) as { readonly calls: readonly unknown[] }).calls).toHaveLength(1)
  })

  it('calls list: a page says how to go on', async () => {
    const first = await run(['calls', 'list', '-n', '3', ...way()], { io })
    const [, cursor] = /^More: --cursor (\S+)$/mu.exec(first.stdout)!
    const second = await run(['calls', 'list', '-n', '3', '--cursor', cursor!, ...way()], { io })
    expect(second.stdout).toMatch(/ one$/mu)
    expect(second.stdout).not.toContain('More:')
  })

  it('trace: the tree with durations, costs and scores', async () => {
    const result = await run(['trace', 't1', ...way()], { io })
    expect(result.stdout).toMatch(/^Trace t1 {3}2026-11-25 08:00:03 UTC {3}2\.50s {3}1 calls {3}0\.002 USD$/mu)
    expect(result.stdout).toMatch(/^answer .* \+0ms +2\.50s +- +0\.002$/mu)
    expect(result.stdout).toMatch(/^ {2}chat .*Llama.* \+10ms +900ms +120\/55 +0\.002$/mu)
    expect(result.stdout).toMatch(/^ {2}execute_tool +search +error +\+1\.00s +30ms +- +-$/mu)
    expect(result.stdout).toContain('Score done: 1')
    expect(widest(result)).toBeLessThanOrEqual(100)
  })

  it('what the API refuses is said with its words', async () => {
    for (const [argv, words] of [[['trace', 'nothing'], 'not_found'], [['top', '--by', 'tenant'], 'dimension'], [['top', '--since', 'soon'], 'how long ago'], [['calls', 'list', '--where', 'colour=red'], 'unknown_parameter']] as const) {
      const { exit, stderr } = await run([...argv, ...way()], { io })
      expect(exit).toBe(2)
      expect(stderr).toMatch(new RegExp(`^error API_REFUSED: .*${words}`, 'u'))
    }
  })
})

describe('where to ask', () => {
  it('the environment says it, too', async () => {
    const { stdout, exit } = await run(['top', '--json'], { io: { ...io, env: { SPILLWAY_URL: `${api.base}/`, SPILLWAY_KEY: 'sw_rival' } } })
    expect([exit, (JSON.parse(stdout) as { readonly total: unknown }).total]).toMatchObject([0, [{ calls: 1 }]])
  })

  it.each<[string, readonly string[], RegExp]>([
    ['a folder without a journal', ['--data', tmpdir()], /FILE_NOT_FOUND.*--key/u],
    ['a server without a key', ['--url', 'http://127.0.0.1:1'], /CLI_USAGE.*--key/u],
    ['both ways at once', ['--data', tmpdir(), '--key', 'x'], /CLI_USAGE/u],
    ['no address', ['--url', 'localhost', '--key', 'x'], /CLI_USAGE.*no address/u],
    ['nobody there', ['--url', 'http://127.0.0.1:1', '--key', 'x'], /API_UNREACHABLE.*Check --url/u],
    ['a filter that is none', ['--where', 'ann', '--key', 'x'], /CLI_USAGE.*user=ann/u],
  ])('%s is refused with the mend', async (_, argv, words) => {
    const { exit, stderr } = await run(['top', ...argv], { io })
    expect([exit, stderr]).toEqual([2, expect.stringMatching(words)])
  })

  it('a wrong key is said', async () => {
    const { stderr } = await run(['top', '--url', api.base, '--key', 'sw_wrong'], { io })
    expect(stderr).toMatch(/^error API_REFUSED: invalid_api_key: .*spillway keys/u)
  })

  it('what answers otherwise is no Spillway', async () => {
    const other = createServer((_, response) => response.end('<html>'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { stderr } = await run(['top', '--url', `http://127.0.0.1:${(other.address() as AddressInfo).port}`, '--key', 'x'], { io })
    expect(stderr).toMatch(/API_UNREACHABLE.*does not answer as Spillway does/u)
    other.close()
  })

  it('the data directory of a server that runs is left alone', async () => {
    const unlock = lockFile(join(folder, 'journal', 'lock'))
    const { exit, stderr } = await run(['top', '--data', folder], { io })
    unlock()
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/TELEMETRY_LOCKED.*give --key/u)])
  })
})
