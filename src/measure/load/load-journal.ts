import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Observation, Score } from '../../core/observation.ts'
import type { JournalEntry } from '../../store/journal.ts'
import type { TelemetryBatch, TelemetryStore } from '../../store/telemetry.ts'
import type { CardinalityGuard } from './cardinality-guard.ts'
import { telemetryOf } from './telemetry-of.ts'

/** What a transaction holds at most: large enough that its own cost is small, small enough for memory. */
const BATCH_ROWS = 8192

export interface LoadCounts {
  observations: number
  scores: number
  /** Places where records are missing, and how many are known to be. */
  gaps: number
  lost: number
  /** Records that are no telemetry. */
  other: number
  /** Records that should be telemetry and cannot be read. */
  malformed: number
}

export interface LoadStep {
  readonly counts: LoadCounts
  /** Everything up to here is in the store. */
  readonly position: number
  /** There is more to load. */
  readonly more: boolean
}

/**
 * Loads at most `batches` transactions from the store's position on; while one is written the next is read. What throws has loaded
 * nothing of the transaction it was in, nor of later ones.
 */
export async function loadJournal(read: (position: number) => AsyncIterable<JournalEntry>, store: TelemetryStore, guard: CardinalityGuard, batches: number, batchRows: number = BATCH_ROWS): Promise<LoadStep> {
  const counts: LoadCounts = { observations: 0, scores: 0, gaps: 0, lost: 0, other: 0, malformed: 0 }
  let position = await store.position()
  let observations: Observation[] = []
  let scores: Score[] = []
  let next = position
  let left = batches
  let writing: Promise<void> = Promise.resolve()
  const write = async (batch: TelemetryBatch): Promise<void> => {
    await store.append(batch)
    counts.observations += batch.observations.length
    counts.scores += batch.scores.length
    position = batch.at
  }
  /** One at a time is on its way. */
  const commit = async (): Promise<void> => {
    await writing
    if (next === position) return
    writing = write({ observations, scores, at: next })
    // Whoever waits for it next is told.
    writing.catch(() => {})
    observations = []
    scores = []
    left--
    await nextTurn()
  }
  try {
    for await (const entry of read(position)) {
      next = entry.next
      const telemetry = telemetryOf(entry.record)
      if (telemetry.type === 'observation') observations.push(await guard.guard(telemetry.observation))
      else if (telemetry.type === 'score') scores.push(telemetry.score)
      else if (telemetry.type === 'gap') {
        counts.gaps++
        counts.lost += telemetry.lost ?? 0
      } else counts[telemetry.type]++
      if (observations.length + scores.length >= batchRows) {
        await commit()
        if (left <= 0) break
      }
    }
    const more = left <= 0
    if (!more) await commit()
    await writing
    return { counts, position, more }
  } finally {
    // Nothing is on its way once this has ended, however it ended.
    await writing.catch(() => {})
  }
}
