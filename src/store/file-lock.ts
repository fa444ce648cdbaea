import { DatabaseSync } from 'node:sqlite'

/**
 * Takes the operating system's lock on a file, which is made where it is not there and stays empty; gives what lets go of it.
 * The kernel drops the lock with the process, however it ends, so that there are no stale locks and no guesses about process
 * ids (a container's is always 1). Node has no call for such locks but SQLite takes one. Throws where another holds it.
 */
export function lockFile(file: string): () => void {
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    throw error
  }
  return () => database.close()
}
