import type { Static, TObject, TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { QueryError } from './query-error.ts'

/** More parameters than any question has. */
const MOST_PARAMETERS = 500
/** `tag[team]=core`: OpenAPI's `deepObject`. */
const MEMBER = /^([a-zA-Z]+)\[(.+)\]$/su

interface Field {
  readonly type?: string
  readonly description?: string
  readonly items?: Field
}

/**
 * A query string as the values that a schema asks for: lists by repeating the parameter, maps as `name[member]=value`. What the
 * schema does not know is refused, so that a mistyped filter never widens an answer. Throws QueryError.
 */
export function parseQuery<T extends TObject>(schema: T, search: string): Static<T> {
  const fields = schema.properties as Readonly<Record<string, Field>>
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  let count = 0
  for (const [name, text] of new URLSearchParams(search)) {
    if (++count > MOST_PARAMETERS) throw new QueryError('invalid_parameter', `There are more than ${MOST_PARAMETERS} parameters.`)
    const member = MEMBER.exec(name)
    const key = member?.[1] ?? name
    const field = Object.hasOwn(fields, key) ? fields[key]! : null
    if (field === null || (member !== null) !== (field.type === 'object')) throw new QueryError('unknown_parameter', `There is no parameter "${shown(name)}". Use ${Object.keys(fields).join(', ')}.`, shown(name))
    if (field.type === 'object') add((values[key] ??= Object.create(null)) as Record<string, unknown>, member![2]!, text)
    else if (field.type === 'array') add(values, key, valueOf(field.items!, text))
    else if (key in values) throw new QueryError('invalid_parameter', `The parameter "${key}" is given twice.`, key)
    else values[key] = valueOf(field, text)
  }
  for (const [name, value] of Object.entries(values)) {
    if (!Check(fields[name] as unknown as TSchema, value)) throw new QueryError('invalid_parameter', `Give as ${name} ${fields[name]!.description}.`, name)
  }
  return values as Static<T>
}

/** Lists, for parameters that may come again. */
function add(values: Record<string, unknown>, key: string, value: unknown): void {
  const list = values[key] as unknown[] | undefined
  if (list === undefined) values[key] = [value]
  else list.push(value)
}

/** A text that is no number, or no yes or no, stays a text, which the schema refuses. */
function valueOf({ type }: Field, text: string): unknown {
  if (type === 'integer' && /^-?\d{1,15}$/u.test(text)) return Number(text)
  if (type === 'number' && /^-?\d{1,15}(\.\d{1,15})?$/u.test(text)) return Number(text)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

function shown(name: string): string {
  return name.slice(0, 80)
}
