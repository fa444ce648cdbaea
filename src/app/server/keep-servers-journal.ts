import type { Clock } from '../../core/clock.ts'
import type { GatewayLog } from '../../route/gateway/deps.ts'
import { type JournalKeeper, keepJournal } from '../../store/journal-file/keep-journal.ts'
import type { FileJournal } from '../../store/journal-file/open-journal.ts'
import type { RetentionLimits } from '../../store/journal-file/retention.ts'

interface Options {
  readonly folder: string
  readonly limits: () => RetentionLimits
  readonly clock: Clock
  readonly log: GatewayLog
}

/** Keeps a server's journal within its limits, and says in its log what went wrong. */
export function keepServersJournal(journal: FileJournal, { folder, limits, clock, log }: Options): JournalKeeper {
  return keepJournal({
    folder,
    journal,
    limits,
    clock,
    onUnread: ({ readers, bytes }) => log.error({ readers, bytes }, 'the journal is larger than journal.maxSize: records were removed that had not been read. Give it more room, or see why the readers are behind'),
    onTrouble: (error) => (error === null ? log.info({}, 'the journal can be kept within its limits again') : log.error({ code: (error as NodeJS.ErrnoException).code ?? 'unknown' }, 'the journal cannot be kept within its limits')),
    later: (work, ms) => {
      const timer = setTimeout(work, ms).unref()
      return () => clearTimeout(timer)
    },
  })
}
