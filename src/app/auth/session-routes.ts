import type { IncomingMessage, ServerResponse } from 'node:http'
import Type from 'typebox'
import type { Clock } from '../../core/clock.ts'
import type { DashboardConfig } from '../../route/config-types.ts'
import type { ControlStore } from '../../store/control.ts'
import type { UserRow } from '../../store/people.ts'
import { ApiError } from '../api/api-error.ts'
import { fail } from '../api/fail.ts'
import { readJson } from '../api/read-json.ts'
import { sendJson, sendNothing } from '../api/respond.ts'
import { witness } from '../audit/act.ts'
import type { Caller, Door } from './door.ts'
import type { Entrance } from './entrance.ts'
import { acceptLink, hasOwner, setUp } from './people.ts'
import { checkPassword, hashPassword } from './passwords.ts'
import { PERMISSIONS_OF, roleIn } from './permissions.ts'
import { isFromHere, isLocal } from './same-site.ts'
import type { SignIn } from './sign-in.ts'
import { DEFAULT_TENANT, tenantsOf } from './tenants.ts'

export interface SessionRouteDeps {
  readonly door: Door
  readonly entrance: Entrance
  readonly signIn: SignIn
  readonly store: Pick<ControlStore, 'keys' | 'budgets' | 'people'>
  readonly config: () => DashboardConfig
  /** Tenants of keys that are in no store. */
  readonly moreTenants: () => readonly string[]
  readonly isDemo: boolean
  readonly clock: Clock
  /** Told of a defect; the client gets 500. */
  readonly onDefect: (error: unknown) => void
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

const closed = { additionalProperties: false } as const
const token = Type.String({ minLength: 20, maxLength: 200, description: 'the part of the link after the #' })
const email = Type.String({ minLength: 3, maxLength: 254, description: 'an e-mail address' })
const name = Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f\\u007f]*$', description: 'a name of 1 to 200 characters' })
const password = Type.String({ minLength: 1, maxLength: 1000, description: 'a password' })
const SIGN_IN = Type.Object({ email, password }, closed)
const SET_UP = Type.Object({ token, email, name, password }, closed)
const ACCEPT = Type.Object({ token, name: Type.Optional(name), password }, closed)
const TENANT = Type.Object({ tenant: Type.String({ minLength: 1, maxLength: 128, description: 'the id of a tenant' }) }, closed)
const PASSWORD = Type.Object({ old: password, new: password }, closed)

/** Signing in and out, the first owner, invitations. Returns whether the request was one of it. */
export function sessionRoutes(deps: SessionRouteDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { door, entrance, signIn, store, config, clock, onDefect } = deps
  const { people } = store
  let owned = false

  const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
    '/api/session': {
      GET: async (request, response) => sendJson(response, 200, JSON.stringify(await view(request, await door.session(request)))),
      POST: async (request, response) => {
        fromHere(request)
        const body = await readJson(request, SIGN_IN)
        await welcome(request, response, await signIn.byPassword(body.email, body.password, request.socket.remoteAddress ?? ''))
      },
      DELETE: async (request, response) => {
        const caller = await signedIn(request)
        if (new URLSearchParams((request.url ?? '').split('?')[1]).get('everywhere') === 'true') await people.sessions.removeOf(caller.id, null)
        await people.sessions.remove(caller.session.hash)
        sendNothing(response, { 'set-cookie': entrance.leave() })
      },
    },
    '/api/session/tenant': {
      PUT: async (request, response) => {
        const { session } = await signedIn(request)
        const { tenant } = await readJson(request, TENANT)
        const own = await tenantsOf(store, session.user, deps.moreTenants())
        if (!own.some(({ id }) => id === tenant)) throw new ApiError('not_found', 'You belong to no such tenant.', 'tenant')
        await people.sessions.update(session.hash, { tenant })
        sendJson(response, 200, JSON.stringify(await view(request, await door.session(request))))
      },
    },
    '/api/session/password': {
      PUT: async (request, response) => {
        const { session } = await signedIn(request)
        const body = await readJson(request, PASSWORD)
        await signIn.byPassword(session.user.email, body.old, request.socket.remoteAddress ?? '')
        checkPassword(body.new, session.user.email)
        const { id } = session.user
        await people.users.update(id, { password: await signIn.inTurn(() => hashPassword(body.new)) }, witness(`user:${id}`, clock.now())({ leaf: 'user-changed', tenant: null, user: id, changed: 'password' }))
        await people.sessions.removeOf(id, session.hash)
        sendNothing(response)
      },
    },
    '/api/setup': {
      POST: async (request, response) => {
        fromHere(request)
        const body = await readJson(request, SET_UP)
        const now = clock.now()
        const user = await signIn.inTurn(() => setUp({ people, now }, body, ({ id }) => witness(`user:${id}`, now)({ leaf: 'user-created', tenant: null, user: id, role: 'owner', by: 'setup' })))
        await welcome(request, response, user)
      },
    },
    '/api/invite/accept': {
      POST: async (request, response) => {
        fromHere(request)
        const body = await readJson(request, ACCEPT)
        const now = clock.now()
        const { user } = await signIn.inTurn(() => acceptLink({ people, now }, { name: '', ...body }, ({ id }) => witness(`user:${id}`, now)))
        await welcome(request, response, user)
      },
    },
  }

  async function welcome(request: IncomingMessage, response: ServerResponse, user: UserRow): Promise<void> {
    const { caller, cookie } = await entrance.enter(request, user)
    sendJson(response, 200, JSON.stringify(await view(request, caller)), { 'set-cookie': cookie })
  }

  async function view(request: IncomingMessage, caller: Caller | null): Promise<object> {
    const { anonymous, oidc } = config()
    owned ||= await hasOwner(people)
    const user = caller?.session?.user ?? null
    const tenant = caller?.tenant ?? DEFAULT_TENANT
    const anonymousRole = anonymous !== 'none' && isLocal(request) ? anonymous : null
    return {
      user: user === null ? null : { id: user.id, email: user.email, name: user.name, role: roleIn(user, tenant), hasPassword: user.password !== null },
      anonymousRole,
      tenant,
      tenants: user === null ? (anonymousRole === null ? [] : [{ id: DEFAULT_TENANT, role: anonymousRole }]) : await tenantsOf(store, user, deps.moreTenants()),
      permissions: caller === null ? (anonymousRole === null ? [] : PERMISSIONS_OF[anonymousRole]) : [...caller.permissions],
      csrf: caller?.session?.csrf ?? null,
      setup: !owned,
      oidc: oidc === null ? null : { name: oidc.name },
      demo: deps.isDemo,
      currency: { code: 'USD' },
    }
  }

  async function signedIn(request: IncomingMessage): Promise<Caller & { readonly session: NonNullable<Caller['session']> }> {
    const caller = await door.session(request)
    if (caller === null || caller.session === null) throw new ApiError('not_signed_in', 'Sign in for this.')
    return { ...caller, session: caller.session }
  }

  function fromHere(request: IncomingMessage): void {
    if (!isFromHere(request, config().publicUrl)) throw new ApiError('csrf_refused', 'This is not asked from a page of this site.')
  }

  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1)
    if (!Object.hasOwn(routes, path) || config().mode === 'off') return false
    const methods = routes[path]!
    const handler = Object.hasOwn(methods, request.method ?? '') ? methods[request.method!] : undefined
    const work = handler === undefined ? Promise.reject(new ApiError('method_not_allowed', `Use ${Object.keys(methods).join(', ')}.`)) : handler(request, response)
    work.catch((thrown: unknown) => fail(response, thrown, onDefect, handler === undefined ? { allow: Object.keys(methods).join(', ') } : {}))
    // What a handler did not read would keep the connection.
    response.on('finish', () => request.resume())
    return true
  }
}
