import { dirname } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import { lockFile } from '../../store/file-lock.ts'
import { type Checkpoint, openCheckpoint } from '../note/checkpoint.ts'
import type { Signer } from '../note/keys.ts'
import { tileNodes } from '../tiles/tile-reader.ts'
import type { TileSource } from '../tiles/tile-source.ts'
import { EMPTY_ROOT, type Hash, sameHash } from '../tree/hash.ts'
import { rootAt } from '../tree/make-proof.ts'
import { CHECKPOINT, LOCK, signedCheckpoint, STATE, VERIFIER_KEY } from './log-files.ts'
import { type LogFs, nodeLogFs, placeFiles } from './log-fs.ts'
import { decodeState, encodeState, type LogState } from './log-state.ts'
import { LogWriter, MAX_COMMIT_ENTRIES, writeFailed } from './log-writer.ts'
import { type LogTail, readTail } from './read-tail.ts'
import { sweepBeyond } from './sweep.ts'

export interface LogOptions {
  /** The log itself, all of it public: checkpoint, tile/, verifier.key. */
  readonly folder: string
  /** Of the writer alone: state, lock. */
  readonly privateFolder: string
  readonly signer: Signer
  /**
   * Checkpoints of this log that were kept elsewhere. The log must hold what they say, or it was rolled back or rewritten.
   */
  readonly remembered?: readonly Uint8Array[]
  readonly fs?: LogFs
  /** The lock on a file; gives what lets go. Throws where another has it. */
  readonly lock?: (file: string) => () => void
}

/** Makes an empty log and signs its first checkpoint. Throws AUDIT_LOG_EXISTS. */
export function createLog({ folder, privateFolder, signer, fs = nodeLogFs }: LogOptions): void {
  for (const file of [`${folder}/${CHECKPOINT}`, `${privateFolder}/${STATE}`]) {
    if (fs.read(file) !== null) throw new SpillwayError('AUDIT_LOG_EXISTS', 'there is a log already', 'Use it, or name another folder; a log is never made anew in the place of another', { file })
  }
  for (const one of [folder, privateFolder]) {
    fs.makeFolder(one)
    fs.syncFolder(dirname(one))
  }
  placeFiles(fs, folder, [{ path: VERIFIER_KEY, bytes: Buffer.from(`${signer.verifier.text}\n`) }])
  const state: LogState = { size: 0, root: EMPTY_ROOT, cursor: '' }
  placeFiles(fs, privateFolder, [{ path: STATE, bytes: encodeState(state, signer) }])
  placeFiles(fs, folder, [{ path: CHECKPOINT, bytes: signedCheckpoint(state, signer) }])
}

/**
 * Opens a log for writing, alone, and mends what a crash has left. What cannot be shown to go on from what was signed is
 * refused, and nothing is signed: AUDIT_LOCKED, AUDIT_LOG_MISSING, AUDIT_DAMAGED, AUDIT_TILE_INVALID, AUDIT_ROLLED_BACK,
 * AUDIT_FORKED, AUDIT_SIGNATURE_INVALID, AUDIT_WRITE_FAILED.
 */
export async function openLog(options: LogOptions): Promise<LogWriter> {
  const { folder, privateFolder, signer, fs = nodeLogFs } = options
  if (fs.read(`${privateFolder}/${STATE}`) === null && fs.read(`${folder}/${CHECKPOINT}`) === null) throw new SpillwayError('AUDIT_LOG_MISSING', 'there is no log here', 'Make one with "spillway audit init"', { file: folder })
  const unlock = lockLog(options)
  try {
    const { state, tail } = await recover(options, fs)
    return new LogWriter({ fs, folder, privateFolder, signer, unlock, state, tail })
  } catch (error) {
    unlock()
    throw error instanceof SpillwayError ? error : writeFailed(folder, error)
  }
}

function lockLog({ privateFolder, lock = lockFile }: LogOptions): () => void {
  const file = `${privateFolder}/${LOCK}`
  try {
    return lock(file)
  } catch (error) {
    throw new SpillwayError('AUDIT_LOCKED', 'another process writes to this log', 'A log has one writer: stop the other', { file }, { cause: error })
  }
}

async function recover({ folder, privateFolder, signer, remembered = [] }: LogOptions, fs: LogFs): Promise<{ readonly state: LogState; readonly tail: LogTail }> {
  const stateFile = `${privateFolder}/${STATE}`
  const checkpointFile = `${folder}/${CHECKPOINT}`
  const stateBytes = fs.read(stateFile)
  if (stateBytes === null) throw new SpillwayError('AUDIT_DAMAGED', "the log is here but its writer's state is not", 'Restore it from a copy that is not older than the log', { file: stateFile })
  const state = decodeState(stateBytes, signer.verifier, stateFile)
  const checkpointBytes = fs.read(checkpointFile)
  const published: Pick<Checkpoint, 'size' | 'root'> = checkpointBytes === null ? { size: 0n, root: EMPTY_ROOT } : openCheckpoint(checkpointBytes, signer.verifier)
  const source: TileSource = { read: (path) => Promise.resolve(fs.read(`${folder}/${path}`)) }
  const behind = published.size < BigInt(state.size)
  let tail: LogTail
  try {
    tail = await readTail(source, state)
  } catch (error) {
    // Tiles are on disk before the state is: a crash cannot leave it ahead of them, an old copy of the folder can.
    if (behind) throw new SpillwayError('AUDIT_ROLLED_BACK', `the folder holds ${published.size} entries, but ${state.size} were signed for`, 'An old copy was put in its place: bring the newer one back', { file: folder }, { cause: error })
    throw error
  }
  await mustHold(source, state, published, checkpointFile)
  for (const bytes of remembered) await mustHold(source, state, openCheckpoint(bytes, signer.verifier), 'the remembered checkpoint')
  sweepBeyond(fs, folder, state.size, MAX_COMMIT_ENTRIES)
  if (behind || checkpointBytes === null) {
    // Written anew: an error may have kept its name from the disk.
    placeFiles(fs, privateFolder, [{ path: STATE, bytes: stateBytes }])
    placeFiles(fs, folder, [{ path: CHECKPOINT, bytes: signedCheckpoint(state, signer) }])
  }
  return { state, tail }
}

/** That the tree of `state` begins with the one of `earlier`. Roots are computed from the tiles that add up to the state's. */
async function mustHold(source: TileSource, state: LogState, earlier: { readonly size: bigint; readonly root: Hash }, file: string): Promise<void> {
  if (earlier.size > BigInt(state.size)) throw new SpillwayError('AUDIT_ROLLED_BACK', `${earlier.size} entries were signed for, but the log holds ${state.size}`, 'An old copy was put in its place: bring the newer one back', { file })
  const root = await rootAt(Number(earlier.size), tileNodes(source, state.size))
  if (!sameHash(root, earlier.root)) throw new SpillwayError('AUDIT_FORKED', `the first ${earlier.size} entries are not those that were signed for`, 'The log was rewritten. Keep both copies and find out by whom', { file })
}
