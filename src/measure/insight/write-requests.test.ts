import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readTraffic } from '../traffic/read-traffic.ts'
import type { LeanRequest } from './analyse.ts'
import { writeRequests } from './write-requests.ts'

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-requests-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'trace.jsonl')
}

async function* requests(count: number): AsyncGenerator<LeanRequest> {
  await Promise.resolve()
  for (let n = 0; n < count; n++) yield { at: Date.UTC(2026, 10, 20) + n * 60_000.5, inputTokens: 100 + n, cachedTokens: n === 0 ? 1000 : 10, outputTokens: 5, durationMs: 1 }
}

// oxlint-disable-next-line require-yield -- it fails before it has anything
async function* broken(): AsyncGenerator<LeanRequest> {
  await Promise.resolve()
  throw new Error('the source is gone')
}

it('are a trace that the planner reads', async () => {
  const file = scratch()
  await writeRequests(file, requests(5000))
  expect(await readTraffic({ file }, { skipBadRows: false })).toMatchObject({ rows: 5000 })
  // More from the cache than there was would be no trace.
  expect(JSON.parse(readFileSync(file, 'utf8').split('\n')[0]!)).toEqual({ t: '2026-11-20T00:00:00.000Z', input: 100, output: 5, cached: 100 })
})

it('replace no file, and say which folder there is not', async () => {
  const file = scratch()
  writeFileSync(file, 'mine')
  await expect(writeRequests(file, requests(1))).rejects.toMatchObject({ code: 'FILE_NOT_WRITABLE', message: 'there is such a file already', place: { file } })
  expect(readFileSync(file, 'utf8')).toBe('mine')
  await expect(writeRequests(join(file, 'x'), requests(1))).rejects.toMatchObject({ code: 'FILE_NOT_WRITABLE', message: 'the trace cannot be written (ENOTDIR)' })
})

it('that cannot be read are an error of whoever reads them', async () => {
  await expect(writeRequests(scratch(), broken())).rejects.toThrow('the source is gone')
})
