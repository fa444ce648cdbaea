import { SpillwayError } from '../errors.ts'
import type { DedicatedCard, ReplicaLife, ServerlessCard } from './rate-card.ts'

/** A replica's billed time, cut by cause, in whole microseconds of the replica (not times its GPUs). */
export interface BilledTime {
  /** Asked for, not yet serving. Always 0 under a dedicated card, where starting up counts as idle. */
  readonly coldStart: number
  /** At least one request ran. */
  readonly busy: number
  /** Up without work. */
  readonly idle: number
  /** Added by rounding up to the granularity. */
  readonly rounding: number
  /** Added to reach the minimum. */
  readonly minimum: number
  readonly total: number
}

/** The meter takes clocks that differ by this much, in microseconds; more is a broken record. */
const TOLERANCE = 1000

/**
 * What a card bills for one life: max(round-up(time), minimum). A dedicated replica is billed from the order to the
 * stop; a serverless one from the request for it, or from being ready where `coldStartBilled` is false (unknown =
 * billed), and not at all if it was stopped before any billed time. Throws USAGE_INVALID for a life that cannot be.
 */
export function billedTime(card: DedicatedCard | ServerlessCard, life: ReplicaLife): BilledTime {
  requireLife(life)
  const starting = micros(Math.min(life.readyAt, life.stoppedAt) - life.startedAt)
  const up = micros(life.stoppedAt - life.startedAt) - starting
  const busy = micros(life.busySeconds)
  if (busy > up + TOLERANCE) throw invalid(`a replica was busy for ${life.busySeconds} s of the ${up / 1e6} s that it was up`)
  const worked = Math.min(busy, up)
  if (card.rule === 'dedicated') return priced(card, 0, worked, up - worked + starting, true)
  return priced(card, card.coldStartBilled === false ? 0 : starting, worked, up - worked, false)
}

function priced(card: DedicatedCard | ServerlessCard, coldStart: number, busy: number, idle: number, minimumAlways: boolean): BilledTime {
  const time = coldStart + busy + idle
  const granularity = micros(card.granularitySeconds)
  const rounded = granularity > 0 ? Math.ceil(time / granularity) * granularity : time
  const minimum = time > 0 || minimumAlways ? Math.max(0, micros(card.minimumSeconds) - rounded) : 0
  return { coldStart, busy, idle, rounding: rounded - time, minimum, total: rounded + minimum }
}

function micros(seconds: number): number {
  return Math.round(seconds * 1e6)
}

function requireLife(life: ReplicaLife): void {
  const { gpus, startedAt, readyAt, stoppedAt, busySeconds, egressGb } = life
  if (!(Number.isInteger(gpus) && gpus > 0)) throw invalid(`a replica has ${gpus} GPUs`)
  if (!(Number.isFinite(startedAt) && Number.isFinite(stoppedAt) && stoppedAt >= startedAt)) throw invalid(`a replica started at ${startedAt} s and stopped at ${stoppedAt} s`)
  if (!(readyAt >= startedAt)) throw invalid(`a replica started at ${startedAt} s and was ready at ${readyAt} s`)
  if (stoppedAt - startedAt > 1e9) throw invalid(`a replica lived for ${stoppedAt - startedAt} s`)
  if (!(busySeconds >= 0)) throw invalid(`a replica was busy for ${busySeconds} s`)
  if (!(egressGb >= 0 && Number.isFinite(egressGb))) throw invalid(`a replica sent ${egressGb} GB`)
}

function invalid(what: string): SpillwayError {
  return new SpillwayError('USAGE_INVALID', what, 'Check the clocks and the counters that reported it')
}
