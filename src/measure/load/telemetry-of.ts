import type { CallRecord } from '../../core/call.ts'
import type { Observation, Score } from '../../core/observation.ts'
import { rowProblem, scoreProblem } from '../../store/telemetry/row-problem.ts'
import { callObservation } from './call-observation.ts'

/** What a record of the journal is to telemetry. */
export type JournalTelemetry =
  | { readonly type: 'observation'; readonly observation: Observation }
  | { readonly type: 'score'; readonly score: Score }
  /** Records are missing here; `lost` is null where nobody knows how many. */
  | { readonly type: 'gap'; readonly lost: number | null }
  /** Of another kind (pre-warming, admission) or of a version that is not known here. */
  | { readonly type: 'other' }
  | { readonly type: 'malformed' }

const OTHER: JournalTelemetry = { type: 'other' }
const MALFORMED: JournalTelemetry = { type: 'malformed' }

/** Reads calls of the gateway, what applications reported, and gaps. Never throws: a journal must not be stopped by one record. */
export function telemetryOf(record: unknown): JournalTelemetry {
  const { kind, schemaVersion } = (record ?? {}) as { readonly kind?: unknown; readonly schemaVersion?: unknown }
  if (schemaVersion !== 1) return OTHER
  switch (kind) {
    case 'call':
      return observationOr(callOf(record as CallRecord))
    case 'observation':
      return observationOr((record as { readonly observation?: Observation }).observation)
    case 'score': {
      const { score } = record as { readonly score?: Score }
      return score !== undefined && score !== null && scoreProblem(score) === null ? { type: 'score', score } : MALFORMED
    }
    case 'gap': {
      const { lost } = record as { readonly lost?: unknown }
      return { type: 'gap', lost: typeof lost === 'number' ? lost : null }
    }
    default:
      return OTHER
  }
}

function callOf(record: CallRecord): Observation | undefined {
  try {
    return callObservation(record)
  } catch {
    return undefined
  }
}

function observationOr(observation: Observation | undefined): JournalTelemetry {
  return observation !== undefined && rowProblem(observation) === null ? { type: 'observation', observation } : MALFORMED
}
