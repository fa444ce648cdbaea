import type { ReplicaLife } from '../core/billing/rate-card.ts'
import type { Fleet } from './fleet.ts'

/** What `/sim/state` and `stats()` tell. Times in simulated seconds since the start. */
export interface SimState {
  readonly now: number
  readonly speed: number
  /** Replicas that live, starting ones included. */
  readonly replicas: readonly ReplicaState[]
  /** Lives so far, for a meter: those that have ended, then those that go on, cut now. */
  readonly lives: readonly ReplicaLife[]
  /** How many of `lives`, from the end, go on. */
  readonly open: number
  /** Older lives that are no longer kept. */
  readonly forgotten: number
  readonly starts: number
  /** In the engines. */
  readonly running: number
  /** In the engines and in front of them. */
  readonly waiting: number
  readonly finished: { readonly stop: number; readonly length: number; readonly abort: number }
  readonly promptTokens: number
  readonly generatedTokens: number
  readonly prefixQueries: number
  readonly prefixHits: number
  readonly preemptions: number
}

export interface ReplicaState {
  readonly id: number
  readonly ready: boolean
  readonly running: number
  readonly waiting: number
  /** 0..1 */
  readonly kvUsage: number
}

export function stateOf(fleet: Fleet, speed: number): SimState {
  const { counters, past } = fleet
  const replicas = fleet.replicas.map((replica) => ({ id: replica.id, ready: replica.ready, running: replica.engine.running, waiting: replica.engine.waiting, kvUsage: replica.engine.pool.usage }))
  return {
    now: fleet.timeline.now,
    speed,
    replicas,
    lives: [...past.lives, ...fleet.replicas.map((replica) => replica.life())],
    open: replicas.length,
    forgotten: past.forgotten,
    starts: fleet.starts,
    running: replicas.reduce((sum, { running }) => sum + running, 0),
    waiting: replicas.reduce((sum, { waiting }) => sum + waiting, fleet.inLine),
    finished: { ...counters.finished },
    promptTokens: counters.promptTokens,
    generatedTokens: counters.generatedTokens,
    prefixQueries: counters.prefixQueries,
    prefixHits: counters.prefixHits,
    preemptions: counters.preemptions,
  }
}
