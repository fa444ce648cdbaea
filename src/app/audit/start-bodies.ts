import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { SpillwayError } from '../../core/errors.ts'
import { redaction } from '../../prove/bodies/redact.ts'
import type { AuditConfig } from '../../route/config-types.ts'
import type { GatewayLog } from '../../route/gateway/deps.ts'
import type { BodyKeeper } from '../../route/gateway/body-tap.ts'
import type { ControlStore } from '../../store/control.ts'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { readAudit } from './audit-home.ts'
import { keepBodies } from './keep-bodies.ts'

/** Bodies are longer than records: twice the most that is kept of each, as JSON in base64. */
const MAX_RECORD_CHARS = 64 * 1024 * 1024

/** Where the encrypted bodies of a data folder are, apart from the records. */
export function bodiesFolder(dataDir: string): string {
  return join(dataDir, 'bodies')
}

export interface RunningBodies {
  readonly keeper: BodyKeeper
  /** Writes what it has taken. */
  readonly stop: () => Promise<void>
}

export async function startBodies({ dataDir, store, settings, clock, log }: { readonly dataDir: string; readonly store: ControlStore; readonly settings: NonNullable<AuditConfig['bodies']>; readonly clock: Clock; readonly log: GatewayLog }): Promise<RunningBodies> {
  const { keys } = readAudit(dataDir)
  const journal = await openJournal({ folder: bodiesFolder(dataDir), clock, maxRecordChars: MAX_RECORD_CHARS, queueChars: 2 * MAX_RECORD_CHARS })
  const keeper = keepBodies({
    store,
    keys,
    journal,
    maxBytes: settings.maxBytes,
    redact: redaction(settings.redact),
    random: randomBytes,
    onFailure: (error) => log.error({ code: error instanceof SpillwayError ? error.code : 'INTERNAL' }, 'a body was not kept, though its call says so'),
  })
  return {
    keeper,
    stop: async () => {
      await keeper.idle()
      await journal.close()
    },
  }
}
