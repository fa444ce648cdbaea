import type { TObject } from 'typebox'
import { ROUTES } from './answer-query.ts'
import type { Route } from './route.ts'

const ERROR = {
  type: 'object',
  required: ['error'],
  properties: { error: { type: 'object', required: ['code', 'message'], properties: { code: { type: 'string', description: 'stable: scripts may match on it' }, message: { type: 'string' }, param: { type: ['string', 'null'], description: 'the parameter that is wrong' } } } },
}
const LOADED = {
  asOf: { type: ['string', 'null'], format: 'date-time', description: 'all that was recorded by then is in the answer; null = not known yet' },
  behindBytes: { type: 'integer', minimum: 0, description: 'bytes of the journal that wait to be loaded' },
}
const STATUSES: Readonly<Record<string, string>> = { 400: 'A parameter is wrong, or the answer would be too large', 401: 'The key is missing or not valid, or nobody is signed in', 403: 'The key lacks the scope read, or the role the permission', 404: 'There is no such thing in this tenant', 429: 'Too many questions at once', 503: 'Telemetry is off or cannot be asked at present' }

/** The OpenAPI document, from the schemas that questions and answers are checked by. `more`: paths of other parts of the server. */
export function openApiText(more: Readonly<Record<string, object>> = {}): string {
  const schemas: Record<string, unknown> = { Error: ERROR }
  const paths = hoisted({ ...Object.fromEntries(ROUTES.map((route) => [route.path, { get: operation(route) }])), ...more }, schemas)
  return JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Spillway', version: '1', description: 'What was recorded of calls, what they cost, and what is managed. Every answer is of the tenant of the key, or of that in which a user is signed in.' },
    security: [{ key: [] }, { session: [] }],
    paths,
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'a Spillway key with the scope read, to manage: admin' }, session: { type: 'apiKey', in: 'cookie', name: 'spillway_session', description: 'a session of the dashboard; changes need the header x-spillway-csrf with the value that GET /api/session gives' } }, schemas },
  })
}

function operation(route: Route): object {
  return {
    summary: route.summary,
    operationId: route.path.slice('/api/v1/'.length).replaceAll(/[^a-z]+([a-z])?/gu, (_, next: string | undefined) => (next ?? '').toUpperCase()),
    parameters: [...(route.path.endsWith('{id}') ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] : []), ...parametersOf(route.query)],
    responses: {
      200: { description: 'The answer', content: contentOf(route) },
      ...Object.fromEntries(Object.entries(STATUSES).map(([status, description]) => [status, { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }])),
    },
  }
}

function parametersOf(query: TObject): object[] {
  return Object.entries(query.properties).map(([name, schema]) => {
    const { description, ...rest } = schema as { readonly description?: string; readonly type?: string }
    const parameter = { name, in: 'query', required: false, description, schema: rest }
    return rest.type === 'object' ? Object.assign(parameter, { style: 'deepObject', explode: true }) : parameter
  })
}

function contentOf({ answer }: Route): object {
  if (answer === 'file') return { 'text/csv': { schema: { type: 'string' } }, 'application/vnd.apache.parquet': { schema: { type: 'string', format: 'binary' } }, 'application/jsonl': { schema: { type: 'string' } } }
  const { properties, required, ...rest } = answer as TObject
  return { 'application/json': { schema: { ...rest, properties: { ...LOADED, ...properties }, required: [...Object.keys(LOADED), ...(required as string[])] } } }
}

/** Schemas that refer to themselves say so by a name of their own; in the document they stand among its components. */
function hoisted(node: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(node)) return node.map((one) => hoisted(one, schemas))
  if (typeof node !== 'object' || node === null) return node
  const { $defs = {}, $ref, ...rest } = node as { readonly $defs?: Readonly<Record<string, unknown>>; readonly $ref?: string }
  for (const [name, schema] of Object.entries($defs)) schemas[name] ??= hoisted(schema, schemas)
  const inner = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, hoisted(value, schemas)]))
  return $ref === undefined ? inner : { $ref: $ref.includes('/') ? $ref : `#/components/schemas/${$ref}`, ...inner }
}
