import { type BreakdownQuery, type Dimension, type Measure, MEASURES, type Selection } from '../telemetry.ts'
import { DIMENSION_COLUMNS } from '../telemetry/column-names.ts'
import type { SealedDays } from './sealed-days.ts'

/**
 * Sums of the billable calls of each sealed day, by one dimension and time, so that a question over weeks reads thousands of rows and
 * not millions. They are made when a day is sealed, in that transaction, and go when it is unsealed: a sealed day's file never changes,
 * so neither do its sums. What is in no sealed file is added from the rows themselves.
 */
const HOURLY = ['feature', 'prompt', 'key', 'modelAsked', 'modelServed', 'provider', 'pool'] as const
/** So many values that sums by the hour would be as many as calls. */
const DAILY = ['user'] as const
type Summed = (typeof HOURLY)[number] | (typeof DAILY)[number]
/** Its few sums make those of everything. */
const FOR_ALL = 'pool'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** What answers a question: rows of a source, and sums of a dimension over whole days, which are not in the source. */
export interface Sources {
  readonly source: string
  readonly sums: { readonly dimension: Summed; readonly days: readonly number[] } | null
}

/** Inserts the sums of a day's file (an SQL source). */
export function sumsOfDay(day: number, source: string, measureSums: Readonly<Record<Measure, string>>): string {
  const sums = MEASURES.map((measure) => measureSums[measure]).join(', ')
  const one = (dimension: Summed, hour: string): string => `SELECT ${day}, tenant, '${dimension}', ${DIMENSION_COLUMNS[dimension]}, ${hour}, ${sums} FROM ${source} WHERE billable GROUP BY ALL`
  return `INSERT INTO sealed_sums ${[...HOURLY.map((dimension) => one(dimension, 'hour')), ...DAILY.map((dimension) => one(dimension, String(day * 24)))].join(' UNION ALL ')}`
}

type Question = Selection & Pick<BreakdownQuery, 'by' | 'bucketMs'>

/** Sums where they can tell: of whole days, for one dimension that is grouped or filtered by, in buckets of whole hours (for users: days). */
export function sourcesOf(days: SealedDays, question: Question): Sources {
  const { from, until } = question
  const dimension = dimensionOf(question)
  const summed = dimension === null ? [] : days.summed.filter((day) => day * DAY_MS >= from && (day + 1) * DAY_MS <= until)
  const source = days.source(days.within(from, until).filter((day) => !summed.includes(day)))
  return { source, sums: dimension === null || summed.length === 0 ? null : { dimension, days: summed } }
}

function dimensionOf({ by, where = {}, bucketMs }: Question): Summed | null {
  const [dimension = FOR_ALL, ...more] = new Set<Dimension>([...by, ...(Object.keys(where) as Dimension[])])
  if (more.length > 0) return null
  const grain = isOneOf(HOURLY, dimension) ? HOUR_MS : DAY_MS
  return (isOneOf(HOURLY, dimension) || isOneOf(DAILY, dimension)) && (bucketMs ?? 0) % grain === 0 ? dimension : null
}

function isOneOf<T extends string>(list: readonly T[], text: string): text is T {
  return (list as readonly string[]).includes(text)
}
