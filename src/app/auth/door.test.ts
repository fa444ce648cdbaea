import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fail } from '../api/fail.ts'
import { sendJson } from '../api/respond.ts'
import type { Membership } from '../../store/people.ts'
import type { Permission } from './permissions.ts'
import { Browser, startSite, type TestSite } from './testing.ts'

/** `/needs/PERMISSION` answers who asks. */
let site: TestSite
beforeEach(async () => {
  site = await startSite({}, (door) => (request, response) => {
    const permission = request.url!.slice('/needs/'.length) as Permission
    door.admit(request, permission).then(
      ({ kind, tenant, everywhere }) => sendJson(response, 200, JSON.stringify({ kind, tenant, everywhere })),
      (error: unknown) => fail(response, error, () => {}),
    )
    return true
  })
})
afterEach(() => site.close())

const by = (secret: string): { readonly authorization: string } => ({ authorization: `Bearer ${secret}` })
const nobody = (): Browser => new Browser(site.base)

describe('the door', () => {
  it('lets nobody in who is nobody', async () => {
    const answer = await nobody().ask('GET', '/needs/read')
    expect([answer.status, answer.body.error.code]).toEqual([401, 'missing_api_key'])
  })

  it('a key does what its scopes say', async () => {
    const [call, read, admin, both] = await Promise.all([site.key(['call']), site.key(['read']), site.key(['admin']), site.key(['read', 'admin'])])
    const statuses = async (secret: string): Promise<number[]> => Promise.all((['read', 'calls', 'keys', 'owners', 'bodies'] as const).map(async (permission) => (await nobody().ask('GET', `/needs/${permission}`, undefined, by(secret))).status))
    expect([await statuses(call), await statuses(read), await statuses(admin), await statuses(both)]).toEqual([
      [403, 403, 403, 403, 403],
      [200, 200, 403, 403, 403],
      [403, 403, 200, 403, 403],
      [200, 200, 200, 403, 403],
    ])
    expect((await nobody().ask('GET', '/needs/read', undefined, by(call))).body.error).toMatchObject({ code: 'scope_missing', message: expect.stringContaining('"read"') })
    expect((await nobody().ask('GET', '/needs/keys', undefined, by(admin))).body).toEqual({ kind: 'key', tenant: 'acme', everywhere: true })
  })

  it('a wrong key is a wrong key, whoever is signed in', async () => {
    const owner = await site.asRole('owner')
    expect((await owner.ask('GET', '/needs/read')).body).toEqual({ kind: 'user', tenant: 'acme', everywhere: false })
    expect((await owner.ask('GET', '/needs/read', undefined, by('sw_wrong'))).status).toBe(401)
  })

  it('a change needs the token of this session; a key needs none', async () => {
    const [one, other] = [await site.asRole('owner'), await site.asRole('owner')]
    expect((await one.ask('POST', '/needs/keys', {})).status).toBe(200)
    one.csrf = other.csrf
    expect((await one.ask('POST', '/needs/keys', {})).body.error.code).toBe('csrf_refused')
    expect((await nobody().ask('POST', '/needs/keys', {}, by(await site.key(['admin'])))).status).toBe(200)
  })

  it('the role is that of the tenant of the session, and what a user may not do is said', async () => {
    const user = await site.as([{ tenant: null, role: 'viewer' }, { tenant: 'acme', role: 'admin' }], 'acme')
    expect((await user.ask('GET', '/needs/keys')).body).toEqual({ kind: 'user', tenant: 'acme', everywhere: false })
    await user.ask('PUT', '/api/session/tenant', { tenant: 'default' })
    expect((await user.ask('GET', '/needs/keys')).body.error).toMatchObject({ code: 'permission_missing', message: expect.stringContaining('"keys"') })
  })

  it.each<[string, Membership[], boolean]>([
    ['the same everywhere', [{ tenant: null, role: 'admin' }], true],
    ['more everywhere', [{ tenant: null, role: 'owner' }, { tenant: 'acme', role: 'auditor' }], true],
    ['less everywhere', [{ tenant: null, role: 'auditor' }, { tenant: 'acme', role: 'admin' }], false],
    ['nothing elsewhere', [{ tenant: 'acme', role: 'owner' }], false],
  ])('who may do %s acts for all tenants or not', async (_, memberships, everywhere) => {
    expect((await (await site.as(memberships, 'acme')).ask('GET', '/needs/audit')).body.everywhere).toBe(everywhere)
  })

  it('a membership that is gone is gone at once', async () => {
    const user = await site.asRole('engineer')
    await site.store.people.users.update(user.user, { memberships: [{ tenant: 'other', role: 'owner' }] })
    expect((await user.ask('GET', '/needs/read')).status).toBe(403)
  })

  it('with the dashboard off, sessions are nothing and keys work', async () => {
    const owner = await site.asRole('owner')
    const key = await site.key(['read'])
    site.dashboard({ mode: 'off', anonymous: 'viewer' })
    expect((await owner.ask('GET', '/needs/read')).status).toBe(401)
    expect((await nobody().ask('GET', '/needs/read', undefined, by(key))).status).toBe(200)
  })

  it.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80'])('open to this machine, it is closed to the name %s that leads here', async (host) => {
    site.dashboard({ anonymous: 'viewer' })
    expect((await nobody().ask('GET', '/needs/read')).body).toEqual({ kind: 'anonymous', tenant: 'default', everywhere: false })
    expect((await nobody().ask('GET', '/needs/calls')).body.error.code).toBe('not_signed_in')
    expect(await statusAs(host)).toBe(401)
  })
})

/** fetch sets the Host by itself. */
function statusAs(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest(`${site.base}/needs/read`, { headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode!)
    })
      .on('error', reject)
      .end()
  })
}
