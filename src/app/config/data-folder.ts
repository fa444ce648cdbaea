import { join } from 'node:path'

/** Where the journal lives in a data folder. */
export function journalFolder(dataDir: string): string {
  return join(dataDir, 'journal')
}

/** Where the store of calls lives in a data folder. */
export function telemetryFolder(dataDir: string): string {
  return join(dataDir, 'telemetry')
}
