import { SpillwayError } from '../../core/errors.ts'
import type { Journal, JournalEntry, JournalReader } from '../journal.ts'

/** A journal that forgets with the process, for tests and demos. Positions count records. */
export function memoryJournal(): Journal & JournalReader {
  const texts: string[] = []
  let closed = false
  let lost = 0
  let bytes = 0
  return {
    append: (record) => {
      if (closed) throw new SpillwayError('JOURNAL_CLOSED', 'the journal is closed', 'This is a defect of Spillway; please report it')
      try {
        const text = JSON.stringify(record)
        bytes += text.length
        texts.push(text)
      } catch {
        lost++
        texts.push(JSON.stringify({ kind: 'gap', schemaVersion: 1, reason: 'not-json', lost: 1, from: null, until: 0 }))
      }
    },
    flush: () => Promise.resolve(),
    close: () => {
      closed = true
      return Promise.resolve()
    },
    stats: () => ({ appended: texts.length, durable: texts.length, lost, bytes }),
    async *read(position): AsyncGenerator<JournalEntry, void, undefined> {
      for (let at = position; at < texts.length; at++) yield { position: at, next: at + 1, record: JSON.parse(texts[at]!) as unknown }
    },
  }
}
