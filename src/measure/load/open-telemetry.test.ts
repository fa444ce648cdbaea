import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openJournal, type FileJournal } from '../../store/journal-file/open-journal.ts'
import { anObservation, aScore } from '../../store/telemetry/testing.ts'
import { callObservation } from './call-observation.ts'
import { openTelemetry, type Telemetry } from './open-telemetry.ts'
import { aCall } from './testing.ts'

const ALL = { from: 0, until: 4e12 } as const

async function opened(): Promise<{ readonly journal: FileJournal; readonly telemetry: Telemetry; readonly folder: string }> {
  const root = mkdtempSync(join(tmpdir(), 'spillway-telemetry-'))
  const journal = await openJournal({ folder: join(root, 'journal'), clock: { now: () => 1000 } })
  const folder = join(root, 'telemetry')
  const telemetry = await openTelemetry({ folder, journal: join(root, 'journal'), memoryMb: 128, threads: 1 })
  onTestFinished(async () => {
    await telemetry.close()
    await journal.close()
    rmSync(root, { recursive: true })
  })
  return { journal, telemetry, folder }
}

describe('telemetry in its thread', () => {
  it('loads the journal up to where it is told, and answers every question', async () => {
    const { journal, telemetry } = await opened()
    const call = aCall()
    journal.append(call)
    journal.append({ kind: 'observation', schemaVersion: 1, observation: anObservation({ id: 's' }) })
    journal.append({ kind: 'score', schemaVersion: 1, score: aScore({ traceId: call.attribution.traceId }) })
    await journal.flush()
    const { bytes } = journal.stats()
    journal.append(aCall({ id: 'later' }))
    await journal.flush()
    expect(await telemetry.load(bytes)).toEqual({ counts: { observations: 2, scores: 1, gaps: 0, lost: 0, other: 0, malformed: 0 }, position: bytes, more: false, grouped: 0 })
    expect(await telemetry.position()).toBe(bytes)
    expect(await telemetry.observation('default', call.id)).toEqual(callObservation(call))
    expect((await telemetry.calls('default', { ...ALL, limit: 9 })).calls.map(({ id }) => id)).toEqual([call.id, 's'])
    expect((await telemetry.trace('default', call.attribution.traceId!))!.scores).toHaveLength(1)
    expect(await telemetry.aggregate('default', { ...ALL, by: ['user'], measures: ['calls'] })).toEqual([{ at: null, group: ['ann'], values: { calls: 2 }, quantiles: [] }])
    expect(await telemetry.distribution('default', { ...ALL, metric: 'costNanoUsd' })).toMatchObject([{ calls: 2 }])
    await telemetry.seal(2e12)
    expect(await telemetry.stats()).toMatchObject({ observations: 2, sealedDays: 1 })
    await telemetry.retain(2e12)
    expect(await telemetry.stats()).toMatchObject({ observations: 0, scores: 0, sealedDays: 0 })
  })

  it('errors come out of the thread as they are', async () => {
    const { telemetry } = await opened()
    await expect(telemetry.calls('default', { ...ALL, limit: 0 })).rejects.toMatchObject({ code: 'TELEMETRY_QUERY_INVALID', mend: 'Ask for 1 to 1000' })
  })

  it('a second process is refused', async () => {
    const { folder } = await opened()
    const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('testing-child.ts', import.meta.url)), folder, folder], { encoding: 'utf8' })
    expect(status).not.toBe(0)
    expect(stderr).toContain('TELEMETRY_LOCKED')
  })

  it('after closing says so; closing twice is one closing', async () => {
    const { telemetry } = await opened()
    await Promise.all([telemetry.close(), telemetry.close()])
    await expect(telemetry.position()).rejects.toMatchObject({ code: 'TELEMETRY_CLOSED' })
  })
})
