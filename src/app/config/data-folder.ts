import { join } from 'node:path'

/** Where the journal lives in a data folder. */
export function journalFolder(dataDir: string): string {
  return join(dataDir, 'journal')
}
