import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FILE = 'name'
const NAME = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u

/**
 * What tells a journal from all others, for who keeps positions of several; made when it is first asked for. In the journal's folder:
 * it goes where the journal goes, and a new journal has another. Lost, it is made anew, and what was loaded comes again.
 */
export function journalName(folder: string): string {
  const file = join(folder, FILE)
  try {
    const name = readFileSync(file, 'utf8').trim()
    if (NAME.test(name)) return name
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const name = randomUUID()
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.tmp`, `${name}\n`, { mode: 0o600 })
  renameSync(`${file}.tmp`, file)
  return name
}
