import type { CallIntent } from '../../core/call.ts'
import { SpillwayError } from '../../core/errors.ts'
import type { Journal } from '../../store/journal.ts'
import type { AuditStatus } from './start-audit.ts'

/**
 * Puts what is about to be served into the journal, of which the log is made, and waits for the disk. Rejects where the log has
 * stopped, the journal has no room, or the disk refuses.
 */
export function strictIntents(journal: Journal, status: () => AuditStatus | null): (intent: CallIntent) => Promise<void> {
  return async (intent) => {
    const stopped = status()?.stopped ?? null
    if (stopped !== null) throw new SpillwayError('AUDIT_WRITE_FAILED', `the audit log has stopped (${stopped})`, 'See the log of the gateway for the reason')
    const { lost } = journal.stats()
    journal.append(intent)
    if (journal.stats().lost > lost) throw new SpillwayError('AUDIT_WRITE_FAILED', 'the journal has no room', 'Free space or mend the disk')
    await journal.flush()
  }
}
