import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import { readOrCreatePrivate } from './private-file.ts'

const PEPPER_BYTES = 32

/**
 * The installation's key for hashing API keys, from `pepper` in the data directory; made at the first start, private to
 * the owner. A stolen database without it tells nothing about any API key. Losing it makes all API keys unknown, so it
 * belongs in the backup, apart from the database.
 */
export function readPepper(dataDir: string): Uint8Array {
  const file = join(dataDir, 'pepper')
  const text = readOrCreatePrivate(file, () => `${randomBytes(PEPPER_BYTES).toString('hex')}\n`).trim()
  if (!/^[0-9a-f]{64}$/u.test(text)) throw new SpillwayError('PRIVATE_FILE_INVALID', 'the pepper is not 64 hexadecimal digits', 'Restore it from the backup; with another pepper all API keys are unknown', { file })
  return Buffer.from(text, 'hex')
}
