import type { Random } from '../../core/random.ts'

/** Whom one call of the demo is for. */
export interface Turn {
  readonly user: string
  readonly headers: Readonly<Record<string, string>>
  /** Where it asks again what was asked before, word for word: the name of the conversation, whose first prompt it repeats. */
  readonly repeats: string | null
  readonly conversation: string
  /** Set with the last turn of a conversation that is judged: whether it came to its end. */
  readonly score: { readonly traceId: string; readonly resolved: boolean } | null
}

interface Conversation {
  readonly id: string
  readonly traceId: string
  readonly user: number
  readonly feature: Feature
  /** An agent that asks the same thing again and again. */
  readonly stuck: boolean
  left: number
  turns: number
}

interface Feature {
  readonly name: string
  readonly team: string
  readonly turns: number
  readonly resolved: number
  readonly stuck: number
}

/** Mean turns, share that succeeds and share of agents that get stuck are the demo's own choice: the trace tells none of it. */
const FEATURES: readonly Feature[] = [
  { name: 'chat', team: 'product', turns: 5, resolved: 0.9, stuck: 0 },
  { name: 'search', team: 'product', turns: 2, resolved: 0.8, stuck: 0 },
  { name: 'agent', team: 'operations', turns: 7, resolved: 0.65, stuck: 0.08 },
]
const USERS = 40
const OPEN_AT_ONCE = 30
const JUDGED = 0.7

/** Conversations of a few calls, several at a time, so that costs can be told by user, feature, prompt and success. */
export class Conversations {
  readonly #random: Random
  readonly #open: Conversation[] = []
  #made = 0

  constructor(random: Random) {
    this.#random = random
  }

  next(): Turn {
    while (this.#open.length < OPEN_AT_ONCE) this.#open.push(this.#begin())
    const index = Math.floor(this.#random() * this.#open.length)
    const conversation = this.#open[index]!
    const { id, traceId, user, feature, stuck } = conversation
    const ends = --conversation.left === 0
    if (ends) this.#open.splice(index, 1)
    const repeats = stuck && conversation.turns++ > 0 ? id : null
    return {
      user: `user-${user}`,
      conversation: id,
      repeats,
      headers: {
        'x-spillway-feature': feature.name,
        'x-spillway-session': id,
        'x-spillway-prompt': `${feature.name}@v${1 + (user % 2)}`,
        'x-spillway-tag-team': feature.team,
        traceparent: `00-${traceId}-${hex(this.#random, 16)}-01`,
      },
      score: ends && this.#random() < JUDGED ? { traceId, resolved: !stuck && this.#random() < feature.resolved } : null,
    }
  }

  #begin(): Conversation {
    const random = this.#random
    const user = Math.floor(random() ** 2 * USERS)
    const feature = FEATURES[Math.floor(random() * FEATURES.length)]!
    const stuck = random() < feature.stuck
    return { id: `conversation-${++this.#made}`, traceId: hex(random, 32), user, feature, stuck, left: stuck ? 8 : 1 + Math.floor(random() * 2 * feature.turns), turns: 0 }
  }
}

function hex(random: Random, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('')
}
