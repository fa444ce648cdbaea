import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { all } from '../journal.contract.ts'
import { openJournal } from './open-journal.ts'
import { journalReader } from './read-journal.ts'
import { canMount, fillDisk, smallDisk } from './testing-small-disk.ts'

const QUEUE_CHARS = 100_000

describe.runIf(canMount)('a disk that is really full (ENOSPC)', () => {
  it('memory stays within its limit; when there is space again all that waited is written, and a gap record says what was lost', async () => {
    const root = mkdtempSync(join(tmpdir(), 'spillway-full-'))
    onTestFinished(() => rmSync(root, { recursive: true }))
    const folder = join(root, 'journal')
    smallDisk(folder, 1)
    const journal = await openJournal({ folder, clock: { now: () => 1000 }, segmentBytes: 50_000, queueChars: QUEUE_CHARS })
    let next = 0
    const append = (): void => journal.append({ n: next++, text: 'x'.repeat(200) })
    append()
    await journal.flush()
    const free = fillDisk(folder)
    // What is left of the last page still takes some.
    for (;;) {
      append()
      const failure = await journal.flush().then(() => null, (error: unknown) => error)
      if (failure !== null) break
    }
    expect(journal.stats().failure).toBe('the disk is full (ENOSPC)')
    for (let more = 0; more < 1000; more++) append()
    const { lost, waiting } = journal.stats()
    expect(lost).toBeGreaterThan(500)
    expect(waiting).toBeLessThanOrEqual(QUEUE_CHARS)
    free()
    await vi.waitFor(() => journal.flush(), { timeout: 30_000 })
    append()
    await journal.flush()
    expect(journal.stats()).toMatchObject({ failure: null, lost, waiting: 0 })
    await journal.close()

    const records = (await all(journalReader(folder), 0)).map(({ record }) => record as { n?: number; kind?: string; reason?: string; lost?: number })
    expect(records.filter(({ kind }) => kind === 'gap')).toMatchObject([{ reason: 'queue-full', lost }])
    const numbers = records.flatMap(({ n }) => n ?? [])
    const kept = next - 1 - lost
    expect(numbers).toEqual([...Array.from({ length: kept }, (_, n) => n), next - 1])
  })
})
