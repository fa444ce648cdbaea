import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import type { DashboardConfig } from '../../route/config-types.ts'
import type { Admission } from '../../route/seams.ts'
import type { UserRow } from '../../store/people.ts'
import { ApiError } from '../api/api-error.ts'
import { ingestSecret } from '../ingest/secret.ts'
import { cookieName, readCookie } from './cookies.ts'
import { actsEverywhere, type Permission, PERMISSIONS_OF, permissionsIn, permissionsOfKey } from './permissions.ts'
import { isFromHere, isLocal } from './same-site.ts'
import { DEFAULT_TENANT } from './tenants.ts'
import type { Sessions } from './sessions.ts'
import { csrfOf, isSameText } from './tokens.ts'

/** Who asks, and what they may do where. */
export interface Caller {
  readonly kind: 'key' | 'user' | 'anonymous'
  /** The key's or the user's; '' of anonymous ones. */
  readonly id: string
  readonly tenant: string
  readonly permissions: ReadonlySet<Permission>
  /** Whether it may do in every tenant what it may do here: then what concerns all of them may be told. */
  readonly everywhere: boolean
  /** Null but for users. */
  readonly session: { readonly user: UserRow; readonly hash: string; readonly csrf: string } | null
}

export interface DoorDeps {
  readonly admission: Pick<Admission, 'identify'>
  readonly sessions: Sessions
  readonly config: () => DashboardConfig
  readonly clock: Clock
}

/** Tells who asks. One for all that is asked over HTTP but for calls. */
export interface Door {
  /** Throws ApiError where nobody is known. A request with a key is judged by the key alone. */
  readonly identify: (request: IncomingMessage) => Promise<Caller>
  /** The same, and refuses who lacks the permission. */
  readonly admit: (request: IncomingMessage, permission: Permission) => Promise<Caller>
  /** The session of a request, whatever it may do; null where there is none. */
  readonly session: (request: IncomingMessage) => Promise<Caller | null>
}

/** Whether the audit log itself may be told, which holds what concerns all tenants. */
export function mayReadWholeLog({ kind, permissions, everywhere }: Caller): boolean {
  return permissions.has('audit') && (everywhere || kind === 'key')
}

export const SESSION_COOKIE = 'spillway_session'
export const CSRF_HEADER = 'x-spillway-csrf'
const SAFE = new Set(['GET', 'HEAD'])

export function createDoor({ admission, sessions, config, clock }: DoorDeps): Door {
  async function session(request: IncomingMessage): Promise<Caller | null> {
    const { mode, publicUrl } = config()
    const token = mode === 'off' ? null : readCookie(request, cookieName(SESSION_COOKIE, { publicUrl }))
    const found = token === null ? null : await sessions.find(token, clock.now())
    if (token === null || found === null) return null
    const { row, user } = found
    const csrf = csrfOf(token)
    if (!SAFE.has(request.method ?? '')) {
      const shown = request.headers[CSRF_HEADER]
      if (typeof shown !== 'string' || !isSameText(shown, csrf) || !isFromHere(request, publicUrl)) throw new ApiError('csrf_refused', `Changes need the header ${CSRF_HEADER} with the value that GET /api/session gives, from a page of this site.`)
    }
    return { kind: 'user', id: user.id, tenant: row.tenant, permissions: permissionsIn(user, row.tenant), everywhere: actsEverywhere(user, row.tenant), session: { user, hash: row.hash, csrf } }
  }

  function byKey(authorization: string | undefined): Caller {
    const identity = admission.identify(ingestSecret(authorization), clock.now())
    if (!identity.ok) throw new ApiError('refused', identity.message, null, identity)
    return { kind: 'key', id: identity.keyId, tenant: identity.tenant, permissions: new Set(permissionsOfKey(identity)), everywhere: identity.mayAdminister, session: null }
  }

  async function identify(request: IncomingMessage): Promise<Caller> {
    const { authorization } = request.headers
    if (authorization !== undefined) return byKey(authorization)
    const known = await session(request)
    if (known !== null) return known
    const { mode, anonymous } = config()
    if (mode === 'on' && anonymous !== 'none' && isLocal(request)) return { kind: 'anonymous', id: '', tenant: DEFAULT_TENANT, permissions: new Set(PERMISSIONS_OF[anonymous]), everywhere: false, session: null }
    if (mode === 'on' && readCookie(request, cookieName(SESSION_COOKIE, config())) !== null) throw new ApiError('not_signed_in', 'Your session is over. Sign in again.')
    return byKey(undefined)
  }

  async function admit(request: IncomingMessage, permission: Permission): Promise<Caller> {
    const caller = await identify(request)
    if (caller.permissions.has(permission)) return caller
    if (caller.kind === 'key') {
      const scope = permission === 'read' || permission === 'calls' ? 'read' : permission === 'audit' ? 'audit' : 'admin'
      throw new ApiError('scope_missing', `This key may not ask. Use a key with the scope "${scope}".`)
    }
    if (caller.kind === 'anonymous') throw new ApiError('not_signed_in', 'Sign in for this.')
    throw new ApiError('permission_missing', `Your role in this tenant does not allow this: it takes the permission "${permission}".`)
  }

  return { identify, admit, session }
}
