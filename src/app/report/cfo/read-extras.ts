import { SpillwayError } from '../../../core/errors.ts'
import { VERIFIER_KEY } from '../../../prove/log/log-files.ts'
import { openCheckpoint } from '../../../prove/note/checkpoint.ts'
import { parseVerifierKey } from '../../../prove/note/keys.ts'
import { directorySource } from '../../../prove/tiles/tile-source.ts'
import { currentCheckpoint } from '../../../prove/verify/prove-entry.ts'
import { auditFolder } from '../../audit/audit-home.ts'
import type { ReportExtras } from './cfo-data.ts'

/** The newest checkpoint of a data folder's audit log, for the report to name; null where there is none that can be read. `now`: Unix ms. */
export async function readCheckpoint(dataDir: string, now: number): Promise<ReportExtras['audit']> {
  const source = directorySource(auditFolder(dataDir))
  try {
    const key = await source.read(VERIFIER_KEY)
    if (key === null) return null
    const verifier = parseVerifierKey(key.toString('utf8'))
    const { bytes } = await currentCheckpoint(source, verifier)
    const { origin, size, root } = openCheckpoint(bytes, verifier)
    return { origin, size: String(size), root: Buffer.from(root).toString('base64'), key: verifier.text, readAt: new Date(now).toISOString().slice(0, 16).replace('T', ' ') }
  } catch (error) {
    // A log that is damaged is a matter for "audit verify"; a report without it says that it names none.
    if (error instanceof SpillwayError) return null
    throw error
  }
}
