import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../../core/clock.ts'
import { SpillwayError } from '../../core/errors.ts'
import { redaction } from '../../prove/bodies/redact.ts'
import type { ActRecord } from '../../prove/sequence/journal-leaves.ts'
import type { BodiesConfig } from '../../route/config-types.ts'
import type { GatewayLog } from '../../route/gateway/deps.ts'
import type { BodyKeeper } from '../../route/gateway/body-tap.ts'
import type { ControlStore } from '../../store/control.ts'
import { keepJournal } from '../../store/journal-file/keep-journal.ts'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { readAudit } from './audit-home.ts'
import { keepBodies } from './keep-bodies.ts'
import { redactElsewhere } from './redact-elsewhere.ts'

/** Bodies are longer than records: twice the most that is kept of each, as JSON in base64. */
const MAX_RECORD_CHARS = 64 * 1024 * 1024
/** What waits for a hook when the server stops has so long; the rest is not kept. */
const STOP_MS = 10_000

/** Where the encrypted bodies of a data folder are, apart from the records. */
export function bodiesFolder(dataDir: string): string {
  return join(dataDir, 'bodies')
}

export interface RunningBodies {
  readonly keeper: BodyKeeper
  /** Writes what it has taken. */
  readonly stop: () => Promise<void>
}

interface BodiesOptions {
  readonly dataDir: string
  readonly store: ControlStore
  readonly settings: BodiesConfig
  /** Into the journal of the records. */
  readonly append: (record: ActRecord) => void
  readonly clock: Clock
  readonly log: GatewayLog
  /** Calls `work` after so long; gives what cancels it. */
  readonly later?: (work: () => void, ms: number) => () => void
}

/** Throws CONFIG_INVALID where the configuration's hook or patterns cannot redact, and what opening a journal throws. */
export async function startBodies({ dataDir, store, settings, append, clock, log, later = afterwards }: BodiesOptions): Promise<RunningBodies> {
  const { keys } = readAudit(dataDir)
  const { redact, patterns = {}, hook = null, keepMs = null } = settings
  const redactor = hook === null && Object.keys(patterns).length === 0 ? null : await redactElsewhere({ rules: redact, patterns, hook })
  const folder = bodiesFolder(dataDir)
  const journal = await openJournal({ folder, clock, maxRecordChars: MAX_RECORD_CHARS, queueChars: 2 * MAX_RECORD_CHARS }).catch(async (error: unknown) => {
    await redactor?.stop()
    throw error
  })
  const retention = keepJournal({
    folder,
    journal,
    limits: () => ({ keepMs, maxBytes: Infinity }),
    clock,
    onUnread: () => {},
    onTrouble: (error) => (error === null ? log.info({}, 'old bodies can be removed again') : log.error({ code: (error as NodeJS.ErrnoException).code ?? 'unknown' }, 'old bodies cannot be removed')),
    later,
  })
  retention.start()
  const keeper = keepBodies({
    store,
    keys,
    journal,
    maxBytes: settings.maxBytes,
    redact: redaction(redact),
    later: redactor === null ? null : { redactor, append },
    random: randomBytes,
    // What a hook says may hold a piece of a body: it goes into no log.
    onFailure: (error) => log.error({ code: error instanceof SpillwayError ? error.code : 'INTERNAL' }, redactor === null ? 'a body was not kept, though its call says so' : 'a body was not kept: it could not be redacted or stored'),
  })
  return {
    keeper,
    stop: async () => {
      await Promise.race([keeper.idle(), pause(STOP_MS, undefined, { ref: false })])
      await redactor?.stop()
      await keeper.idle()
      await retention.stop()
      await journal.close()
    },
  }
}

function afterwards(work: () => void, ms: number): () => void {
  const timer = setTimeout(work, ms).unref()
  return () => clearTimeout(timer)
}
