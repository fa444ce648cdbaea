import { SpillwayError } from '../../core/errors.ts'
import { type AggregateQuery, type BreakdownQuery, type CallQuery, DIMENSIONS, type Dimension, type DistributionQuery, MEASURES, METRICS, MOST_PAGE, MOST_ROWS, MOST_SCAN, type OutcomeQuery, type PoolUseQuery, type ScanQuery, type Selection } from '../telemetry.ts'

const MINUTE = 60_000
const MOST_VALUES = 1000
const MOST_QUANTILES = 10
const LONGEST_TAG = 64
const LONGEST_SCORE = 1024
/** The last moment that a JavaScript date knows, in ms from 1970 both ways. */
const FARTHEST = 8.64e15

/** Each throws TELEMETRY_QUERY_INVALID for what no store answers. Called by every adapter before it does anything. */
export function checkCallQuery(query: CallQuery): void {
  checkSelection(query)
  if (!(Number.isInteger(query.limit) && query.limit >= 1 && query.limit <= MOST_PAGE)) throw invalid(`a page of ${query.limit}`, `Ask for 1 to ${MOST_PAGE}`)
}

export function checkScanQuery({ limit, after, ...selection }: ScanQuery): void {
  checkSelection(selection)
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= MOST_SCAN)) throw invalid(`a page of ${limit}`, `Ask for 1 to ${MOST_SCAN}`)
  if (after !== undefined && !(isTime(after.at) && typeof after.id === 'string')) throw invalid('a place to go on from that is none', 'Give the time and id of the last row')
}

export function checkAggregateQuery(query: AggregateQuery): void {
  checkSelection(query)
  const { quantiles } = query
  checkSums(query)
  if (quantiles !== undefined) {
    checkOneOf(METRICS, quantiles.metric, 'metric')
    if (quantiles.at.length > MOST_QUANTILES || !quantiles.at.every((share) => share >= 0 && share <= 1)) throw invalid(`quantiles at ${quantiles.at.join(', ')}`, `Ask for at most ${MOST_QUANTILES}, from 0 to 1`)
  }
}

export function checkBreakdownQuery(query: BreakdownQuery): void {
  checkSelection(query)
  checkSums(query)
  if (query.by.length === 0) throw invalid('a breakdown by nothing', 'Group by one or two dimensions')
}

export function checkDistributionQuery(query: DistributionQuery): void {
  checkSelection(query)
  checkOneOf(METRICS, query.metric, 'metric')
}

export function checkOutcomeQuery(query: OutcomeQuery): void {
  checkSelection(query)
  checkGroups(query.by)
  const { score, success, limit } = query
  if (score.length === 0 || score.length > LONGEST_SCORE) throw invalid(`a score's name of ${score.length} characters`, `Use 1 to ${LONGEST_SCORE}`)
  if ('label' in success ? typeof success.label !== 'string' : !Number.isFinite('above' in success ? success.above : success.atLeast)) throw invalid('a success that is none', 'Give a finite number, or a label')
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= MOST_ROWS)) throw invalid(`the top ${limit}`, `Ask for 1 to ${MOST_ROWS}`)
}

export function checkPoolUseQuery({ from, until, pools }: PoolUseQuery): void {
  checkSelection({ from, until, where: { pool: pools } })
}

/** Throws TELEMETRY_QUERY_TOO_LARGE: rows are never left out in silence. */
export function checkRows(rows: number): void {
  if (rows > MOST_ROWS) throw new SpillwayError('TELEMETRY_QUERY_TOO_LARGE', `the answer has more than ${MOST_ROWS} rows`, 'Choose a wider time bucket, a shorter time or the top of a measure')
}

/** The name in `tag:<name>`; null for the dimensions of the table. */
export function tagOf(dimension: Dimension): string | null {
  return dimension.startsWith('tag:') ? dimension.slice('tag:'.length) : null
}

function checkSelection({ from, until, where }: Selection): void {
  if (!(isTime(from) && isTime(until) && from < until)) throw invalid(`the time from ${from} until ${until}`, 'Give a start before the end, in milliseconds since 1970')
  for (const [dimension, values] of Object.entries(where ?? {})) {
    checkDimension(dimension as Dimension)
    if (!Array.isArray(values) || values.length > MOST_VALUES || !values.every((value) => value === null || typeof value === 'string')) throw invalid(`the filter on ${dimension}`, `Give at most ${MOST_VALUES} texts`)
  }
}

export function isTime(ms: unknown): ms is number {
  return typeof ms === 'number' && Math.abs(ms) <= FARTHEST
}

function checkSums({ by, bucketMs, measures, top }: Pick<AggregateQuery, 'by' | 'bucketMs' | 'measures' | 'top'>): void {
  checkGroups(by)
  if (bucketMs !== undefined && !(Number.isSafeInteger(bucketMs) && bucketMs > 0 && bucketMs % MINUTE === 0)) throw invalid(`a time bucket of ${bucketMs} ms`, 'Use a whole number of minutes')
  for (const measure of measures) checkOneOf(MEASURES, measure, 'measure')
  if (top === undefined) return
  checkOneOf(MEASURES, top.by, 'measure')
  if (!(Number.isInteger(top.limit) && top.limit >= 1 && top.limit <= MOST_ROWS)) throw invalid(`the top ${top.limit}`, `Ask for 1 to ${MOST_ROWS}`)
}

function checkGroups(by: readonly Dimension[]): void {
  for (const dimension of by) checkDimension(dimension)
  if (by.length > 2 || new Set(by).size < by.length) throw invalid(`grouping by "${by.join(', ')}"`, 'Group by one or two different dimensions')
}

function checkDimension(dimension: Dimension): void {
  const tag = tagOf(dimension)
  if (tag === null) checkOneOf(DIMENSIONS, dimension, 'dimension')
  else if (tag.length === 0 || tag.length > LONGEST_TAG) throw invalid(`a tag name of ${tag.length} characters`, `Use 1 to ${LONGEST_TAG}`)
}

function checkOneOf(known: readonly string[], name: string, what: string): void {
  if (!known.includes(name)) throw invalid(`the ${what} "${name}"`, `Use one of ${known.join(', ')}`)
}

function invalid(what: string, mend: string): SpillwayError {
  return new SpillwayError('TELEMETRY_QUERY_INVALID', `telemetry cannot answer ${what}`, mend)
}
