import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import { ApiError } from '../api/api-error.ts'
import { fail } from '../api/fail.ts'
import { readJson } from '../api/read-json.ts'
import { sendJson } from '../api/respond.ts'
import { witness } from '../audit/act.ts'
import type { Door } from '../auth/door.ts'
import { MANAGE_ROUTES } from './all-routes.ts'
import type { ManageDesk, ManageRoute } from './route.ts'

export interface ManageDeps {
  readonly door: Pick<Door, 'admit'>
  readonly desk: ManageDesk
  readonly clock: Clock
  /** Told of a defect; the client gets 500. */
  readonly onDefect: (error: unknown) => void
}

/** Keys, budgets, users, alerts and settings under `/api/v1/`. Returns whether the request was one of it. */
export function manageRoutes({ door, desk, clock, onDefect }: ManageDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  async function handle(route: ManageRoute, encoded: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const caller = await door.admit(request, route.permission)
    const body = route.body === null ? null : await readJson(request, route.body)
    const now = clock.now()
    const asked = { desk, caller, id: idOf(encoded), body: body as never, now, act: witness(`${caller.kind}:${caller.id}`, now) }
    sendJson(response, route.status, JSON.stringify(await route.handle(asked)))
  }

  return (request, response) => {
    const found = matches((request.url ?? '').split('?', 1)[0]!)
    if (found.length === 0) return false
    const allow = found.map(({ route }) => route.method).join(', ')
    const hit = found.find(({ route }) => route.method === request.method)
    const work = hit === undefined ? Promise.reject(new ApiError('method_not_allowed', `Use ${allow}.`)) : handle(hit.route, hit.id, request, response)
    work.catch((thrown: unknown) => fail(response, thrown, onDefect, hit === undefined ? { allow } : {}))
    // What was not read of the body would keep the connection.
    response.on('finish', () => request.resume())
    return true
  }
}

function matches(path: string): { readonly route: ManageRoute; readonly id: string }[] {
  return MANAGE_ROUTES.flatMap((route) => {
    const [before = '', after] = route.path.split('{id}')
    if (after === undefined) return path === before ? [{ route, id: '' }] : []
    if (!path.startsWith(before) || !path.endsWith(after)) return []
    const id = path.slice(before.length, path.length - after.length)
    return id === '' || id.includes('/') ? [] : [{ route, id }]
  })
}

function idOf(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw new ApiError('not_found', 'The id is not encoded as an address must be.')
  }
}
