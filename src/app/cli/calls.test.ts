import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openJournal, type FileJournal } from '../../store/journal-file/open-journal.ts'
import { tailCalls, type Tailed } from '../calls-tail.ts'
import { callOf } from '../../core/testing.ts'
import { callsCommand } from './calls.ts'
import type { Io } from './io.ts'

async function dataWith(records: readonly object[], segmentBytes = 5000): Promise<{ data: string; journal: FileJournal }> {
  const data = mkdtempSync(join(tmpdir(), 'spillway-calls-'))
  const journal = await openJournal({ folder: join(data, 'journal'), clock: { now: () => Date.parse('2026-11-25T09:00:00Z') }, segmentBytes })
  onTestFinished(async () => {
    await journal.close()
    rmSync(data, { recursive: true })
  })
  for (const record of records) journal.append(record)
  await journal.flush()
  return { data, journal }
}

async function tail(...argv: string[]): Promise<string> {
  let stdout = ''
  const io: Io = { stdout: (text) => void (stdout += text), stderr: () => {}, ask: null, columns: 100, color: false, progress: false, live: false, env: {}, now: () => new Date() }
  await new Command('spillway').addCommand(callsCommand(io)).parseAsync(['calls', 'tail', ...argv], { from: 'user' })
  return stdout
}

const numbered = (count: number): object[] => Array.from({ length: count }, (_, n) => callOf({ id: `call-${n}`, pool: n % 3 === 0 ? 'spill' : 'floor', outcome: n % 5 === 0 ? 'timed-out' : 'ok' }))
const ids = (json: string): string[] => json.trim().split('\n').map((line) => (JSON.parse(line) as { id: string }).id)

describe('spillway calls tail', () => {
  it('a line a call', async () => {
    const { data } = await dataWith([callOf(), callOf({ pool: null, reason: 'budget_exceeded', outcome: 'refused', ttftMs: null, totalMs: 1, cost: { nanoUsd: '0', status: 'unknown', missing: [], priceVersion: '' } }), callOf({ totalMs: 61_000, cost: { nanoUsd: '1234567', status: 'estimated', missing: [], priceVersion: '' } })])
    expect(await tail('--data', data)).toBe(
      [
        'time (UTC)           outcome          pool          reason            model             ttft     total    USD',
        '2026-11-25 08:00:00  ok               floor         floor             llama-3.1-8b      80ms     1.20s    0.00150',
        '2026-11-25 08:00:00  refused          -             budget_exceeded   llama-3.1-8b      -        1ms      unknown',
        '2026-11-25 08:00:00  ok               floor         floor             llama-3.1-8b      80ms     61.0s    ~0.00123',
        '',
      ].join('\n'),
    )
  })

  it('the last 20, or as many as asked for, over the borders of segments', async () => {
    const { data } = await dataWith(numbered(200))
    expect(ids(await tail('--json', '--data', data))).toEqual(Array.from({ length: 20 }, (_, n) => `call-${180 + n}`))
    expect(ids(await tail('--json', '--data', data, '-n', '150'))).toEqual(Array.from({ length: 150 }, (_, n) => `call-${50 + n}`))
    expect(ids(await tail('--json', '--data', data, '-n', '1000'))).toHaveLength(200)
    expect(await tail('--json', '--data', data, '-n', '0')).toBe('')
  })

  it('by pool and by outcome', async () => {
    const { data } = await dataWith(numbered(60))
    expect(ids(await tail('--json', '--data', data, '-n', '3', '--pool', 'spill'))).toEqual(['call-51', 'call-54', 'call-57'])
    expect(ids(await tail('--json', '--data', data, '-n', '2', '--pool', 'spill', '--outcome', 'timed-out'))).toEqual(['call-30', 'call-45'])
  })

  it('gaps are shown, whatever is asked for: what is missing might have been it; other records are not', async () => {
    const { data } = await dataWith([callOf(), { kind: 'prewarm' }, { kind: 'gap', schemaVersion: 1, reason: 'queue-full', lost: 3, from: Date.parse('2026-11-25T08:00:00Z'), until: Date.parse('2026-11-25T08:01:00Z') }, { kind: 'gap', schemaVersion: 1, reason: 'crash', lost: null, from: null, until: Date.parse('2026-11-25T08:02:00Z') }])
    expect((await tail('--data', data, '--pool', 'spill')).split('\n').slice(1, -1)).toEqual(['2026-11-25 08:01:00  gap: 3 records are missing since 2026-11-25 08:00:00 (queue-full)', '2026-11-25 08:02:00  gap: an unknown number of records is missing (crash)'])
  })

  it('what clients write cannot forge lines or move the cursor', async () => {
    const { data } = await dataWith([callOf({ modelAsked: 'a\n2026-11-25 \u001b[2J' })])
    const lines = (await tail('--data', data)).split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[1]).not.toMatch(/[\u0000-\u001f]/u)
  })

  it('without a journal: FILE_NOT_FOUND', async () => {
    await expect(tail('--data', '/nowhere')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it('--follow goes on with what comes, into new segments too, until it is stopped', async () => {
    const { data, journal } = await dataWith(numbered(3))
    const stop = new AbortController()
    const seen: Tailed[] = []
    let came: (() => void) | undefined
    const done = (async () => {
      for await (const record of tailCalls({ folder: join(data, 'journal'), lines: 2, follow: true, signal: stop.signal, pollMs: 1 })) {
        seen.push(record)
        came?.()
      }
    })()
    const until = async (count: number): Promise<void> => {
      while (seen.length < count) await new Promise<void>((resolve) => (came = resolve))
    }
    await until(2)
    for (let n = 3; n < 50; n++) journal.append(callOf({ id: `call-${n}` }))
    await journal.flush()
    await until(49)
    stop.abort()
    await done
    expect(seen.map((record) => (record.kind === 'call' ? record.id : ''))).toEqual(Array.from({ length: 49 }, (_, n) => `call-${n + 1}`))
  })
})
