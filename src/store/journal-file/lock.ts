import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SpillwayError } from '../../core/errors.ts'

export interface JournalLock {
  /** The last writer did not close the journal: it crashed or was killed. */
  readonly unclean: boolean
  /** `clean`: all that was appended is on disk, so that the next to open it need not look for a loss. */
  readonly release: (clean: boolean) => void
}

/**
 * One writer a folder. The lock is the operating system's, on the file `lock`: the kernel drops it with the process, however it
 * ends, so that there are no stale locks and no guesses about process ids (a container's is always 1). Node has no call for
 * such locks but SQLite takes one; the file stays empty. A second file, `open`, is there while the journal is open. Throws
 * JOURNAL_LOCKED.
 */
export function lockJournal(folder: string): JournalLock {
  const database = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    throw new SpillwayError('JOURNAL_LOCKED', 'another Spillway writes to this journal', 'Stop it, or give this one a data folder of its own (SPILLWAY_DATA)', { file: folder }, { cause: error })
  }
  const marker = join(folder, 'open')
  const unclean = existsSync(marker)
  writeFileSync(marker, '')
  return {
    unclean,
    release: (clean) => {
      if (clean) rmSync(marker, { force: true })
      database.close()
    },
  }
}
