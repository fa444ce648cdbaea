import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'

const OWNER_ONLY = 0o600
const OTHERS = 0o077

/**
 * The content of a file that only its owner may read, made by `make` where there is none. Two processes that start at
 * once end up with one and the same content, and no reader ever sees half of it. Throws PRIVATE_FILE_EXPOSED where
 * others may read or write it.
 */
export function readOrCreatePrivate(file: string, make: () => string): string {
  const found = readPrivate(file)
  if (found !== null) return found
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = writeDraft(file, make())
  try {
    // Unlike a rename, a link never replaces what another process has put there first.
    linkSync(draft, file)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw unwritable(file, error)
  } finally {
    rmSync(draft, { force: true })
  }
  return readPrivate(file)!
}

/** Replaces the content in one step. */
export function replacePrivate(file: string, content: string): void {
  const draft = writeDraft(file, content)
  try {
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw unwritable(file, error)
  }
}

/** Null where there is no file. */
export function readPrivate(file: string): string | null {
  let mode: number
  let content: string
  try {
    ;({ mode } = statSync(file))
    content = readFileSync(file, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw new SpillwayError('FILE_NOT_READABLE', 'a private file cannot be read', 'Check its owner and permissions', { file }, { cause: error })
  }
  // Windows has no such bits.
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    throw new SpillwayError('PRIVATE_FILE_EXPOSED', `the file holds a secret and other users may touch it (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`, 'Run chmod 600 on it; where others have read it, make a new one', { file })
  }
  return content
}

function writeDraft(file: string, content: string): string {
  const draft = `${file}.${randomBytes(6).toString('hex')}.draft`
  try {
    const handle = openSync(draft, 'wx', OWNER_ONLY)
    try {
      writeSync(handle, content)
      fsyncSync(handle)
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    throw unwritable(file, error)
  }
  return draft
}

function unwritable(file: string, cause: unknown): SpillwayError {
  return new SpillwayError('FILE_NOT_WRITABLE', 'a private file cannot be written', 'Check the data directory, its owner and its free space', { file }, { cause })
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code
}
