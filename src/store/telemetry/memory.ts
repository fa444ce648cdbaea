import { isDeepStrictEqual } from 'node:util'
import { SpillwayError } from '../../core/errors.ts'
import type { Observation, Score } from '../../core/observation.ts'
import { type AggregateQuery, type AggregateRow, type AppendResult, type BreakdownQuery, type BreakdownRow, type CallQuery, type Dimension, MOST_STEPS, type Measure, type ScanQuery, type Selection, type TelemetryStore } from '../telemetry.ts'
import { callFigures, metricOf } from './call-figures.ts'
import { checkAggregateQuery, checkBreakdownQuery, checkCallQuery, checkDistributionQuery, checkOutcomeQuery, checkPoolUseQuery, checkRows, checkScanQuery } from './check-query.ts'
import { compare, compareGroups, compareTexts } from './compare.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { dimensionValue } from './dimension-value.ts'
import { logBucket, logBucketValue, nearestRank } from './log-bucket.ts'
import { rowProblem, scoreProblem } from './row-problem.ts'
import { outcomes, verdicts } from './task-outcomes.ts'
import { mergeViews, viewOf, withView } from './same-call.ts'

/** Telemetry that forgets with the process: the plainest reading of the port, which the others are compared with. */
export function memoryTelemetry(): TelemetryStore {
  const observations = new Map<string, Observation>()
  const scores = new Map<string, Score>()
  const counted = { repeated: 0, replaced: 0, merged: 0 }
  let position = 0
  let closed = false

  const guard = <T>(work: () => T): Promise<T> =>
    new Promise((resolve) => {
      if (closed) throw new SpillwayError('TELEMETRY_CLOSED', 'the telemetry store is closed', 'This is a defect of Spillway; please report it')
      resolve(work())
    })
  const ofTenant = (tenant: string): Observation[] => [...observations.values()].filter((one) => one.tenant === tenant)
  const selected = (tenant: string, { from, until, where = {} }: Selection): Observation[] =>
    ofTenant(tenant).filter((one) => one.startedAt >= from && one.startedAt < until && Object.entries(where).every(([dimension, values]) => values!.includes(dimensionValue(one, dimension as Dimension))))

  /** Two views of one call: changes what is stored, and gives what to store of the newcomer. */
  const merged = (comer: Observation): { readonly observation: Observation; readonly merged: boolean } => {
    const view = viewOf(comer)
    let found = false
    if (comer.responseId !== null) {
      for (const stored of ofTenant(comer.tenant).filter(({ responseId }) => responseId === comer.responseId).toSorted(oldestFirst)) {
        const other = viewOf(stored)
        if (!mergeViews(view, other)) continue
        found = true
        observations.set(keyOf(stored), withView(stored, other))
      }
    }
    return { observation: withView(comer, view), merged: found }
  }

  return {
    append: ({ observations: comers, scores: judged, at }) =>
      guard((): AppendResult => {
        const result = { added: 0, repeated: 0, replaced: 0, merged: 0, refused: 0 }
        if (at <= position) return result
        position = at
        for (const comer of comers) {
          if (rowProblem(comer) !== null) {
            result.refused++
            continue
          }
          const before = observations.get(keyOf(comer))
          // It is no other view of itself.
          observations.delete(keyOf(comer))
          const { observation, merged: found } = merged(comer)
          observations.set(keyOf(comer), observation)
          const kind = before === undefined ? 'added' : isDeepStrictEqual(before, observation) ? 'repeated' : 'replaced'
          result[kind]++
          if (found && kind !== 'repeated') result.merged++
        }
        for (const score of judged) {
          if (scoreProblem(score) === null) scores.set(keyOf(score), score)
          else result.refused++
        }
        for (const name of ['repeated', 'replaced', 'merged'] as const) counted[name] += result[name]
        return result
      }),
    position: () => guard(() => position),
    calls: (tenant, query) =>
      guard(() => {
        checkCallQuery(query)
        return page(selected(tenant, query), query)
      }),
    observation: (tenant, id) => guard(() => observations.get(keyOf({ tenant, id })) ?? null),
    trace: (tenant, traceId) =>
      guard(() => {
        const steps = ofTenant(tenant)
          .filter(({ attribution }) => attribution.traceId === traceId)
          .toSorted(oldestFirst)
        const judged = [...scores.values()].filter((score) => score.tenant === tenant && score.traceId === traceId).toSorted((a, b) => a.at - b.at || compareTexts(a.id, b.id))
        if (steps.length === 0 && judged.length === 0) return null
        return { observations: steps.slice(0, MOST_STEPS), scores: judged.slice(0, MOST_STEPS), cut: steps.length > MOST_STEPS }
      }),
    scan: (tenant, query) =>
      guard(() => {
        checkScanQuery(query)
        return scanned(ofTenant(tenant), query, ({ startedAt }) => startedAt)
      }),
    scores: (tenant, query) =>
      guard(() => {
        checkScanQuery(query)
        return scanned([...scores.values()].filter((one) => one.tenant === tenant), query, ({ at }) => at)
      }),
    aggregate: (tenant, query) =>
      guard(() => {
        checkAggregateQuery(query)
        const rows = aggregate(selected(tenant, query).filter(({ billable }) => billable), query)
        checkRows(rows.length)
        return rows
      }),
    breakdown: (tenant, query) =>
      guard(() => {
        checkBreakdownQuery(query)
        const rows = breakdown(selected(tenant, query).filter(({ billable }) => billable), query)
        checkRows(rows.length)
        return rows
      }),
    outcomes: (tenant, query) =>
      guard(() => {
        checkOutcomeQuery(query)
        const steps = selected(tenant, { from: query.from, until: query.until })
        const judged = [...scores.values()].filter((score) => score.tenant === tenant && score.name === query.score)
        return outcomes(selected(tenant, query).filter(({ billable }) => billable), verdicts(judged, steps, query.success), query)
      }),
    poolUse: (query) =>
      guard(() => {
        checkPoolUseQuery(query)
        const uses = new Map<string, { tenant: string; pool: string; nanoUsd: bigint }>()
        for (const { tenant, pool, startedAt, billable, cost } of observations.values()) {
          if (pool === null || !billable || !query.pools.includes(pool) || startedAt < query.from || startedAt >= query.until) continue
          const key = JSON.stringify([tenant, pool])
          uses.set(key, { tenant, pool, nanoUsd: (uses.get(key)?.nanoUsd ?? 0n) + BigInt(cost.nanoUsd) })
        }
        return [...uses.values()].toSorted((a, b) => compareTexts(a.tenant, b.tenant) || compareTexts(a.pool, b.pool)).map(({ tenant, pool, nanoUsd }) => ({ tenant, pool, nanoUsd: String(nanoUsd) }))
      }),
    distribution: (tenant, query) =>
      guard(() => {
        checkDistributionQuery(query)
        const bars = new Map<number, number>()
        for (const call of selected(tenant, query)) {
          const bucket = call.billable ? logBucket(metricOf(call, callFigures(call), query.metric)) : null
          if (bucket !== null) bars.set(bucket, (bars.get(bucket) ?? 0) + 1)
        }
        return [...bars].toSorted(([a], [b]) => a - b).map(([bucket, calls]) => ({ value: logBucketValue(bucket), calls }))
      }),
    seal: () => guard(() => {}),
    retain: (before) =>
      guard(() => {
        for (const [key, { startedAt }] of observations) if (startedAt < before) observations.delete(key)
        for (const [key, { at }] of scores) if (at < before) scores.delete(key)
      }),
    stats: () => guard(() => ({ observations: observations.size, scores: scores.size, position, sealedDays: 0, bytes: 0, ...counted })),
    close: () => {
      closed = true
      return Promise.resolve()
    },
  }
}

function keyOf({ tenant, id }: { readonly tenant: string; readonly id: string }): string {
  return JSON.stringify([tenant, id])
}

function page(found: readonly Observation[], { limit, cursor, billableOnly }: CallQuery): { readonly calls: Observation[]; readonly next: string | null } {
  const after = cursor === undefined ? null : readCursor(cursor)
  const rest = found
    .filter((one) => (billableOnly !== true || one.billable) && (after === null || one.startedAt < after.startedAt || (one.startedAt === after.startedAt && compareTexts(one.id, after.id) < 0)))
    .toSorted((a, b) => -oldestFirst(a, b))
  const calls = rest.slice(0, limit)
  return { calls, next: rest.length > limit ? writeCursor(calls.at(-1)!) : null }
}

function scanned<T extends { readonly id: string }>(rows: readonly T[], { from, until, after, limit }: ScanQuery, timeOf: (row: T) => number): T[] {
  const isLater = (row: T): boolean => after === undefined || timeOf(row) > after.at || (timeOf(row) === after.at && compareTexts(row.id, after.id) > 0)
  return rows
    .filter((row) => timeOf(row) >= from && timeOf(row) < until && isLater(row))
    .toSorted((a, b) => timeOf(a) - timeOf(b) || compareTexts(a.id, b.id))
    .slice(0, limit)
}

function aggregate(calls: readonly Observation[], { by, bucketMs, measures, quantiles, top }: AggregateQuery): AggregateRow[] {
  const groups = new Map<string, { readonly at: number | null; readonly group: readonly (string | null)[]; readonly calls: Observation[] }>()
  for (const call of calls) {
    const at = bucketMs === undefined ? null : Math.floor(call.startedAt / bucketMs) * bucketMs
    const group = by.map((dimension) => dimensionValue(call, dimension))
    const key = JSON.stringify([at, group])
    if (!groups.has(key)) groups.set(key, { at, group, calls: [] })
    groups.get(key)!.calls.push(call)
  }
  // Without groups the answer is one row, of nothing too.
  if (by.length === 0 && bucketMs === undefined && groups.size === 0) groups.set('', { at: null, group: [], calls: [] })
  const rows = [...groups.values()].map(({ at, group, calls: own }) => ({
    row: { at, group, values: Object.fromEntries(measures.map((measure) => [measure, valueOf(measure, sumOf(own, measure))])), quantiles: quantiles === undefined ? [] : quantilesOf(own, quantiles) },
    rank: top === undefined ? 0n : sumOf(own, top.by),
  }))
  return rows
    .toSorted((a, b) => compare(b.rank, a.rank) || compare(a.row.at ?? 0, b.row.at ?? 0) || compareGroups(a.row.group, b.row.group))
    .slice(0, top?.limit ?? rows.length)
    .map(({ row }) => row)
}

function breakdown(calls: readonly Observation[], { bucketMs, top, ...query }: BreakdownQuery): BreakdownRow[] {
  const keyOfGroup = (call: Observation): string => JSON.stringify(query.by.map((dimension) => dimensionValue(call, dimension)))
  const ranks = new Map(aggregate(calls, { ...query, top }).map(({ group }, rank) => [JSON.stringify(group), rank]))
  const parts = Map.groupBy(calls, (call) => ranks.get(keyOfGroup(call)) ?? Infinity)
  return [...parts]
    .flatMap(([rank, own]) => aggregate(own, { ...query, by: [], ...(bucketMs === undefined ? {} : { bucketMs }) }).map(({ at, values }) => ({ rank, row: { at, group: rank === Infinity ? null : (JSON.parse([...ranks.keys()][rank]!) as (string | null)[]), values } })))
    .toSorted((a, b) => compare(a.row.at ?? 0, b.row.at ?? 0) || compare(a.rank, b.rank))
    .map(({ row }) => row)
}

function sumOf(calls: readonly Observation[], measure: Measure): bigint {
  let sum = 0n
  for (const call of calls) sum += measured(call, measure)
  return sum
}

function measured(call: Observation, measure: Measure): bigint {
  const figures = callFigures(call)
  switch (measure) {
    case 'calls':
      return 1n
    case 'costNanoUsd':
      return BigInt(call.cost.nanoUsd)
    case 'cacheReadTokens':
      return BigInt(call.usage.cacheRead ?? 0)
    case 'cacheWriteTokens':
      return BigInt(call.usage.cacheWrite ?? 0)
    case 'reasoningTokens':
      return BigInt(call.usage.reasoning ?? 0)
    case 'attempts':
      return BigInt(call.attempts)
    case 'clientRetries':
      return (call.clientRetry ?? 0) > 0 ? 1n : 0n
    case 'incompleteCost':
      return call.cost.status === 'complete' ? 0n : 1n
    default:
      return BigInt(figures[measure])
  }
}

function valueOf(measure: Measure, sum: bigint): number | string {
  return measure === 'costNanoUsd' ? String(sum) : Number(sum)
}

function quantilesOf(calls: readonly Observation[], { metric, at }: NonNullable<AggregateQuery['quantiles']>): (number | null)[] {
  const buckets = calls.flatMap((call) => logBucket(metricOf(call, callFigures(call), metric)) ?? []).toSorted((a, b) => a - b)
  return at.map((share) => (buckets.length === 0 ? null : logBucketValue(buckets[nearestRank(share, buckets.length)]!)))
}

function oldestFirst(a: Observation, b: Observation): number {
  return a.startedAt - b.startedAt || compareTexts(a.id, b.id)
}
