import Type, { type TSchema } from 'typebox'

/** Parts of answers. */

export const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const text = (description: string) => Type.String({ description })
export const textOrNull = (description: string) => orNull(Type.String({ description: `${description}; null = not said` }))
export const number = (description: string) => Type.Number({ description })
export const numberOrNull = (description: string) => orNull(Type.Number({ description: `${description}; null = not known` }))
export const count = (description: string) => Type.Integer({ minimum: 0, description })
export const time = (description: string) => Type.String({ format: 'date-time', description })
export const usd = (description: string) => Type.String({ pattern: '^-?\\d+(\\.\\d{1,9})?$', description: `${description}, US dollars, exact` })
export const nano = (description: string) => Type.String({ pattern: '^-?\\d+$', description: `${description}, nano-dollars (1e-9 USD)` })
export const list = <T extends TSchema>(items: T, description: string) => Type.Array(items, { description })

/** Unix ms as ISO 8601. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
