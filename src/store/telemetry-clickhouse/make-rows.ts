import type { Observation } from '../../core/observation.ts'
import type { AppendResult, TelemetryBatch } from '../telemetry.ts'
import { resolveBatch } from '../telemetry/resolve-batch.ts'
import { rowProblem, scoreProblem } from '../telemetry/row-problem.ts'
import { textKey } from '../telemetry/text-key.ts'
import type { ObservationVersion } from './columns.ts'
import type { Rows } from './commit-log.ts'
import { findKnown } from './lookup.ts'
import type { Server } from './server.ts'

/** What a batch changes on the state that is there, as rows of version `version`. Writes nothing. */
export async function makeRows(server: Server, version: number, { observations, scores }: TelemetryBatch): Promise<{ readonly rows: Rows; readonly result: AppendResult }> {
  const sound = observations.filter((observation) => rowProblem(observation) === null)
  const judged = scores.filter((score) => scoreProblem(score) === null)
  const { fresh, changed, result } = resolveBatch(sound, await findKnown(server, sound))
  const living = [...fresh, ...changed.map(({ observation }) => observation)]
  const moved = changed.filter(({ stored, observation }) => stored.observation.startedAt !== observation.startedAt)
  const last = new Map(judged.map((score) => [JSON.stringify([score.tenant, score.id]), score]))
  return {
    rows: {
      observations: [...moved.map(({ stored }): ObservationVersion => ({ observation: stored.observation, version, dead: true })), ...living.map((observation): ObservationVersion => ({ observation, version, dead: false }))],
      places: living.flatMap(placesOf),
      scores: [...last.values()].map((score) => ({ score, version })),
    },
    result: { ...result, refused: observations.length - sound.length + scores.length - judged.length },
  }
}

function placesOf({ id, responseId, startedAt, attribution: { traceId } }: Observation): (readonly [number, number])[] {
  return [id, responseId, traceId].flatMap((text) => (text === null ? [] : [[textKey(text), startedAt] as const]))
}
