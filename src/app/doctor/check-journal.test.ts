import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { segmentName } from '../../store/journal-file/segment.ts'
import { checkJournal } from './check-journal.ts'
import type { Finding } from './finding.ts'

const DAY_MS = 86_400_000
/** A file is begun when it is made; the clock of the check runs ahead of it. */
const begun = Date.now()

function folderWith(...sizes: number[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-check-journal-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [index, bytes] of sizes.entries()) writeFileSync(join(folder, segmentName(index * 1000)), Buffer.alloc(bytes))
  return folder
}

/** What is said of 2 MB that came within `days`, with so much free. */
function said(days: number, free: number, limits: { keepMs?: number | null; maxBytes?: number } = {}): Finding[] {
  return checkJournal(folderWith(1e6, 1e6), { keepMs: 30 * DAY_MS, maxBytes: 1e9, ...limits }, begun + days * DAY_MS, () => free)
}

describe('checkJournal', () => {
  it('says nothing where there is none', () => {
    expect(checkJournal(folderWith(), { keepMs: null, maxBytes: 1e9 }, begun)).toEqual([])
    expect(checkJournal(join(folderWith(), 'none'), { keepMs: null, maxBytes: 1e9 }, begun)).toEqual([])
  })

  it.each<[string, number, number, Parameters<typeof said>[2], Partial<Finding>]>([
    ['too young for a rate', 0, 50e9, {}, { status: 'ok', message: '2 MB of at most 1.0 GB; too young to tell how fast it grows' }],
    ['everything fits', 2, 50e9, {}, { status: 'ok', message: expect.stringMatching(/^2 MB of at most 1\.0 GB, (1 MB|1000 KB) a day; at this rate the disk \(50\.0 GB free\) lasts more than 10 years/u) }],
    ['nothing came for long', 30, 50e9, {}, { status: 'ok', message: '2 MB of at most 1.0 GB, 0 KB a day' }],
    ['the disk is full before the limits hold', 2, 10e6, {}, { status: 'warn', message: expect.stringMatching(/lasts (9|10) days, and the limits of the journal let it grow further/u), mend: 'Free space, or set journal.maxSize to 10 MB or less' }],
    ['the disk is full within hours', 2, 0.5e6, {}, { status: 'warn', message: expect.stringMatching(/lasts 1[12] hours/u) }],
    ['little is free, and what is kept needs no more', 2, 10e6, { keepMs: DAY_MS }, { status: 'ok' }],
    ['little is free, and the limit is smaller', 2, 10e6, { keepMs: null, maxBytes: 11e6 }, { status: 'ok' }],
    ['the limit holds less than is to be kept', 2, 50e9, { maxBytes: 10e6 }, { status: 'warn', message: expect.stringMatching(/journal\.maxSize holds (9|10) days, journal\.keep asks for 30 days/u) }],
  ])('%s', (_, days, free, limits, expected) => {
    expect(said(days, free, limits)).toEqual([expect.objectContaining({ check: 'journal', ...expected })])
  })

  it.each([
    [1, 1],
    [40, 0],
  ])('records that a reader has missed, %d days ago: %d warning', (ago, warnings) => {
    const folder = folderWith(1000)
    writeFileSync(join(folder, 'removed-unread.json'), JSON.stringify({ at: Date.UTC(2026, 10, 25), readers: ['audit'], from: null, until: 1, bytes: 64e6 }))
    const found = checkJournal(folder, { keepMs: null, maxBytes: 1e9 }, Date.UTC(2026, 10, 25) + ago * DAY_MS).slice(1)
    expect(found.map(({ status, message }) => `${status}: ${message}`)).toEqual(Array.from({ length: warnings }, () => 'warn: on 2026-11-25 it was too large, and 64 MB were removed that had not been read by: audit'))
  })
})
