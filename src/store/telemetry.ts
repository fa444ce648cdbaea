import type { Observation, Score } from '../core/observation.ts'

/**
 * Where calls, steps and scores are kept and asked about. One writer (the loader) appends in the order of the journal; any
 * number of readers ask. Everything that is asked names its tenant, and nothing of another tenant is ever seen.
 *
 * What every adapter holds to (`telemetry.contract.ts`):
 * - **Exactly once.** A batch and the journal position behind it are committed together. A batch that ends at or before the
 *   position of the store has been loaded and changes nothing.
 * - **A (tenant, id) counts once, and the last content wins**: spans are reported again when more is known of them. An
 *   observation that comes again is `repeated` where nothing changes, and `replaced` where something does.
 * - **Two views of one call.** Where the gateway and an application report the same (tenant, responseId), the gateway's view is
 *   billable and the other is not, whichever comes first. What only the application said of user, feature, session, prompt and
 *   trace fills the gaps of the gateway's view, if both start within `SAME_CALL_MS` of each other. What comes again goes through
 *   this rule again; what it has filled stays.
 * - Only an inference or embedding can be billable. Aggregates and distributions count what is billable.
 */
export interface TelemetryStore {
  readonly append: (batch: TelemetryBatch) => Promise<AppendResult>
  /** Journal position up to which everything is in the store. */
  readonly position: () => Promise<number>
  /** Observations, newest first. */
  readonly calls: (tenant: string, query: CallQuery) => Promise<CallPage>
  /** One observation, or null. */
  readonly observation: (tenant: string, id: string) => Promise<Observation | null>
  /** All steps of a trace in the order of their start, at most `MOST_STEPS`, with its scores; null = there is none. */
  readonly trace: (tenant: string, traceId: string) => Promise<TraceRows | null>
  /** Observations, oldest first, equals by id: for whoever reads them all. The next page begins after the last of this one. */
  readonly scan: (tenant: string, query: ScanQuery) => Promise<readonly Observation[]>
  /** Scores by their time, likewise. */
  readonly scores: (tenant: string, query: ScanQuery) => Promise<readonly Score[]>
  readonly aggregate: (tenant: string, query: AggregateQuery) => Promise<readonly AggregateRow[]>
  /** The largest groups and all the rest, in one look: the rows are everything. By time; at a time the largest first, the rest last. */
  readonly breakdown: (tenant: string, query: BreakdownQuery) => Promise<readonly BreakdownRow[]>
  /** What tasks cost and how many succeeded, by group. The groups with the most cost first, at most `limit`. */
  readonly outcomes: (tenant: string, query: OutcomeQuery) => Promise<readonly OutcomeRow[]>
  /** What the billable calls of each tenant in these pools cost. It is the one question that no tenant asks: whoever pays for a pool does. */
  readonly poolUse: (query: PoolUseQuery) => Promise<readonly PoolUse[]>
  readonly distribution: (tenant: string, query: DistributionQuery) => Promise<readonly DistributionBar[]>
  /** Moves days that end at or before `before` (Unix ms) to where they take the least room. Answers stay the same. */
  readonly seal: (before: number) => Promise<void>
  /** Deletes what started before `before` (Unix ms; whole days where days are sealed: a day goes when all of it is older). */
  readonly retain: (before: number) => Promise<void>
  readonly stats: () => Promise<TelemetryStats>
  readonly close: () => Promise<void>
}

export interface TelemetryBatch {
  readonly observations: readonly Observation[]
  readonly scores: readonly Score[]
  /** The journal position behind the last record of the batch. */
  readonly at: number
}

export interface AppendResult {
  readonly added: number
  readonly repeated: number
  readonly replaced: number
  /** Of those added or replaced: second views of a call, of either side. */
  readonly merged: number
  /** Observations and scores that no store can hold (`rowProblem`); the loader sees to it that none comes. */
  readonly refused: number
}

/** Two views of a call that start further apart than this are two calls with the same response id. */
export const SAME_CALL_MS = 3_600_000
export const MOST_STEPS = 10_000
export const MOST_ROWS = 50_000
export const MOST_PAGE = 1000
export const MOST_SCAN = 10_000

/** What observations can be filtered and grouped by, besides `tag:<name>`. */
export const DIMENSIONS = ['user', 'feature', 'session', 'prompt', 'promptVersion', 'key', 'modelAsked', 'modelServed', 'provider', 'pool', 'endpoint', 'reason', 'outcome', 'source', 'kind', 'name', 'costStatus', 'fingerprint'] as const
export type Dimension = (typeof DIMENSIONS)[number] | `tag:${string}`

/**
 * Sums over groups. Counts, tokens and milliseconds (each call's rounded to a whole one) are numbers; money is a decimal string
 * of nano-USD. `inputTokens` is the whole prompt, cache reads and writes included; `outputTokens` includes reasoning.
 */
export const MEASURES = ['calls', 'costNanoUsd', 'inputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'outputTokens', 'reasoningTokens', 'durationMs', 'failed', 'aborted', 'attempts', 'clientRetries', 'incompleteCost'] as const
export type Measure = (typeof MEASURES)[number]

/** What distributions and quantiles are of; log buckets make them right within 1 %, and the same in every adapter. */
export const METRICS = ['durationMs', 'queuedMs', 'ttftMs', 'tpotMs', 'inputTokens', 'outputTokens', 'costNanoUsd'] as const
export type Metric = (typeof METRICS)[number]

export interface Selection {
  /** Unix ms: started at or after, and before. */
  readonly from: number
  readonly until: number
  /** Any of the values; null among them = not said. All dimensions must hold. */
  readonly where?: Readonly<Partial<Record<Dimension, readonly (string | null)[]>>>
}

export interface CallQuery extends Selection {
  /** 1 to `MOST_PAGE`. */
  readonly limit: number
  /** `next` of the page before. */
  readonly cursor?: string
  /** Leaves out what is not billable: steps that are no calls, and second views. */
  readonly billableOnly?: boolean
}

export interface CallPage {
  readonly calls: readonly Observation[]
  /** Null = this was the last page. */
  readonly next: string | null
}

export interface ScanQuery {
  /** Unix ms: at or after, and before. */
  readonly from: number
  readonly until: number
  /** The last of the page before. */
  readonly after?: { readonly at: number; readonly id: string }
  /** 1 to `MOST_SCAN`; a page that is shorter is the last. */
  readonly limit: number
}

export interface TraceRows {
  readonly observations: readonly Observation[]
  readonly scores: readonly Score[]
  /** There were more steps than `MOST_STEPS`. */
  readonly cut: boolean
}

export interface AggregateQuery extends Selection {
  /** None, one or two. */
  readonly by: readonly Dimension[]
  /** Width of a time bucket in ms, from 1970 on in UTC; a whole number of minutes. None = no time axis. */
  readonly bucketMs?: number
  readonly measures: readonly Measure[]
  readonly quantiles?: { readonly metric: Metric; readonly at: readonly number[] }
  /** The groups with the most of a measure, in falling order; without it, by time and then by group. */
  readonly top?: { readonly by: Measure; readonly limit: number }
}

export interface BreakdownQuery extends Selection {
  /** One or two. */
  readonly by: readonly Dimension[]
  /** As for aggregates. */
  readonly bucketMs?: number
  readonly measures: readonly Measure[]
  /** The groups with the most of a measure over the whole time. */
  readonly top: { readonly by: Measure; readonly limit: number }
}

export interface BreakdownRow extends Omit<AggregateRow, 'group' | 'quantiles'> {
  /** Null = all that is in no such group. */
  readonly group: readonly (string | null)[] | null
}

export interface AggregateRow {
  /** Start of the time bucket, Unix ms; null without a time axis. */
  readonly at: number | null
  /** A value for each of `by`; null = not said. */
  readonly group: readonly (string | null)[]
  readonly values: Readonly<Partial<Record<Measure, number | string>>>
  /** A value for each of `quantiles.at` (nearest rank); null where nothing was measured. */
  readonly quantiles: readonly (number | null)[]
}

/**
 * A task is a trace, or a call that belongs to none. What it cost in a group is what its billable calls there cost. A score judges the
 * task of the trace or of the step that it names (a step must have started in the time asked about); the last one given counts. A score
 * that names a session alone judges no task.
 */
export interface OutcomeQuery extends Selection {
  /** None, one or two. */
  readonly by: readonly Dimension[]
  /** Name of the score. */
  readonly score: string
  readonly success: SuccessRule
  readonly limit: number
}

/** When a score says that the task succeeded. */
export type SuccessRule = { readonly atLeast: number } | { readonly above: number } | { readonly label: string }

export interface OutcomeRow {
  readonly group: readonly (string | null)[]
  readonly all: TaskSums
  /** Of the tasks that have such a score. */
  readonly judged: TaskSums
  readonly succeeded: TaskSums
}

export interface TaskSums {
  readonly tasks: number
  /** Decimal text. */
  readonly nanoUsd: string
  /** Sum of the squares of each task's cost in US dollars: for the spread. */
  readonly squares: number
}

export interface PoolUseQuery extends Pick<Selection, 'from' | 'until'> {
  readonly pools: readonly string[]
}

export interface PoolUse {
  readonly tenant: string
  readonly pool: string
  readonly nanoUsd: string
}

export interface DistributionQuery extends Selection {
  readonly metric: Metric
}

export interface DistributionBar {
  /** The value that stands for the bucket: all in it are within 1 %. */
  readonly value: number
  readonly calls: number
}

export interface TelemetryStats {
  readonly observations: number
  readonly scores: number
  readonly position: number
  readonly sealedDays: number
  /** Bytes on disk. */
  readonly bytes: number
  /** Since the store was made. */
  readonly repeated: number
  readonly replaced: number
  readonly merged: number
}
