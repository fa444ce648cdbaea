import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import type { DashboardConfig } from '../../route/config-types.ts'
import type { ControlStore } from '../../store/control.ts'
import type { UserRow } from '../../store/people.ts'
import { cookieName, readCookie, setCookie } from './cookies.ts'
import { type Caller, SESSION_COOKIE } from './door.ts'
import { actsEverywhere, permissionsIn } from './permissions.ts'
import type { Sessions } from './sessions.ts'
import { firstTenant } from './tenants.ts'
import { csrfOf, hashToken } from './tokens.ts'

export interface EntranceDeps {
  readonly sessions: Sessions
  readonly people: ControlStore['people']
  readonly config: () => DashboardConfig
  readonly clock: Clock
}

/** How a user whose identity is known comes in, and goes. */
export interface Entrance {
  /** A new session; the one that the browser had ends. `cookie` is a Set-Cookie header. */
  readonly enter: (request: IncomingMessage, user: UserRow) => Promise<{ readonly caller: Caller; readonly cookie: string }>
  /** The header that takes the cookie away. */
  readonly leave: () => string
}

export function createEntrance({ sessions, people, config, clock }: EntranceDeps): Entrance {
  function cookie(value: string, seconds: number): string {
    const { publicUrl, oidc } = config()
    // The way back from an identity provider comes from another site: Strict would leave the session behind.
    return setCookie(cookieName(SESSION_COOKIE, { publicUrl }), value, { publicUrl, sameSite: oidc === null ? 'Strict' : 'Lax', seconds })
  }

  return {
    enter: async (request, user) => {
      const old = readCookie(request, cookieName(SESSION_COOKIE, config()))
      if (old !== null) await people.sessions.remove(hashToken(old))
      const tenant = firstTenant(user)
      const token = await sessions.begin(user, tenant, clock.now())
      const caller: Caller = { kind: 'user', id: user.id, tenant, permissions: permissionsIn(user, tenant), everywhere: actsEverywhere(user, tenant), session: { user, hash: hashToken(token), csrf: csrfOf(token) } }
      return { caller, cookie: cookie(token, Math.ceil(config().sessionMs / 1000)) }
    },
    leave: () => cookie('', 0),
  }
}
