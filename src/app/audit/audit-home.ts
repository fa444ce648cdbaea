import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import { TenantKeys } from '../../prove/leaf/tenant-keys.ts'
import { createLog, type LogOptions } from '../../prove/log/open-log.ts'
import { newSigningKey, parseSigningKey } from '../../prove/note/keys.ts'
import { readOrCreatePrivate, readPrivate } from '../../store/control/private-file.ts'

/** The log of a data folder: all of it may be published. */
export function auditFolder(dataDir: string): string {
  return join(dataDir, 'audit')
}

/** Keys, state and lock of the log's writer. */
export function auditPrivateFolder(dataDir: string): string {
  return join(dataDir, 'audit-private')
}

export interface AuditHome {
  readonly log: LogOptions
  readonly keys: TenantKeys
}

/** Makes keys and an empty log in a data folder; `origin` is the log's name for ever. Throws AUDIT_LOG_EXISTS, AUDIT_KEY_INVALID. */
export function createAudit(dataDir: string, origin: string): AuditHome {
  const folder = auditPrivateFolder(dataDir)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  readOrCreatePrivate(signingFile(dataDir), () => `${newSigningKey(origin, randomBytes(32))}\n`)
  readOrCreatePrivate(tenantFile(dataDir), () => `${randomBytes(32).toString('hex')}\n`)
  const home = readAudit(dataDir)
  if (home.log.signer.name !== origin) throw new SpillwayError('AUDIT_LOG_EXISTS', `there is a key of a log named ${home.log.signer.name} already`, 'Use that name, or another data folder', { file: signingFile(dataDir) })
  createLog(home.log)
  return home
}

/** What a data folder's log is written with. Throws AUDIT_LOG_MISSING, PRIVATE_FILE_EXPOSED, AUDIT_KEY_INVALID. */
export function readAudit(dataDir: string): AuditHome {
  const signing = readPrivate(signingFile(dataDir))
  const tenants = readPrivate(tenantFile(dataDir))
  if (signing === null || tenants === null) throw new SpillwayError('AUDIT_LOG_MISSING', 'this data folder has no log', 'Make one with "spillway audit init"', { file: dataDir })
  if (!/^[0-9a-f]{64}\n$/u.test(tenants)) throw new SpillwayError('PRIVATE_FILE_INVALID', 'the key of pseudonyms is not 64 hexadecimal digits', 'Restore it from the backup', { file: tenantFile(dataDir) })
  return { log: { folder: auditFolder(dataDir), privateFolder: auditPrivateFolder(dataDir), signer: parseSigningKey(signing) }, keys: new TenantKeys(Buffer.from(tenants.trim(), 'hex')) }
}

function signingFile(dataDir: string): string {
  return join(auditPrivateFolder(dataDir), 'signing.key')
}

function tenantFile(dataDir: string): string {
  return join(auditPrivateFolder(dataDir), 'tenants.key')
}
