import type { Configuration } from 'openid-client'
import type { OidcConfig } from '../../../route/config-types.ts'

/** What a sign-in is begun with, and has to come back with. */
export interface Flow {
  readonly state: string
  readonly nonce: string
  /** PKCE: only who began the sign-in can end it. */
  readonly verifier: string
}

export interface Identity {
  readonly issuer: string
  readonly subject: string
  /** All claims, of the ID token and of the user info endpoint. */
  readonly claims: Readonly<Record<string, unknown>>
}

export interface Provider {
  /** Where the browser is sent. */
  readonly begin: (redirectUri: string) => Promise<{ readonly url: URL; readonly flow: Flow }>
  /** `url`: where it came back to, whole. Rejects unless the provider says who it is, to us, for this sign-in. */
  readonly end: (url: URL, flow: Flow) => Promise<Identity>
}

const TIMEOUT_SECONDS = 10

/** The identity provider of a configuration. Its own description is read at the first sign-in, and again where that failed. */
export function oidcProvider({ issuer, clientId, clientSecret, scopes }: OidcConfig): Provider {
  let known: Promise<Configuration> | null = null

  async function discover(): Promise<Configuration> {
    const { allowInsecureRequests, ClientSecretPost, ClientSecretBasic, discovery, enableNonRepudiationChecks, None } = await import('openid-client')
    const local = new URL(issuer).protocol === 'http:'
    const found = await discovery(new URL(issuer), clientId, undefined, clientSecret === null ? None() : ClientSecretPost(clientSecret), {
      timeout: TIMEOUT_SECONDS,
      // Signatures are checked although the token comes from the provider itself.
      execute: [enableNonRepudiationChecks, ...(local ? [allowInsecureRequests] : [])],
    })
    const methods = found.serverMetadata().token_endpoint_auth_methods_supported
    if (clientSecret === null || methods === undefined || methods.includes('client_secret_post')) return found
    return discovery(new URL(issuer), clientId, undefined, ClientSecretBasic(clientSecret), { timeout: TIMEOUT_SECONDS, execute: [enableNonRepudiationChecks, ...(local ? [allowInsecureRequests] : [])] })
  }

  function configuration(): Promise<Configuration> {
    const asked = (known ??= discover())
    asked.catch(() => {
      if (known === asked) known = null
    })
    return asked
  }

  return {
    begin: async (redirectUri) => {
      const { buildAuthorizationUrl, calculatePKCECodeChallenge, randomNonce, randomPKCECodeVerifier, randomState } = await import('openid-client')
      const flow = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
      const url = buildAuthorizationUrl(await configuration(), { redirect_uri: redirectUri, scope: scopes.join(' '), state: flow.state, nonce: flow.nonce, code_challenge: await calculatePKCECodeChallenge(flow.verifier), code_challenge_method: 'S256' })
      return { url, flow }
    },
    end: async (url, { state, nonce, verifier }) => {
      const { authorizationCodeGrant, fetchUserInfo } = await import('openid-client')
      const config = await configuration()
      const tokens = await authorizationCodeGrant(config, url, { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true })
      const claims = tokens.claims()!
      const more = config.serverMetadata().userinfo_endpoint === undefined ? {} : await fetchUserInfo(config, tokens.access_token, claims.sub)
      return { issuer: claims.iss, subject: claims.sub, claims: { ...more, ...claims } }
    },
  }
}
