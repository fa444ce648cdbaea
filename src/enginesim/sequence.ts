import type { BlockPool } from './block-pool.ts'
import { chainHash } from './tokens.ts'

export type EndReason = 'done' | 'aborted'

/** What an engine is asked to do. Callbacks are called at the simulated time of what they report. */
export interface EngineRequest {
  readonly prompt: Uint32Array
  /** Tokens to generate; 0 = only read the prompt, as for an embedding. */
  readonly outputTokens: number
  /** The token that will be generated in this place: full blocks of them are cached like those of the prompt. */
  readonly tokenAt: (index: number) => number
  /** The engine has got it: it may wait for its turn. */
  readonly onStart?: () => void
  /** A token was generated, counted from 0. */
  readonly onToken?: (index: number) => void
  readonly onEnd: (reason: EndReason, sequence: Sequence) => void
}

/** `settling`: the prompt is read, the first token not out yet (`EngineTiming.overheadSeconds`). */
export type SequenceState = 'waiting' | 'running' | 'settling' | 'ended'

/** One request in one engine. */
export class Sequence {
  readonly request: EngineRequest
  readonly arrivedAt: number
  state: SequenceState = 'waiting'
  /** When its prefill first began; NaN = not yet. */
  scheduledAt = Number.NaN
  firstTokenAt = Number.NaN
  lastTokenAt = Number.NaN
  produced = 0
  /** Tokens whose keys and values are in the cache. */
  computed = 0
  /** Prompt tokens that were found in the prefix cache. */
  cached = 0
  /** Tokens that the present step adds to `computed`. */
  share = 0
  readonly blocks: number[] = []
  readonly #hashes: number[] = []
  /** Blocks of this request that have been published. */
  #published = 0

  constructor(request: EngineRequest, arrivedAt: number) {
    this.request = request
    this.arrivedAt = arrivedAt
  }

  /** Tokens that are known: the prompt and what was generated. The next one comes when all of them are computed. */
  get known(): number {
    return this.request.prompt.length + this.produced
  }

  /** Chained hashes of at least the first `count` full blocks. */
  hashes(count: number, blockTokens: number): readonly number[] {
    const { prompt, tokenAt } = this.request
    const at = (index: number): number => (index < prompt.length ? prompt[index]! : tokenAt(index - prompt.length))
    while (this.#hashes.length < count) {
      const block = this.#hashes.length
      this.#hashes.push(chainHash(block === 0 ? 0 : this.#hashes[block - 1]!, at, block * blockTokens, blockTokens))
    }
    return this.#hashes
  }

  /** Makes all full blocks findable. */
  publish(pool: BlockPool, blockTokens: number): void {
    const full = Math.floor(this.computed / blockTokens)
    if (full <= this.#published) return
    const hashes = this.hashes(full, blockTokens)
    for (let block = this.#published; block < full; block++) pool.publish(this.blocks[block]!, hashes[block]!)
    this.#published = full
  }

  /** Gives its blocks back; what was computed is lost, but for what the prefix cache keeps. */
  release(pool: BlockPool): void {
    pool.release(this.blocks)
    this.blocks.length = 0
    this.computed = 0
    this.#published = 0
  }
}
