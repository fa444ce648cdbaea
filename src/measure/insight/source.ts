import type { Observation, Score } from '../../core/observation.ts'

/** What is searched: one tenant's observations that start in a window. Read several times; each reading gives the same. */
export interface InsightSource {
  /** Unix ms. */
  readonly from: number
  readonly until: number
  readonly scores: () => AsyncIterable<Score> | Iterable<Score>
  /** Oldest first, equals by id. */
  readonly observations: () => AsyncIterable<Observation> | Iterable<Observation>
}
