import type { Observation } from '../../core/observation.ts'
import type { Metric } from '../telemetry.ts'

/** A call's figures that are summed or put into log buckets, the same in every adapter. */
export interface CallFigures {
  readonly inputTokens: number
  readonly outputTokens: number
  /** Whole milliseconds. */
  readonly durationMs: number
  readonly failed: boolean
  readonly aborted: boolean
}

export function callFigures({ usage, durationMs, outcome }: Observation): CallFigures {
  return {
    inputTokens: (usage.inputUncached ?? 0) + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0) + (usage.audioInput ?? 0) + (usage.imageInput ?? 0),
    outputTokens: (usage.output ?? 0) + (usage.reasoning ?? 0) + (usage.audioOutput ?? 0),
    durationMs: Math.round(durationMs),
    failed: outcome !== 'ok' && outcome !== 'client-aborted',
    aborted: outcome === 'client-aborted',
  }
}

/** The value of a metric; null = not measured. Tokens and money of a call without usage are not zero but unknown. */
export function metricOf(observation: Observation, figures: CallFigures, metric: Metric): number | null {
  switch (metric) {
    case 'inputTokens':
    case 'outputTokens':
      return observation.usageSource === 'none' ? null : figures[metric]
    case 'costNanoUsd':
      return observation.cost.status === 'unknown' ? null : Number(observation.cost.nanoUsd)
    case 'durationMs':
      return observation.durationMs
    default:
      return observation[metric]
  }
}

/** Only an inference or an embedding is a call that can cost. */
export function canBeBillable({ kind }: Observation): boolean {
  return kind === 'inference' || kind === 'embedding'
}
