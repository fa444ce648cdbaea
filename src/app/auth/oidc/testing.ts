import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

export const CLIENT = { id: 'spillway', secret: 'client-secret-canary' } as const

export interface TestProvider {
  readonly issuer: string
  /** What it says of each account, by the name that is typed in. */
  readonly claims: Map<string, Readonly<Record<string, unknown>>>
  /** The client's address to come back to. */
  readonly allow: (redirectUri: string) => void
  /** Signs in as `account` from the address that Spillway sent the browser to; resolves to where it is sent back. */
  readonly signIn: (url: string, account: string) => Promise<string>
  readonly close: () => Promise<void>
}

const MOST_STEPS = 20

/** A certified OpenID provider on a free port, with a form for a name. */
export async function startProvider(): Promise<TestProvider> {
  const claims: TestProvider['claims'] = new Map()
  const redirects: string[] = []
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  let provider: Provider | null = null
  const make = (): Provider =>
    new Provider(issuer, {
      clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: redirects, token_endpoint_auth_method: 'client_secret_post' }],
      jwks: { keys: [{ ...key, use: 'sig', alg: 'RS256' }] },
      cookies: { keys: ['of the test alone'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
      findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...claims.get(id) }) }),
    })
  server.on('request', (request, response) => (provider ??= make()).callback()(request, response))
  return {
    issuer,
    claims,
    allow: (redirectUri) => {
      redirects.push(redirectUri)
      // It reads its clients once.
      provider = null
    },
    signIn: (url, account) => walk(issuer, url, account),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Follows its redirects and fills in its forms, as a browser with its cookies would. */
async function walk(issuer: string, first: string, account: string): Promise<string> {
  const cookies = new Map<string, string>()
  let next: { readonly url: string; readonly form?: URLSearchParams } = { url: first }
  for (let step = 0; step < MOST_STEPS; step++) {
    const { url, form } = next
    const response: Response = await fetch(url, { redirect: 'manual', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }, ...(form === undefined ? {} : { method: 'POST', body: form }) })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/u.exec(line)!
      cookies.set(name!, value!)
    }
    const text = await response.text()
    const location = response.headers.get('location')
    if (location !== null) {
      const target = new URL(location, url).href
      if (!target.startsWith(`${issuer}/`)) return target
      next = { url: target }
      continue
    }
    const action = /action="([^"]+)"/u.exec(text)?.[1]
    const prompt = /name="prompt" value="([^"]+)"/u.exec(text)?.[1]
    if (action === undefined || prompt === undefined) throw new Error(`the provider answered ${response.status}: ${text.slice(0, 500)}`)
    next = { url: new URL(action, url).href, form: new URLSearchParams({ prompt, login: account, password: 'any' }) }
  }
  throw new Error('the provider goes round in circles')
}
