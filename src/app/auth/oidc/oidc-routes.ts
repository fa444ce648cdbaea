import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../../core/clock.ts'
import { oneLine } from '../../../core/errors.ts'
import type { DashboardConfig, OidcConfig } from '../../../route/config-types.ts'
import type { ControlStore } from '../../../store/control.ts'
import { cookieName, readCookie, setCookie } from '../cookies.ts'
import type { Entrance } from '../entrance.ts'
import { openFlow, sealFlow } from './flow-cookie.ts'
import { oidcProvider, type Provider } from './provider.ts'
import { returnPath } from './return-path.ts'
import { userOfIdentity } from './user-of-identity.ts'

export interface OidcRouteDeps {
  readonly entrance: Entrance
  readonly store: Pick<ControlStore, 'people'>
  readonly config: () => DashboardConfig
  readonly pepper: Uint8Array
  readonly clock: Clock
  /** Told why a sign-in failed, by codes alone; the page is told less. */
  readonly onSignInFailure: (reason: string) => void
}

const START = '/auth/oidc/start'
const CALLBACK = '/auth/oidc/callback'
const COOKIE = 'spillway_oidc'
/** To type a password and a second factor at the provider. */
const FLOW_MS = 600_000

/**
 * Signing in at an identity provider: `/auth/oidc/start?to=/costs` sends the browser there, `/auth/oidc/callback` takes it back. What
 * goes wrong ends at `/login?error=CODE`. Returns whether the request was one of it.
 */
export function oidcRoutes({ entrance, store, config, pepper, clock, onSignInFailure }: OidcRouteDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  let current: { readonly oidc: OidcConfig; readonly provider: Provider } | null = null

  /** One as long as the configuration says the same. */
  function providerOf(oidc: OidcConfig): Provider {
    if (current === null || JSON.stringify(current.oidc) !== JSON.stringify(oidc)) current = { oidc, provider: oidcProvider(oidc) }
    return current.provider
  }

  async function start(request: IncomingMessage, response: ServerResponse, oidc: OidcConfig, publicUrl: string): Promise<void> {
    const to = returnPath(new URL(request.url!, publicUrl).searchParams.get('to'))
    const { url, flow } = await providerOf(oidc).begin(`${publicUrl}${CALLBACK}`)
    redirect(response, url.href, [keep(sealFlow(pepper, { ...flow, issuer: oidc.issuer, to, until: clock.now() + FLOW_MS }), FLOW_MS / 1000)])
  }

  async function callback(request: IncomingMessage, response: ServerResponse, oidc: OidcConfig, publicUrl: string): Promise<void> {
    const now = clock.now()
    const cookie = readCookie(request, cookieName(COOKIE, { publicUrl }))
    const flow = cookie === null ? null : openFlow(pepper, cookie, now)
    // Begun in another browser, too long ago, or with a provider that it no more is.
    if (flow === null || flow.issuer !== oidc.issuer) return refuse(response, 'expired')
    const url = new URL(request.url!, publicUrl)
    if (url.searchParams.get('error') === 'access_denied' && url.searchParams.get('state') === flow.state) return refuse(response, 'denied')
    const user = await userOfIdentity({ people: store.people, now }, oidc, await providerOf(oidc).end(url, flow))
    if (typeof user === 'string') return refuse(response, user)
    const entered = await entrance.enter(request, user)
    redirect(response, flow.to, [entered.cookie, keep('', 0)])
  }

  function refuse(response: ServerResponse, code: string): void {
    redirect(response, `/login?error=${code}`, [keep('', 0)])
  }

  /** Lax: it has to come along when the provider sends the browser back. */
  function keep(value: string, seconds: number): string {
    const { publicUrl } = config()
    return setCookie(cookieName(COOKIE, { publicUrl }), value, { publicUrl, sameSite: 'Lax', seconds })
  }

  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1)
    const { mode, oidc, publicUrl } = config()
    if ((path !== START && path !== CALLBACK) || mode === 'off' || oidc === null || publicUrl === null) return false
    request.resume()
    if (request.method !== 'GET') {
      response.writeHead(405, { allow: 'GET', 'content-length': 0 }).end()
      return true
    }
    const work = path === START ? start : callback
    work(request, response, oidc, publicUrl).catch((error: unknown) => {
      onSignInFailure(reasonOf(error))
      refuse(response, path === START ? 'unreachable' : 'failed')
    })
    return true
  }
}

function redirect(response: ServerResponse, location: string, cookies: readonly string[]): void {
  if (response.destroyed || response.headersSent) return
  // The address has a code in it that is nobody else's business.
  response.writeHead(303, { location, 'set-cookie': [...cookies], 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'content-length': 0 })
  response.end()
}

/** `OAUTH_RESPONSE_BODY_ERROR invalid_client` and the like: what the provider wrote besides may be anything. */
function reasonOf(error: unknown): string {
  const { name, code, error: said, cause } = error as { readonly name?: unknown; readonly code?: unknown; readonly error?: unknown; readonly cause?: { readonly code?: unknown } }
  const words = [code ?? name, said, cause?.code].filter((one): one is string => typeof one === 'string')
  return oneLine(words.join(' ')).slice(0, 200)
}
