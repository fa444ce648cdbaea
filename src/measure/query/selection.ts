import Type from 'typebox'
import { DIMENSIONS, type Dimension, type Selection } from '../../store/telemetry.ts'
import { QueryError } from './query-error.ts'

const DAY_MS = 86_400_000
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS }
const AGO = /^(\d{1,6})([mhdw])$/u
const DATE = /^\d{4}-\d{2}-\d{2}$/u
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/u

const moment = (what: string) => Type.Optional(Type.String({ maxLength: 40, description: `${what}: a date (UTC), a date and time with its zone, or how long ago, such as 90m, 24h, 7d or 4w` }))
const values = (dimension: string) => Type.Optional(Type.Array(Type.String({ maxLength: 1024 }), { maxItems: 100, description: `a value of ${dimension}, again for each further one; empty = not said` }))

/** `model` is what callers ask for, and short. */
export const ALIASES: Readonly<Record<string, Dimension>> = { model: 'modelAsked' }

export const TIME = {
  from: moment('the start (default: 7d)'),
  to: moment('the end, which is not in it (default: now)'),
}

/** Every filter there is: any of the values of a dimension, and all dimensions must hold. */
export const FILTERS = {
  ...(Object.fromEntries([...DIMENSIONS, ...Object.keys(ALIASES)].map((dimension) => [dimension, values(dimension)])) as Record<(typeof DIMENSIONS)[number] | 'model', ReturnType<typeof values>>),
  tag: Type.Optional(Type.Record(Type.String({ minLength: 1, maxLength: 64 }), Type.Array(Type.String({ maxLength: 1024 }), { maxItems: 100 }), { maxProperties: 16, description: 'a tag as tag[NAME]=VALUE' })),
}

export const BY = Type.Optional(Type.String({ minLength: 1, maxLength: 300, description: `one or two of ${[...DIMENSIONS, ...Object.keys(ALIASES)].join(', ')}, tag:NAME, separated by a comma` }))
export const BUCKET = Type.Optional(Type.String({ pattern: AGO.source, description: 'the width of a time bucket, such as 15m, 1h or 1d' }))

interface Timed {
  readonly from?: string
  readonly to?: string
}

interface Filtered extends Timed {
  readonly tag?: Readonly<Record<string, readonly string[]>>
}

/** Throws QueryError where the times make none. */
export function timeOf(query: Timed, now: number): Pick<Selection, 'from' | 'until'> {
  const from = momentOf('from', query.from ?? '7d', now)
  const until = query.to === undefined ? now : momentOf('to', query.to, now)
  if (!(from < until)) throw new QueryError('invalid_parameter', 'The start is not before the end.', 'from')
  return { from, until }
}

/** The time and the filters. Throws QueryError. */
export function selectionOf(query: Filtered, now: number): Selection {
  const where: Partial<Record<Dimension, readonly (string | null)[]>> = {}
  const given = query as Readonly<Record<string, readonly string[] | undefined>>
  for (const name of [...DIMENSIONS, ...Object.keys(ALIASES)]) if (given[name] !== undefined) where[dimensionOf(name)] = saidOrNot(given[name])
  for (const [name, any] of Object.entries(query.tag ?? {})) where[`tag:${name}`] = saidOrNot(any)
  return { ...timeOf(query, now), where }
}

/** `user,tag:team` as dimensions; the store refuses what it does not know. */
export function dimensionsOf(by: string | undefined): Dimension[] {
  return by === undefined ? [] : by.split(',').map((name) => dimensionOf(name.trim()))
}

/** `1h` in ms. */
export function widthOf(bucket: string | undefined, { from, until }: Selection): number | undefined {
  if (bucket === undefined) return undefined
  const width = spanOf(bucket)
  if (!(width > 0) || (until - from) / width > MOST_BUCKETS) throw new QueryError('invalid_parameter', `There would be more than ${MOST_BUCKETS} time buckets: give a wider one.`, 'bucket')
  return width
}

const MOST_BUCKETS = 2000

function dimensionOf(name: string): Dimension {
  return Object.hasOwn(ALIASES, name) ? ALIASES[name]! : (name as Dimension)
}

function saidOrNot(any: readonly string[]): (string | null)[] {
  return any.map((value) => (value === '' ? null : value))
}

function momentOf(name: string, text: string, now: number): number {
  if (AGO.test(text)) return now - spanOf(text)
  const at = DATE.test(text) || DATE_TIME.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw new QueryError('invalid_parameter', `Give as ${name} a date such as 2026-11-25, a date and time with its zone such as 2026-11-25T08:00:00Z, or how long ago, such as 24h or 7d.`, name)
  return at
}

function spanOf(text: string): number {
  const [, count = '', unit = ''] = AGO.exec(text) ?? []
  return Number(count) * (UNITS[unit] ?? Number.NaN)
}

