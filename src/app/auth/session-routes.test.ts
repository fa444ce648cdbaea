import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Browser, PASSWORD, startSite, type TestSite } from './testing.ts'

const OWNER = { email: 'Ann@Example.com', name: 'Ann', password: PASSWORD }
const HOUR = 3_600_000

let site: TestSite
let browser: Browser
beforeEach(async () => {
  site = await startSite()
  browser = new Browser(site.base)
})
afterEach(() => site.close())

const setUp = async (): Promise<void> => {
  const { status } = await browser.ask('POST', '/api/setup', { ...OWNER, token: await site.setupToken() })
  expect(status).toBe(200)
}
const signIn = (email = 'ann@example.com', password = PASSWORD, from = new Browser(site.base)) => from.ask('POST', '/api/session', { email, password })

const who = async (): Promise<string | null> => (await browser.ask('GET', '/api/session')).body.user?.email ?? null

describe('before anybody is there', () => {
  it('the session says that nobody is signed in, and that an owner is to be made', async () => {
    const { status, body, headers } = await browser.ask('GET', '/api/session')
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(body).toEqual({ user: null, anonymousRole: null, tenant: 'default', tenants: [], permissions: [], csrf: null, setup: true, oidc: null, demo: false, currency: { code: 'USD' } })
  })

  it('the link makes the owner, signed in, once; that is an act', async () => {
    const token = await site.setupToken()
    const made = await browser.ask('POST', '/api/setup', { ...OWNER, token })
    expect(made.body).toMatchObject({ user: { email: 'ann@example.com', name: 'Ann', role: 'owner' }, tenant: 'default', tenants: [{ id: 'default', role: 'owner' }], setup: false })
    expect(made.body.permissions).toContain('owners')
    expect((await browser.ask('GET', '/api/session')).body.user.email).toBe('ann@example.com')
    expect(await site.acts()).toEqual([{ leaf: 'user-created', v: 1, at: '2026-11-25T12:00:00.000Z', actor: `user:${made.body.user.id}`, tenant: null, user: made.body.user.id, role: 'owner', by: 'setup' }])
    const again = await new Browser(site.base).ask('POST', '/api/setup', { ...OWNER, email: 'eve@example.com', token })
    expect([again.status, again.body.error.code]).toEqual([400, 'link_invalid'])
  })

  it('a link made later takes the place of the one before, and none lasts longer than a day', async () => {
    const [old, fresh] = [await site.setupToken(), await site.setupToken()]
    expect((await browser.ask('POST', '/api/setup', { ...OWNER, token: old })).body.error.code).toBe('link_invalid')
    site.now += 24 * HOUR
    expect((await browser.ask('POST', '/api/setup', { ...OWNER, token: fresh })).body.error.code).toBe('link_invalid')
    expect(await site.store.people.users.list()).toEqual([])
  })

  it('two who use it at once: one is the owner', async () => {
    const token = await site.setupToken()
    const both = await Promise.all(['a@example.com', 'b@example.com'].map((email) => new Browser(site.base).ask('POST', '/api/setup', { ...OWNER, email, token })))
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 400])
    expect(await site.store.people.users.list()).toHaveLength(1)
  })

  it('a weak password leaves the link as it is', async () => {
    const token = await site.setupToken()
    const weak = await browser.ask('POST', '/api/setup', { ...OWNER, password: 'password1234', token })
    expect([weak.status, weak.body.error.code]).toEqual([400, 'password_weak'])
    expect((await browser.ask('POST', '/api/setup', { ...OWNER, token })).status).toBe(200)
  })
})

describe('signing in', () => {
  beforeEach(setUp)

  it('the cookie is for no script and no other site; the store keeps its hash alone', async () => {
    const { headers } = await signIn()
    const [cookie] = headers.getSetCookie()
    expect(cookie).toMatch(/^spillway_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/u)
    const token = /=([\w-]+)/u.exec(cookie!)![1]!
    expect(await site.store.people.sessions.get(token)).toBeNull()
  })

  it('with https it is Secure and of this host alone', async () => {
    site.dashboard({ publicUrl: 'https://spillway.example.com' })
    const [cookie] = (await signIn()).headers.getSetCookie()
    expect(cookie).toMatch(/^__Host-spillway_session=.*; Secure$/u)
  })

  it('a new token each time, and the one before ends with it', async () => {
    const before = browser.cookies.get('spillway_session')!
    await browser.ask('POST', '/api/session', { email: 'ann@example.com', password: PASSWORD })
    expect(browser.cookies.get('spillway_session')).not.toBe(before)
    const old = new Browser(site.base, '', before)
    expect((await old.ask('GET', '/api/session')).body.user).toBeNull()
  })

  it('a wrong password, an unknown address and one who is disabled hear the same', async () => {
    const { id } = (await site.store.people.users.list())[0]!
    await site.store.people.users.insert({ id: 'user_2', email: 'second@example.com', name: 'B', password: (await site.store.people.users.get(id))!.password, oidc: null, memberships: [], createdAt: 0, disabledAt: 1, signedInAt: null })
    const answers = [await signIn('ann@example.com', 'another password'), await signIn('nobody@example.com'), await signIn('second@example.com')]
    for (const { status, body, headers } of answers) expect([status, body, headers.getSetCookie()]).toEqual([401, answers[0]!.body, []])
  })

  it('after five wrong ones the sixth waits, the right one too, longer each time, and nobody else', async () => {
    for (let n = 0; n < 5; n++) expect((await signIn('ann@example.com', `wrong ${n}`)).status).toBe(401)
    const wait = await signIn()
    expect([wait.status, wait.body.error.code, wait.headers.get('retry-after')]).toEqual([429, 'too_many_attempts', '1'])
    expect((await signIn('nobody@example.com')).status).toBe(401)
    site.now += 1000
    expect((await signIn('ann@example.com', 'wrong')).status).toBe(401)
    expect((await signIn()).headers.get('retry-after')).toBe('2')
    site.now += 2000
    expect((await signIn()).status).toBe(200)
    expect((await signIn('ann@example.com', 'wrong')).status).toBe(401)
  })

  it('addresses that nobody has are slowed down the same', async () => {
    const statuses = []
    for (let n = 0; n < 6; n++) statuses.push((await signIn('nobody@example.com')).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
  })

  it('parallel guesses do not slip through', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, (_, n) => signIn('ann@example.com', `guess number ${n}`)))
    expect(all.filter(({ status }) => status === 401)).toHaveLength(5)
    expect(all.filter(({ status }) => status === 429)).toHaveLength(7)
  })

  it.each([
    ['from a page of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403, 'csrf_refused'],
    ['from a page of another port', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }, 403, 'csrf_refused'],
    ['as a form', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
  ])('%s: refused', async (_, headers, status, code) => {
    const answer = await new Browser(site.base).ask('POST', '/api/session', { email: 'ann@example.com', password: PASSWORD }, headers)
    expect([answer.status, answer.body.error.code, answer.headers.getSetCookie()]).toEqual([status, code, []])
  })

  it.each<[string, unknown, string]>([
    ['no JSON', '{', 'invalid_body'],
    ['a list', '[]', 'invalid_body'],
    ['a field more', { email: 'a@b', password: 'x', admin: true }, 'unknown_field'],
    ['a field less', { email: 'a@b' }, 'invalid_body'],
    ['__proto__', '{"email":"a@b","password":"x","__proto__":{"a":1}}', 'unknown_field'],
    ['an object as a password', { email: 'a@b', password: { $ne: '' } }, 'invalid_body'],
    ['100,000 brackets', '['.repeat(50_000), 'invalid_body'],
  ])('%s: an ordinary error', async (_, body, code) => {
    const answer = await browser.ask('POST', '/api/session', body)
    expect([answer.status, answer.body.error.code]).toEqual([400, code])
  })

  it('a body over 64 KiB is told so', async () => {
    const answer = await browser.ask('POST', '/api/session', { email: 'a@b', password: 'x'.repeat(70_000) })
    expect([answer.status, answer.body.error.code]).toEqual([413, 'body_too_large'])
  })

  it('other methods are told which there are', async () => {
    const answer = await browser.ask('PATCH', '/api/session', {})
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST, DELETE'])
  })
})

describe('a session', () => {
  beforeEach(setUp)

  it('ends after its time, however busy', async () => {
    for (let hour = 0; hour < 11; hour++) {
      site.now += HOUR
      expect(await who()).toBe('ann@example.com')
    }
    site.now += HOUR
    expect(await who()).toBeNull()
  })

  it('ends when nothing is heard of it', async () => {
    site.now += 2 * HOUR - 1
    expect(await who()).toBe('ann@example.com')
    site.now += 2 * HOUR
    expect(await who()).toBeNull()
  })

  it('ends at once where its user is disabled, or the configuration makes it shorter', async () => {
    const other = await site.as([{ tenant: null, role: 'owner' }])
    const ann = (await site.store.people.users.byEmail('ann@example.com'))!
    await site.store.people.users.update(ann.id, { disabledAt: site.now })
    expect(await who()).toBeNull()
    site.now += HOUR
    site.dashboard({ sessionMs: HOUR })
    expect((await other.ask('GET', '/api/session')).body.user).toBeNull()
  })

  it('is signed out, here or everywhere', async () => {
    const second = new Browser(site.base)
    await signIn(undefined, undefined, second)
    const third = new Browser(site.base)
    await signIn(undefined, undefined, third)
    expect((await second.ask('DELETE', '/api/session')).status).toBe(204)
    expect([second.cookies.size, await who()]).toEqual([0, 'ann@example.com'])
    expect((await third.ask('DELETE', '/api/session?everywhere=true')).status).toBe(204)
    expect(await who()).toBeNull()
  })

  it.each([
    ['without the header', { 'x-spillway-csrf': '' }],
    ['with another value', { 'x-spillway-csrf': 'x'.repeat(43) }],
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from another origin', { origin: 'https://evil.example' }],
  ])('changes nothing %s', async (_, headers) => {
    const answer = await browser.ask('DELETE', '/api/session', undefined, headers)
    expect([answer.status, answer.body.error.code, await who()]).toEqual([403, 'csrf_refused', 'ann@example.com'])
  })

  it('behind a proxy with another Host its public address is this site', async () => {
    site.dashboard({ publicUrl: 'http://spillway.example.com' })
    expect((await browser.ask('DELETE', '/api/session', undefined, { origin: 'http://spillway.example.com' })).status).toBe(204)
  })

  it('the password changes with the old one; every other session ends', async () => {
    const second = new Browser(site.base)
    await signIn(undefined, undefined, second)
    expect((await browser.ask('PUT', '/api/session/password', { old: 'not the old one', new: 'another four words' })).status).toBe(401)
    expect((await browser.ask('PUT', '/api/session/password', { old: PASSWORD, new: 'short' })).body.error.code).toBe('password_weak')
    expect((await browser.ask('PUT', '/api/session/password', { old: PASSWORD, new: 'another four words' })).status).toBe(204)
    expect([await who(), (await second.ask('GET', '/api/session')).body.user]).toEqual(['ann@example.com', null])
    expect([(await signIn()).status, (await signIn(undefined, 'another four words')).status]).toEqual([401, 200])
  })

  it('moves to a tenant that its user belongs to, and to no other', async () => {
    const many = await site.as([{ tenant: 'acme', role: 'admin' }, { tenant: 'rival', role: 'viewer' }])
    const there = await many.ask('PUT', '/api/session/tenant', { tenant: 'rival' })
    expect(there.body).toMatchObject({ tenant: 'rival', user: { role: 'viewer' }, permissions: ['read'], tenants: [{ id: 'acme', role: 'admin' }, { id: 'rival', role: 'viewer' }] })
    expect((await many.ask('PUT', '/api/session/tenant', { tenant: 'third' })).status).toBe(404)
    expect((await many.ask('GET', '/api/session')).body.tenant).toBe('rival')
    await site.key(['call'], 'third')
    expect((await browser.ask('PUT', '/api/session/tenant', { tenant: 'third' })).body).toMatchObject({ tenant: 'third', user: { role: 'owner' } })
  })
})

describe('without signing in', () => {
  it('who is on this machine may look, where the configuration lets them', async () => {
    site.dashboard({ anonymous: 'viewer' })
    expect((await browser.ask('GET', '/api/session')).body).toMatchObject({ user: null, anonymousRole: 'viewer', permissions: ['read'], tenants: [{ id: 'default', role: 'viewer' }] })
    for (const [header, value] of [['x-forwarded-for', '10.0.0.1'], ['forwarded', 'for=10.0.0.1']] as const) {
      expect((await browser.ask('GET', '/api/session', undefined, { [header]: value })).body).toMatchObject({ anonymousRole: null, permissions: [], tenants: [] })
    }
  })

  it('off is off', async () => {
    site.dashboard({ mode: 'off' })
    expect((await browser.ask('GET', '/api/session')).status).toBe(418)
  })
})
