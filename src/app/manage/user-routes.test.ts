import { Check } from 'typebox/value'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isOwner } from '../../store/people.ts'
import { Browser, PASSWORD, startSite, type TestSite } from '../auth/testing.ts'
import { userRoutes } from './user-routes.ts'

let site: TestSite
let admin: Browser
beforeEach(async () => {
  site = await startSite()
  admin = await site.asRole('admin')
})
afterEach(() => site.close())

const invite = (body: object, by = admin) => by.ask('POST', '/api/v1/users/invite', { email: 'New@Example.com', role: 'auditor', ...body })
const change = (id: string, body: object, by = admin) => by.ask('PATCH', `/api/v1/users/${id}`, body)
const accept = (link: string, body: object = {}) => new Browser(site.base).ask('POST', '/api/invite/accept', { token: link.split('#')[1], name: 'New', password: PASSWORD, ...body })

describe('invitations', () => {
  it('make a user of this tenant, once, within a week', async () => {
    const { status, body } = await invite({})
    expect([status, Check(userRoutes[1]!.answer, body), body.expiresAt]).toEqual([201, true, '2026-12-02T12:00:00.000Z'])
    expect((await admin.ask('GET', '/api/v1/users')).body.invitations).toEqual([{ email: 'new@example.com', role: 'auditor', everywhere: false, expiresAt: body.expiresAt }])
    const accepted = await accept(body.link)
    expect(accepted.body).toMatchObject({ user: { email: 'new@example.com', name: 'New', role: 'auditor' }, tenant: 'acme', tenants: [{ id: 'acme', role: 'auditor' }] })
    expect((await accept(body.link)).body.error.code).toBe('link_invalid')
    expect((await admin.ask('GET', '/api/v1/users')).body).toMatchObject({ users: [{ id: admin.user }, { email: 'new@example.com', hasPassword: true }], invitations: [] })
    expect((await site.acts()).map(({ leaf, actor, role, by }) => [leaf, actor, role, by])).toEqual([
      ['user-invited', `user:${admin.user}`, 'auditor', undefined],
      ['user-created', `user:${accepted.body.user.id}`, 'auditor', 'invitation'],
    ])
    site.now += 7 * 24 * 3_600_000
    expect(await site.store.people.links.list(site.now)).toEqual([])
  })

  it('an old one works no more: late, or where a newer one was made', async () => {
    const [first, second] = [(await invite({})).body.link, (await invite({ role: 'viewer' })).body.link]
    expect((await accept(first)).body.error.code).toBe('link_invalid')
    site.now += 7 * 24 * 3_600_000
    expect((await accept(second)).body.error.code).toBe('link_invalid')
  })

  it('who has an account becomes a member at once, and keeps what they are elsewhere', async () => {
    const rival = await site.asRole('owner', 'rival')
    const { email } = (await site.store.people.users.get(rival.user))!
    const { body } = await invite({ email })
    expect([body.link, body.user]).toMatchObject([null, { id: rival.user, role: 'auditor', elsewhere: true }])
    expect((await site.store.people.users.get(rival.user))!.memberships).toEqual([{ tenant: 'rival', role: 'owner' }, { tenant: 'acme', role: 'auditor' }])
    expect((await invite({ email })).status).toBe(409)
  })

  it('a public address comes in front of the link', async () => {
    site.dashboard({ publicUrl: 'http://spillway.example.com' })
    expect((await invite({})).body.link).toMatch(/^http:\/\/spillway\.example\.com\/invite#[\w-]{43}$/u)
  })

  it('a setup link is no invitation, nor the other way round', async () => {
    const setup = await site.setupToken()
    expect((await accept(`#${setup}`)).body.error.code).toBe('link_invalid')
    const token = (await invite({})).body.link.split('#')[1]
    expect((await new Browser(site.base).ask('POST', '/api/setup', { token, email: 'a@example.com', name: 'A', password: PASSWORD })).body.error.code).toBe('link_invalid')
  })

  it.each([['no-address'], ['a@b\nBcc: c@d'], ['@'], ['a b@c']])('the address %j is refused', async (email) => {
    expect((await invite({ email })).status).toBe(400)
  })
})

describe('what one may not do', () => {
  it('an admin makes no owner, and changes none', async () => {
    expect((await invite({ role: 'owner' })).body.error.code).toBe('permission_missing')
    const owner = await site.asRole('owner')
    const viewer = await site.asRole('viewer')
    expect((await change(owner.user, { role: 'viewer' })).status).toBe(403)
    expect((await change(owner.user, { disabled: true })).status).toBe(403)
    expect((await change(viewer.user, { role: 'owner' })).status).toBe(403)
    expect((await change(viewer.user, { role: 'owner' }, owner)).body.user.role).toBe('owner')
  })

  it('nobody changes themselves', async () => {
    expect((await change(admin.user, { role: 'viewer' })).body.error.code).toBe('not_yours')
    expect((await change(admin.user, { disabled: true })).body.error.code).toBe('not_yours')
  })

  it('users of another tenant are not there', async () => {
    const rival = await site.asRole('viewer', 'rival')
    for (const id of [rival.user, 'user_none', (await site.store.people.users.get(rival.user))!.email]) expect((await change(id, { role: 'admin' })).status).toBe(404)
    expect((await admin.ask('GET', '/api/v1/users')).body.users.map(({ id }: { readonly id: string }) => id)).toEqual([admin.user])
  })

  it('one tenant does not refuse a user to another, nor takes their role there', async () => {
    const both = await site.as([{ tenant: 'acme', role: 'viewer' }, { tenant: 'rival', role: 'admin' }])
    expect((await change(both.user, { disabled: true })).body.error.code).toBe('not_yours')
    expect((await change(both.user, { role: null })).body.user.role).toBeNull()
    expect((await site.store.people.users.get(both.user))!.memberships).toEqual([{ tenant: 'rival', role: 'admin' }])
  })

  it('who belongs to every tenant is changed by who does, too', async () => {
    const above = await site.as([{ tenant: null, role: 'engineer' }], 'acme')
    expect((await change(above.user, { role: 'viewer' })).body.error.code).toBe('not_yours')
    const owner = await site.as([{ tenant: null, role: 'owner' }], 'acme')
    expect((await change(above.user, { role: 'viewer' }, owner)).body.user).toMatchObject({ role: 'viewer', everywhere: true })
    expect((await invite({ everywhere: true })).body.error.code).toBe('not_yours')
    expect((await invite({ everywhere: true }, owner)).status).toBe(201)
    expect((await new Browser(site.base).ask('POST', '/api/v1/users/invite', { email: 'x@example.com', role: 'viewer', everywhere: true }, { authorization: `Bearer ${await site.key(['admin'])}` })).body.error.code).toBe('not_yours')
  })

  it('an owner of all tenants is refused by no admin, whatever the role of that owner here', async () => {
    const owner = await site.as([{ tenant: null, role: 'owner' }, { tenant: 'acme', role: 'viewer' }], 'acme')
    const above = await site.as([{ tenant: null, role: 'admin' }], 'acme')
    expect((await change(owner.user, { disabled: true }, above)).body.error.code).toBe('permission_missing')
    const mixed = await site.as([{ tenant: null, role: 'viewer' }, { tenant: 'acme', role: 'owner' }], 'acme')
    expect((await change(owner.user, { disabled: true }, mixed)).body.error.code).toBe('not_yours')
    expect((await mixed.ask('POST', '/api/v1/keys', { name: 'a', scopes: ['admin'] })).body.error.code).toBe('not_yours')
  })

  it('two owners who refuse each other at once: one stays', async () => {
    const [one, other] = [await site.as([{ tenant: null, role: 'owner' }], 'acme'), await site.as([{ tenant: null, role: 'owner' }], 'acme')]
    const answers = await Promise.all([change(other.user, { disabled: true }, one), change(one.user, { disabled: true }, other)])
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await site.store.people.users.list()).filter(isOwner)).toHaveLength(1)
  })
})

it('who is refused is signed out, and let in again signs in again', async () => {
  const viewer = await site.asRole('viewer')
  expect((await change(viewer.user, { disabled: true })).body.user.disabled).toBe(true)
  expect((await viewer.ask('GET', '/api/v1/budgets')).body.error.code).toBe('not_signed_in')
  expect((await change(viewer.user, { disabled: false })).body.user.disabled).toBe(false)
  expect((await viewer.ask('GET', '/api/v1/budgets')).status).toBe(401)
  expect((await site.acts()).map(({ changed }) => changed)).toEqual(['disabled', 'enabled'])
})
