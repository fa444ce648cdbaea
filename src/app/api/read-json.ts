import type { IncomingMessage } from 'node:http'
import type { Static, TObject, TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { readAll } from '../ingest/read-all.ts'
import { ApiError } from './api-error.ts'

const MOST_BYTES = 64 * 1024

/** The body of a request, of the shape that the schema has: nothing more, nothing less. Throws ApiError. */
export async function readJson<T extends TObject>(request: IncomingMessage, schema: T): Promise<Static<T>> {
  // A form of another site cannot send this type without being asked about first.
  if (!/^application\/json *(;|$)/iu.test(request.headers['content-type'] ?? '')) throw new ApiError('unsupported_media_type', 'Send application/json.')
  const text = (await bytesOf(request)).toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ApiError('invalid_body', 'The body is no JSON.')
  }
  explain(schema as unknown as Node, value, '')
  return value as Static<T>
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  try {
    const bytes = await readAll(request, MOST_BYTES)
    if (bytes !== null) return bytes
  } catch {
    throw new ApiError('body_too_large', `The body has more than ${MOST_BYTES} bytes.`)
  }
  throw new ApiError('invalid_body', 'The body did not come to its end.')
}

/** The parts of JSON Schema that bodies use. */
interface Node {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
}

/** Says which field is wrong, and what belongs there; never what was given. */
function explain(node: Node, value: unknown, name: string): void {
  if (node.type !== 'object' || node.properties === undefined) {
    if (!Check(node as unknown as TSchema, value)) throw new ApiError('invalid_body', `Give as ${name} ${node.description ?? 'what the description of the API says'}.`, name)
    return
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ApiError('invalid_body', name === '' ? 'The body is a JSON object.' : `Give as ${name} an object.`, name === '' ? null : name)
  const place = (field: string): string => (name === '' ? field : `${name}.${field}`)
  for (const field of Object.keys(value)) {
    if (!Object.hasOwn(node.properties, field)) throw new ApiError('unknown_field', `There is no field "${place(field).slice(0, 80)}". Use ${Object.keys(node.properties).join(', ')}.`, place(field).slice(0, 80))
  }
  for (const field of node.required ?? []) {
    if (!Object.hasOwn(value, field)) throw new ApiError('invalid_body', `Give as ${place(field)} ${node.properties[field]?.description ?? 'a value'}.`, place(field))
  }
  for (const [field, inner] of Object.entries(node.properties)) {
    if (Object.hasOwn(value, field)) explain(inner, (value as Readonly<Record<string, unknown>>)[field], place(field))
  }
  if (!Check(node as unknown as TSchema, value)) throw new ApiError('invalid_body', 'The body does not have the shape that the description of the API gives.')
}
