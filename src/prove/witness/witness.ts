import { basename, dirname } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import { type LogFs, nodeLogFs, placeFiles } from '../log/log-fs.ts'
import { openCheckpoint, parseCheckpoint } from '../note/checkpoint.ts'
import type { Signer, Verifier } from '../note/keys.ts'
import { addSignature, parseNote } from '../note/signed-note.ts'
import { EMPTY_ROOT, type Hash, sameHash } from '../tree/hash.ts'
import { verifyConsistency } from '../tree/verify-proof.ts'
import { type AddCheckpoint, parseAddCheckpoint, SIZE_TYPE } from './add-checkpoint.ts'

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  readonly type: string
  readonly body: string
}

export interface WitnessOptions {
  readonly signer: Signer
  /** Logs whose checkpoints it signs; a log's name is its origin. */
  readonly logs: readonly Verifier[]
  /** Holds the last checkpoint of each log. Without it the witness does not start: one that has forgotten signs anything. */
  readonly stateFile: string
  readonly fs?: LogFs
}

interface Seen {
  readonly size: bigint
  readonly root: Hash
  readonly note: string
}

/** A new witness's memory. */
export const NO_STATE = '{}\n'

/**
 * Signs checkpoints of logs that only ever grow: each must go on from the last one that it signed, which is on disk before it
 * answers (C2SP tlog-witness). One call at a time changes it, since nothing in it waits.
 */
export class Witness {
  readonly #options: WitnessOptions
  readonly #fs: LogFs
  readonly #seen: Map<string, Seen>

  /** Throws AUDIT_WITNESS_STATE where the state file is missing or broken. */
  constructor(options: WitnessOptions) {
    this.#options = options
    this.#fs = options.fs ?? nodeLogFs
    this.#seen = readState(options.stateFile, options.logs, this.#fs)
  }

  /** The answer to the body of an add-checkpoint request. Throws what the disk throws: nothing was signed then. */
  addCheckpoint(body: Buffer): WitnessAnswer {
    let request: AddCheckpoint
    let origin: string
    try {
      request = parseAddCheckpoint(body)
      ;({ origin } = parseCheckpoint(parseNote(request.checkpoint).text))
    } catch (error) {
      return text(400, messageOf(error))
    }
    const log = this.#options.logs.find(({ name }) => name === origin)
    if (log === undefined) return text(404, 'This log is not known here')
    try {
      openCheckpoint(request.checkpoint, log)
    } catch (error) {
      return text(403, messageOf(error))
    }
    return this.#judge(origin, request)
  }

  #judge(origin: string, { old, proof, checkpoint }: AddCheckpoint): WitnessAnswer {
    const { text: signed } = parseNote(checkpoint)
    const { size, root } = parseCheckpoint(signed)
    const last = this.#seen.get(origin)
    if (old > size) return text(400, 'The old size is larger than the checkpoint')
    const known = last?.size ?? 0n
    if (old !== known) return conflict(known)
    if (last !== undefined && size === last.size && !sameHash(root, last.root)) return conflict(known)
    const consistent = old === 0n ? proof.length === 0 && (size > 0n || sameHash(root, EMPTY_ROOT)) : verifyConsistency({ size1: old, size2: size, root1: last!.root, root2: root, proof })
    if (!consistent) return text(422, 'The proof does not show that this checkpoint goes on from the last one')
    this.#persist(new Map(this.#seen).set(origin, { size, root, note: checkpoint.toString('utf8') }))
    const cosigned = addSignature(checkpoint, this.#options.signer)
    return { status: 200, type: 'text/plain; charset=utf-8', body: cosigned.slice(checkpoint.toString('utf8').length) }
  }

  #persist(next: ReadonlyMap<string, Seen>): void {
    const { stateFile } = this.#options
    const content = Object.fromEntries([...next].map(([origin, { note }]) => [origin, note]))
    placeFiles(this.#fs, dirname(stateFile), [{ path: basename(stateFile), bytes: Buffer.from(`${JSON.stringify(content, null, 2)}\n`) }])
    for (const [origin, seen] of next) this.#seen.set(origin, seen)
  }
}

/** The checkpoints signed last, each still under its log's signature; of logs that are no more asked for too. */
function readState(file: string, logs: readonly Verifier[], fs: LogFs): Map<string, Seen> {
  const broken = (what: string, cause?: unknown): SpillwayError => new SpillwayError('AUDIT_WITNESS_STATE', `the witness's memory ${what}`, 'Restore it from a copy that is not older; a witness that has forgotten would sign a rewritten log', { file }, { cause })
  const bytes = fs.read(file)
  if (bytes === null) throw broken('is missing')
  try {
    const content = JSON.parse(bytes.toString('utf8')) as Record<string, string>
    return new Map(
      Object.entries(content).map(([origin, note]) => {
        const log = logs.find(({ name }) => name === origin)
        const { size, root } = log === undefined ? parseCheckpoint(parseNote(Buffer.from(note)).text) : openCheckpoint(Buffer.from(note), log)
        return [origin, { size, root, note }]
      }),
    )
  } catch (error) {
    throw broken('is broken', error)
  }
}

function conflict(size: bigint): WitnessAnswer {
  return { status: 409, type: SIZE_TYPE, body: `${size}\n` }
}

function text(status: WitnessAnswer['status'], message: string): WitnessAnswer {
  return { status, type: 'text/plain; charset=utf-8', body: `${message}\n` }
}

function messageOf(error: unknown): string {
  if (!(error instanceof SpillwayError)) throw error
  return error.message
}
