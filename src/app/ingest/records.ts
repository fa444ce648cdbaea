import type { Observation, Score } from '../../core/observation.ts'

/** What ingest puts into the journal. A later record of an id replaces the earlier. */
export type IngestRecord =
  | { readonly kind: 'observation'; readonly schemaVersion: 1; readonly observation: Observation }
  | { readonly kind: 'score'; readonly schemaVersion: 1; readonly score: Score }

export function recordsOf(observations: readonly Observation[], scores: readonly Score[]): IngestRecord[] {
  return [
    ...observations.map((observation) => ({ kind: 'observation', schemaVersion: 1, observation }) as const),
    ...scores.map((score) => ({ kind: 'score', schemaVersion: 1, score }) as const),
  ]
}
