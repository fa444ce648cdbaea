import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import type { QueryReply } from '../../measure/load/messages.ts'
import type { DedicatedPool } from '../../measure/query/route.ts'
import type { Door } from '../auth/door.ts'
import type { TelemetryService } from '../telemetry/start-telemetry.ts'
import { ApiError } from './api-error.ts'
import { fail } from './fail.ts'
import { permissionOfQuestion } from './question-permissions.ts'
import { sendJson } from './respond.ts'
import { sendFile } from './send-file.ts'
import { Turns } from './turns.ts'

export interface ApiDeps {
  readonly door: Pick<Door, 'admit'>
  readonly telemetry: () => TelemetryService
  readonly dedicated: () => readonly DedicatedPool[]
  readonly clock: Clock
  /** Told of a defect; the client gets 500. */
  readonly onDefect: (error: unknown) => void
}

const PREFIX = '/api/v1/'
const OPENAPI = '/api/v1/openapi.json'
const EXPORT = '/api/v1/export'
/** Questions that run or wait at once, of a key or a user (a dashboard asks for all of a page together) and in all; more are told to come again. */
const QUESTIONS = { ofAKey: 12, inAll: 48 } as const
/** Files that are made at once, and those that lie on the disk until they are sent. */
const EXPORTS = { ofAKey: 1, inAll: 2 } as const
const FILES = 16

/**
 * The API that answers what was recorded, on the gateway's port. Returns whether the request was one of it. All that a question costs
 * is in the telemetry thread: here it is looked up who asks, and bytes are passed on.
 */
export function apiRoutes({ door, telemetry, dedicated, clock, onDefect }: ApiDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  const questions = new Turns(QUESTIONS.ofAKey, QUESTIONS.inAll)
  const exports = new Turns(EXPORTS.ofAKey, EXPORTS.inAll)
  const files = new Turns(FILES, FILES)

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? ''
    const mark = url.indexOf('?')
    const [path, search] = mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
    if (request.method !== 'GET') throw new ApiError('method_not_allowed', 'Use GET.')
    // It says what there is to ask and nothing of what was recorded.
    if (path === OPENAPI) {
      const [{ openApiText }, { managedPaths }] = await Promise.all([import('../../measure/query/openapi.ts'), import('../manage/openapi-paths.ts')])
      return sendJson(response, 200, openApiText(managedPaths()))
    }
    const permission = permissionOfQuestion(path)
    const { kind, id, tenant, everywhere } = await door.admit(request, permission ?? 'read')
    if (permission === null) throw new ApiError('not_found', 'There is nothing at this path. /api/v1/openapi.json lists what there is.')
    const who = `${kind}:${id}`
    const query = (): Promise<QueryReply> => {
      const service = telemetry()
      const { asOf, behindBytes } = service.status()
      return service.store().query({ path, search, tenant, admin: everywhere, now: clock.now(), asOf, behindBytes, dedicated: dedicated() })
    }
    if (path === EXPORT) await files.take('', async () => send(response, await exports.take(who, query)))
    else await send(response, await questions.take(who, query))
  }

  return (request, response) => {
    if (!(request.url ?? '').startsWith(PREFIX)) return false
    // A body has no meaning here; unread it would keep the connection.
    request.resume()
    handle(request, response).catch((thrown: unknown) => fail(response, thrown, onDefect, request.method === 'GET' ? {} : { allow: 'GET' }))
    return true
  }
}

function send(response: ServerResponse, reply: QueryReply): Promise<void> | void {
  return reply.type === 'file' ? sendFile(response, reply.answer) : sendJson(response, reply.status, reply.bytes)
}
