import { IngestError } from '../../measure/ingest/ingest-error.ts'
import type { FileJournal } from '../../store/journal-file/open-journal.ts'
import type { IngestRecord } from './records.ts'

/** Characters that wait for the disk above which telemetry has to wait: the rest of the queue is for calls. */
const MOST_WAITING = 32 * 1024 * 1024

export type KeeperJournal = Pick<FileJournal, 'append' | 'flush'> & { readonly stats: () => { readonly lost: number; readonly waiting: number } }

/** Puts records into the journal and resolves when they are on disk. Rejects with busy or not_durable: then the client sends them again. */
export async function keep(journal: KeeperJournal, records: readonly IngestRecord[]): Promise<void> {
  if (records.length === 0) return
  const { waiting, lost } = journal.stats()
  if (waiting > MOST_WAITING) throw new IngestError('busy', 'The disk is behind: send this again in a moment.')
  try {
    for (const record of records) journal.append(record)
    // Appending and losing happen in this turn, so that what was lost was ours.
    const ours = journal.stats().lost - lost
    await journal.flush()
    if (ours === 0) return
  } catch {
    // Full, failed or closed: all the same to the client.
  }
  throw new IngestError('not_durable', 'The journal did not take this: send it again in a moment.')
}
