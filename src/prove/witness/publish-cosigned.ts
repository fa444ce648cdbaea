import { CHECKPOINT } from '../log/log-files.ts'
import { type LogFs, placeFiles } from '../log/log-fs.ts'
import { parseNote } from '../note/signed-note.ts'

/** Beside the checkpoint: the newest that as many witnesses as are asked for have signed. */
export const WITNESSED = 'checkpoint.witnessed'

/**
 * Puts witnesses' signatures under the published checkpoint, unless the log has gone on meanwhile, and keeps a checkpoint that
 * has enough of them. Throws what the disk throws.
 */
export function publishCosigned(fs: LogFs, folder: string, { checkpoint, lines, enough }: { readonly checkpoint: Buffer; readonly lines: string; readonly enough: boolean }): void {
  const bytes = Buffer.concat([checkpoint, Buffer.from(lines)])
  const published = fs.read(`${folder}/${CHECKPOINT}`)
  const current = published !== null && parseNote(published).text === parseNote(checkpoint).text
  placeFiles(fs, folder, [...(current ? [{ path: CHECKPOINT, bytes }] : []), ...(enough ? [{ path: WITNESSED, bytes }] : [])])
}
