import type { Child } from './child.ts'
import type { Door } from './load.ts'

/** A gateway that can be measured. */
export interface Target {
  readonly name: string
  /** Version and setup, for the note under the table. */
  readonly about: string
  /** Starts it in front of an OpenAI-compatible upstream, given without `/v1`. */
  readonly start: (upstreamUrl: string) => Promise<Running>
}

export interface Running {
  readonly door: Door
  readonly usage: Child['usage']
  readonly stop: () => Promise<void>
}

/** What callers ask for, and its name at the upstream. */
export const MODEL = 'llama-3.1-8b'
export const UPSTREAM_MODEL = 'meta-llama/Llama-3.1-8B-Instruct'
