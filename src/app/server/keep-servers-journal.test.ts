import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { keepServersJournal } from './keep-servers-journal.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-servers-journal-'))

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true })
})

it('looks every ten seconds, tells of what nobody has read and of what fails, once, and stops', async () => {
  const lines: [string, object, string][] = []
  const note = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message])
  const journal = await openJournal({ folder, clock: { now: () => 1000 }, segmentBytes: 100 })
  for (let n = 0; n < 5; n++) {
    journal.append({ n, text: 'x'.repeat(100) })
    await journal.flush()
  }
  const keeper = keepServersJournal(journal, { folder, limits: () => ({ keepMs: null, maxBytes: 300 }), clock: { now: () => 1000 }, log: { info: note('info'), warn: note('warn'), error: note('error') } })
  keeper.hold('audit', () => 0)
  keeper.start()
  const before = readdirSync(folder).length
  await vi.advanceTimersByTimeAsync(9999)
  expect([readdirSync(folder).length, lines]).toEqual([before, []])
  await vi.advanceTimersByTimeAsync(1)
  await vi.waitFor(() => expect(keeper.stats().removedUnread).toBeGreaterThan(0))
  expect(lines).toEqual([['error', { readers: ['audit'], bytes: expect.any(Number) }, expect.stringMatching(/^the journal is larger than journal\.maxSize: records were removed that had not been read/u)]])
  await keeper.stop()
  expect(vi.getTimerCount()).toBe(0)
  await journal.close()
})
