import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OidcConfig } from '../../../route/config-types.ts'
import { Browser, startSite, type TestSite } from '../testing.ts'
import { returnPath } from './return-path.ts'
import { CLIENT, startProvider, type TestProvider } from './testing.ts'

let provider: TestProvider
let site: TestSite
let browser: Browser
const config = (change: Partial<OidcConfig> = {}): OidcConfig => ({ issuer: provider.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret, name: 'IdP', roleClaim: 'groups', roles: { ops: 'engineer', money: 'finance', it: 'admin' }, defaultRole: 'none', tenant: 'acme', scopes: ['openid', 'email', 'profile'], ...change })

beforeAll(async () => {
  // It warns of what is as it should be here: no TLS, no database.
  vi.spyOn(console, 'info').mockImplementation(() => {})
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  provider = await startProvider()
})
afterAll(() => provider.close())
beforeEach(async () => {
  site = await startSite()
  site.dashboard({ publicUrl: site.base, oidc: config() })
  provider.claims.clear()
  provider.claims.set('ann', { email: 'Ann@Example.com', email_verified: true, name: 'Ann', groups: ['staff', 'money', 'ops'] })
  provider.allow(`${site.base}/auth/oidc/callback`)
  browser = new Browser(site.base)
})
afterEach(() => site.close())

/** Signs in at the provider and comes back. */
async function signIn(account = 'ann', from = browser, to = '/costs?by=user'): Promise<Awaited<ReturnType<Browser['ask']>>> {
  const started = await from.ask('GET', `/auth/oidc/start?to=${encodeURIComponent(to)}`)
  expect(started.status).toBe(303)
  const back = new URL(await provider.signIn(started.headers.get('location')!, account))
  expect(back.origin).toBe(site.base)
  return from.ask('GET', back.pathname + back.search)
}
const whither = ({ status, headers }: { readonly status: number; readonly headers: Headers }): unknown[] => [status, headers.get('location')]

describe('signing in at an identity provider', () => {
  it('makes a user with the strongest role of the groups, and goes on where it began', async () => {
    const back = await signIn()
    expect(whither(back)).toEqual([303, '/costs?by=user'])
    const cookie = back.headers.getSetCookie().find((line) => line.startsWith('spillway_session='))
    expect(cookie).toMatch(/; HttpOnly; SameSite=Lax; /u)
    expect((await browser.ask('GET', '/api/session')).body).toMatchObject({ user: { email: 'ann@example.com', name: 'Ann', role: 'engineer', hasPassword: false }, tenant: 'acme', oidc: { name: 'IdP' } })
    expect(await site.acts()).toMatchObject([{ leaf: 'user-created', tenant: 'acme', role: 'engineer', by: 'identity-provider' }])
    expect(browser.cookies.has('spillway_oidc')).toBe(false)
  })

  it('again is the same user, with the role that the groups give now', async () => {
    await signIn()
    provider.claims.set('ann', { email: 'new@example.com', email_verified: true, groups: 'money' })
    await signIn()
    expect(await site.store.people.users.list()).toMatchObject([{ email: 'ann@example.com', memberships: [{ tenant: 'acme', role: 'finance' }] }])
    provider.claims.set('ann', { groups: [] })
    const other = new Browser(site.base)
    expect(whither(await signIn('ann', other))).toEqual([303, '/login?error=no_role'])
    expect(other.cookies.size).toBe(0)
  })

  it('a default role lets in whom no group names; the role is then managed here', async () => {
    site.dashboard({ oidc: config({ roleClaim: null, roles: {}, defaultRole: 'viewer' }) })
    await signIn()
    const [user] = await site.store.people.users.list()
    await site.store.people.users.update(user!.id, { memberships: [{ tenant: 'acme', role: 'auditor' }] })
    await signIn()
    expect((await site.store.people.users.list())[0]!.memberships).toEqual([{ tenant: 'acme', role: 'auditor' }])
  })

  it('opens the account with the same address where the provider has verified it, and keeps what it is elsewhere', async () => {
    const owner = { id: 'user_1', email: 'ann@example.com', name: 'A', password: 'x', oidc: null, memberships: [{ tenant: null, role: 'owner' }], createdAt: 0, disabledAt: null, signedInAt: null } as const
    await site.store.people.users.insert(owner)
    provider.claims.set('eve', { email: 'ann@example.com', email_verified: false, groups: ['it'] })
    expect(whither(await signIn('eve'))).toEqual([303, '/login?error=address_taken'])
    await signIn()
    expect(await site.store.people.users.list()).toMatchObject([{ id: 'user_1', oidc: { issuer: provider.issuer, subject: 'ann' }, memberships: [{ tenant: null, role: 'owner' }] }])
    provider.claims.set('mallory', { email: 'ann@example.com', email_verified: true, groups: ['it'] })
    expect(whither(await signIn('mallory'))).toEqual([303, '/login?error=address_taken'])
  })

  it.each([
    ['no group that counts', 'bob', { email: 'bob@example.com', email_verified: true, groups: ['staff', '__proto__', 'constructor'] }, 'no_role'],
    ['no address', 'bob', { groups: ['ops'] }, 'no_email'],
    ['an address that is none', 'bob', { email: 'a b', groups: ['ops'] }, 'no_email'],
  ])('%s: not let in', async (_, account, claims, code) => {
    provider.claims.set(account, claims)
    expect(whither(await signIn(account))).toEqual([303, `/login?error=${code}`])
    expect(await site.store.people.users.list()).toEqual([])
  })

  it('who is disabled here stays out', async () => {
    await signIn()
    const [user] = await site.store.people.users.list()
    await site.store.people.users.update(user!.id, { disabledAt: 1 })
    expect(whither(await signIn())).toEqual([303, '/login?error=disabled'])
  })
})

const comeBack = async (): Promise<URL> => {
  const started = await browser.ask('GET', '/auth/oidc/start')
  return new URL(await provider.signIn(started.headers.get('location')!, 'ann'))
}
/** Where a browser that comes back so is sent, whether it is signed in then, and how many users there are. */
const outcome = async ({ pathname, search }: URL, from = browser): Promise<unknown[]> => [...whither(await from.ask('GET', pathname + search)), from.cookies.has('spillway_session'), (await site.store.people.users.list()).length]
const refused = (code: string): unknown[] => [303, `/login?error=${code}`, false, 0]

describe('what comes back', () => {
  it('in another browser is nothing: nobody is signed in as somebody else', async () => {
    expect(await outcome(await comeBack(), new Browser(site.base))).toEqual(refused('expired'))
  })

  it('after ten minutes is nothing', async () => {
    const url = await comeBack()
    site.now += 600_000
    expect(await outcome(url)).toEqual(refused('expired'))
  })

  it('with a cookie that somebody else wrote is nothing', async () => {
    const url = await comeBack()
    const [text = '', mac = ''] = browser.cookies.get('spillway_oidc')!.split('.')
    const forged = { ...(JSON.parse(Buffer.from(text, 'base64url').toString()) as object), to: '//evil.example' }
    browser.cookies.set('spillway_oidc', `${Buffer.from(JSON.stringify(forged)).toString('base64url')}.${mac}`)
    expect(await outcome(url)).toEqual(refused('expired'))
  })

  it('of a provider that the configuration no more names is nothing', async () => {
    const url = await comeBack()
    site.dashboard({ oidc: config({ issuer: 'https://other.example' }) })
    expect(await outcome(url)).toEqual(refused('expired'))
  })

  it.each([
    ['another state', { state: 'x'.repeat(43) }, /^OAUTH_INVALID_RESPONSE/u],
    ['another code', { code: 'x'.repeat(43) }, /invalid_grant/u],
    ['another issuer (mix-up)', { iss: 'https://evil.example' }, /^OAUTH_INVALID_RESPONSE/u],
  ])('with %s is refused', async (_, change, reason) => {
    const url = await comeBack()
    for (const [name, value] of Object.entries(change)) url.searchParams.set(name, value)
    expect(await outcome(url)).toEqual(refused('failed'))
    expect(site.takeFailures()).toEqual([expect.stringMatching(reason)])
  })

  it('with the nonce or the PKCE verifier of another sign-in is refused', async () => {
    const url = await comeBack()
    const other = new Browser(site.base)
    await other.ask('GET', '/auth/oidc/start')
    url.searchParams.set('state', new URL((await other.ask('GET', '/auth/oidc/start')).headers.get('location')!).searchParams.get('state')!)
    expect(await outcome(url, other)).toEqual(refused('failed'))
    expect(site.takeFailures()).toEqual([expect.stringContaining('invalid_grant')])
  })

  it('twice is refused the second time', async () => {
    const url = await comeBack()
    const cookie = browser.cookies.get('spillway_oidc')!
    await browser.ask('GET', url.pathname + url.search)
    browser.cookies.set('spillway_oidc', cookie)
    expect(whither(await browser.ask('GET', url.pathname + url.search))).toEqual([303, '/login?error=failed'])
    expect(site.takeFailures()).toEqual([expect.stringContaining('invalid_grant')])
  })
})

it('a provider that cannot be reached is said, and asked again the next time', async () => {
  const gone = await startProvider()
  await gone.close()
  site.dashboard({ oidc: config({ issuer: gone.issuer }) })
  expect(whither(await browser.ask('GET', '/auth/oidc/start'))).toEqual([303, '/login?error=unreachable'])
  expect(site.takeFailures()).toEqual([expect.stringContaining('ECONNREFUSED')])
  site.dashboard({ oidc: config() })
  expect((await browser.ask('GET', '/auth/oidc/start')).headers.get('location')).toContain(provider.issuer)
})

it('without a provider there is no such address', async () => {
  site.dashboard({ oidc: null })
  expect((await browser.ask('GET', '/auth/oidc/start')).status).toBe(418)
})

it.each([
  ['/costs?by=user#top', '/costs?by=user#top'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/.//evil.example', '/'],
  ['/%5cevil.example', '/%5cevil.example'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/a\r\nset-cookie: x=y', '/'],
  ['/\t/evil.example', '/'],
  ['', '/'],
  [`/${'x'.repeat(1001)}`, '/'],
  [null, '/'],
])('after signing in %j leads to %s', (wanted, place) => {
  expect(returnPath(wanted)).toBe(place)
})
