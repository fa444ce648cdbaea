import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { lockFile } from '../../store/file-lock.ts'
import { auditFolder, auditPrivateFolder } from '../audit/audit-home.ts'
import { journalFolder, telemetryFolder } from '../config/data-folder.ts'

/** Where the demo keeps its data unless SPILLWAY_DATA says otherwise. */
const FOLDER = '.spillway/demo'
/** Stands in a folder whose journal the demo has begun, and may therefore remove. */
const MARK = 'demo-journal'

/**
 * The data folder of a demo that starts now. The journal of an earlier demo is removed, and what was made from it: a pass of the
 * trace writes some hundred megabytes, and no one reads them again. A journal that no demo has begun stays, and so does one that is in use.
 */
export function demoDataDir(named: string | undefined): string {
  const isDefault = named === undefined || named === ''
  const folder = resolve(isDefault ? FOLDER : named)
  const journal = journalFolder(folder)
  const mark = join(folder, MARK)
  mkdirSync(folder, { recursive: true })
  if (existsSync(journal) && (isDefault || existsSync(mark)) && !isInUse(journal)) {
    // What was made from that journal knows how far: it goes with it.
    for (const made of [journal, telemetryFolder(folder), auditFolder(folder), auditPrivateFolder(folder)]) rmSync(made, { recursive: true, force: true })
  }
  if (!existsSync(journal)) writeFileSync(mark, 'The journal, the telemetry and the audit log beside this file are removed when the demo starts again.\n')
  return folder
}

function isInUse(journal: string): boolean {
  try {
    lockFile(join(journal, 'lock'))()
    return false
  } catch {
    return true
  }
}
