import Type, { type TSchema } from 'typebox'
import { ROLES } from '../../store/people.ts'
import { ApiError } from '../api/api-error.ts'

/** Parts of bodies and answers. */

export const closed = { additionalProperties: false } as const
export const { Optional: optional, Boolean: boolean } = Type
export const object = <T extends Record<string, TSchema>>(properties: T, description?: string) => Type.Object(properties, { ...closed, ...(description === undefined ? {} : { description }) })
export const orNull = <T extends TSchema>(schema: T, description: string) => Type.Union([schema, Type.Null()], { description: `${description}, or null` })
export const list = <T extends TSchema>(items: T, description: string, maxItems = 1_000_000) => Type.Array(items, { maxItems, description })
export const text = (description: string) => Type.String({ description })
export const oneOf = <T extends string>(values: readonly T[], description: string) => Type.Enum([...values], { description: `${description}: one of ${values.join(', ')}` })
export const role = oneOf(ROLES, 'a role')
/** What people give names to: no line breaks or other control characters, which could forge lines of a log or a terminal. */
export const words = (what: string, maxLength: number, minLength = 1) => Type.String({ minLength, maxLength, pattern: '^[^\\u0000-\\u001f\\u007f\\u2028\\u2029]*$', description: `${what}: a text of ${minLength} to ${maxLength} characters, without line breaks` })
export const timeOrNull = (description: string) => Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description })
export const usd = (description: string) => Type.String({ pattern: '^\\d{1,9}(\\.\\d{1,9})?$', description: `${description}: US dollars as an exact decimal, such as "20" or "0.25"` })
/** In a body. */
export const day = (description: string) => Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?Z)?$', description: `${description}: a date or a time in UTC, such as 2027-06-30 or 2027-06-30T12:00:00Z` })

/** Unix ms of what `day` lets through; throws where there is no such day, or it is past. */
export function futureTime(written: string, field: string, now: number): number {
  const at = Date.parse(written)
  if (Number.isNaN(at)) throw new ApiError('invalid_body', `Give as ${field} a day that there is.`, field)
  if (at <= now) throw new ApiError('invalid_body', `Give as ${field} a time to come.`, field)
  return at
}
