import { SpillwayError } from '../../core/errors.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import type { Policy } from '../note/policy.ts'
import { parseNote } from '../note/signed-note.ts'
import { tileNodes } from '../tiles/tile-reader.ts'
import type { TileSource } from '../tiles/tile-source.ts'
import { consistencyProof } from '../tree/make-proof.ts'
import type { WitnessClient } from './witness-client.ts'

/** Waits between two tries at a witness that failed. */
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 60_000

export interface CosigningOptions {
  readonly clients: readonly WitnessClient[]
  readonly source: TileSource
  readonly satisfied: Policy['satisfied']
  /** Milliseconds that only grow. */
  readonly now: () => number
  /** Told of each signature: the lines so far over the text of that checkpoint, and whether they are enough. */
  readonly onCosigned: (checkpoint: Buffer, lines: string, enough: boolean) => void
  readonly onFailure: (error: SpillwayError) => void
}

export interface WitnessStatus {
  readonly name: string
  /** Size that it signed for last; null = none since the start. */
  readonly size: number | null
  /** Why the last try failed; null = it did not. */
  readonly failure: string | null
}

interface Place {
  readonly client: WitnessClient
  size: number | null
  failure: string | null
  failures: number
  notBefore: number
}

interface Asked {
  readonly checkpoint: Buffer
  readonly text: string
  lines: string
  readonly signed: Set<string>
}

/**
 * Has witnesses sign the newest checkpoint, in rounds: all are asked for the same one, so that their signatures come together.
 * One that fails is left out of rounds for a while, twice as long each time up to a minute; when it is back it gets the
 * newest checkpoint with a proof from where it stood. Nothing here holds up the log.
 */
export class Cosigning {
  readonly #options: CosigningOptions
  readonly #places: readonly Place[]
  #round: Promise<void> | null = null
  /** The checkpoint that is asked for, and what has come of it. */
  #asked: Asked = { checkpoint: Buffer.alloc(0), text: '', lines: '', signed: new Set() }

  constructor(options: CosigningOptions) {
    this.#options = options
    this.#places = options.clients.map((client) => ({ client, size: null, failure: null, failures: 0, notBefore: 0 }))
  }

  status(): WitnessStatus[] {
    return this.#places.map(({ client, size, failure }) => ({ name: client.verifier.name, size, failure }))
  }

  /** Begins a round for this checkpoint (as published), unless one is under way. Call it again and again: what is due is done. */
  offer(checkpoint: Buffer): void {
    if (this.#round !== null) return
    const { text } = parseNote(checkpoint)
    const fresh = text !== this.#asked.text
    const due = this.#places.filter(({ notBefore, failure }) => (fresh || failure !== null) && notBefore <= this.#options.now())
    if (due.length === 0) return
    if (fresh) this.#asked = { checkpoint, text, lines: '', signed: new Set() }
    this.#round = this.#run(due).finally(() => {
      this.#round = null
    })
  }

  /** Resolves when no round is under way. */
  async idle(): Promise<void> {
    await this.#round
  }

  async #run(due: readonly Place[]): Promise<void> {
    const { source, satisfied, onCosigned } = this.#options
    const asked = this.#asked
    const { size } = parseCheckpoint(asked.text)
    const nodes = tileNodes(source, Number(size))
    const prove = (old: bigint) => consistencyProof(Number(old), Number(size), nodes)
    await Promise.all(
      due.map(async (place) => {
        try {
          const { line, verified } = await place.client.cosign({ checkpoint: asked.checkpoint, size, prove })
          Object.assign(place, { size: Number(size), failure: null, failures: 0, notBefore: 0 })
          asked.lines += line
          asked.signed.add(verified.key)
          onCosigned(asked.checkpoint, asked.lines, satisfied(asked.signed))
        } catch (error) {
          this.#failed(place, error)
        }
      }),
    )
  }

  #failed(place: Place, error: unknown): void {
    const failure = error instanceof SpillwayError ? error : new SpillwayError('AUDIT_WITNESS_FAILED', (error as Error).message, 'It is asked again')
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** place.failures)
    // Said once, not at each try.
    if (place.failure !== failure.message) this.#options.onFailure(failure)
    Object.assign(place, { failure: failure.message, failures: Math.min(place.failures + 1, 16), notBefore: this.#options.now() + wait })
  }
}
