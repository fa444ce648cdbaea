import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import type { QueryReply } from '../../measure/load/messages.ts'
import { errorText, queryErrorOf } from '../../measure/query/query-error.ts'
import type { DedicatedPool } from '../../measure/query/route.ts'
import type { Admission } from '../../route/seams.ts'
import { ingestSecret } from '../ingest/secret.ts'
import type { TelemetryService } from '../telemetry/start-telemetry.ts'
import { sendFile } from './send-file.ts'
import { Turns } from './turns.ts'

export interface ApiDeps {
  readonly admission: Pick<Admission, 'identify'>
  readonly telemetry: () => TelemetryService
  readonly dedicated: () => readonly DedicatedPool[]
  readonly clock: Clock
  /** Told of a defect; the client gets 500. */
  readonly onDefect: (error: unknown) => void
}

const PREFIX = '/api/v1/'
const OPENAPI = '/api/v1/openapi.json'
const EXPORT = '/api/v1/export'
/** Questions that run or wait at once, of a key (a dashboard asks for all of a page together) and in all; more are told to come again. */
const QUESTIONS = { ofAKey: 12, inAll: 48 } as const
/** Files that are made at once, and those that lie on the disk until they are sent. */
const EXPORTS = { ofAKey: 1, inAll: 2 } as const
const FILES = 16

/**
 * The API that answers what was recorded, on the gateway's port. Returns whether the request was one of it. All that a question costs
 * is in the telemetry thread: here a key is looked up and bytes are passed on.
 */
export function apiRoutes({ admission, telemetry, dedicated, clock, onDefect }: ApiDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  const questions = new Turns(QUESTIONS.ofAKey, QUESTIONS.inAll)
  const exports = new Turns(EXPORTS.ofAKey, EXPORTS.inAll)
  const files = new Turns(FILES, FILES)

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? ''
    const mark = url.indexOf('?')
    const [path, search] = mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
    if (request.method !== 'GET') return fail(response, 405, { code: 'method_not_allowed', message: 'Use GET.' }, { allow: 'GET' })
    // It says what there is to ask and nothing of what was recorded.
    if (path === OPENAPI) {
      const { openApiText } = await import('../../measure/query/openapi.ts')
      return sendJson(response, 200, openApiText())
    }
    const identity = admission.identify(ingestSecret(request.headers.authorization), clock.now())
    if (!identity.ok) return fail(response, identity.status, identity, identity.retryAfterSeconds === null ? {} : { 'retry-after': String(identity.retryAfterSeconds) })
    const { keyId, tenant, mayRead, mayAdminister } = identity
    if (!mayRead) return fail(response, 403, { code: 'scope_missing', message: 'This key may not ask. Use a key with the scope "read".' })
    const query = (): Promise<QueryReply> => {
      const service = telemetry()
      const { asOf, behindBytes } = service.status()
      return service.store().query({ path, search, tenant, admin: mayAdminister, now: clock.now(), asOf, behindBytes, dedicated: dedicated() })
    }
    if (path === EXPORT) await files.take('', async () => send(response, await exports.take(keyId, query)))
    else await send(response, await questions.take(keyId, query))
  }

  return (request, response) => {
    if (!(request.url ?? '').startsWith(PREFIX)) return false
    // A body has no meaning here; unread it would keep the connection.
    request.resume()
    handle(request, response).catch((thrown: unknown) => {
      const error = queryErrorOf(thrown)
      if (error !== null) return fail(response, error.status, error, error.status === 429 || error.status === 503 ? { 'retry-after': '1' } : {})
      onDefect(thrown)
      fail(response, 500, { code: 'internal_error', message: 'Spillway failed at this; it is in its log.' })
    })
    return true
  }
}

function send(response: ServerResponse, reply: QueryReply): Promise<void> | void {
  return reply.type === 'file' ? sendFile(response, reply.answer) : sendJson(response, reply.status, reply.bytes)
}

function fail(response: ServerResponse, status: number, { code, message, param }: { readonly code: string; readonly message: string; readonly param?: string | null }, headers: Readonly<Record<string, string>> = {}): void {
  sendJson(response, status, errorText({ code, message, param: param ?? null }), headers)
}

function sendJson(response: ServerResponse, status: number, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers })
  response.end(body)
}
