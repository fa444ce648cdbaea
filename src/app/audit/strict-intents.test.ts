import { expect, it } from 'vitest'
import type { CallIntent } from '../../core/call.ts'
import { memoryJournal } from '../../store/journal-file/memory-journal.ts'
import { strictIntents } from './strict-intents.ts'

const intent: CallIntent = { kind: 'intent', schemaVersion: 1, id: 'call_1', tenant: 'acme', keyId: 'k', api: 'chat', modelAsked: 'm', arrivedAt: 0, configVersion: 'v' }
const running = { stopped: null, size: 0, witnesses: [] }

it('waits until the journal has it on disk', async () => {
  const journal = memoryJournal()
  const flushed = Promise.withResolvers<void>()
  let done = false
  const intended = strictIntents({ ...journal, flush: () => flushed.promise }, () => running)(intent).then(() => (done = true))
  await new Promise(setImmediate)
  expect([journal.stats().appended, done]).toEqual([1, false])
  flushed.resolve()
  expect(await intended).toBe(true)
})

it('rejects where the disk refuses, the journal has no room, or the log has stopped', async () => {
  const journal = memoryJournal()
  await expect(strictIntents({ ...journal, flush: () => Promise.reject(new Error('full')) }, () => running)(intent)).rejects.toThrow('full')
  let lost = 0
  await expect(strictIntents({ ...journal, append: () => void lost++, stats: () => ({ ...journal.stats(), lost }) }, () => running)(intent)).rejects.toMatchObject({ code: 'AUDIT_WRITE_FAILED' })
  const before = journal.stats().appended
  await expect(strictIntents(journal, () => ({ ...running, stopped: 'AUDIT_FORKED' }))(intent)).rejects.toMatchObject({ message: expect.stringContaining('AUDIT_FORKED') })
  expect(journal.stats().appended).toBe(before)
})
