import { Check } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../measure/query/answer-query.ts'
import { ROLES, type Role } from '../../store/people.ts'
import { apiRoutes } from '../api/api-routes.ts'
import { permissionOfQuestion } from '../api/question-permissions.ts'
import { PERMISSIONS, type Permission, PERMISSIONS_OF } from '../auth/permissions.ts'
import { Browser, startSite, type TestSite } from '../auth/testing.ts'
import { TELEMETRY_OFF } from '../telemetry/start-telemetry.ts'
import { MANAGE_ROUTES } from './all-routes.ts'

/** What each role may do, written out once more: a change of the table has to be made twice. */
const MAY: Readonly<Record<Role, string>> = {
  owner: 'read calls audit bodies keys budgets alerts settings users owners',
  admin: 'read calls audit bodies keys budgets alerts settings users',
  engineer: 'read calls audit keys alerts settings',
  finance: 'read budgets settings',
  auditor: 'read calls audit',
  viewer: 'read',
}

interface Asked {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly permission: Permission
}

const QUESTIONS: Asked[] = ROUTES.map(({ path }) => ({ name: `GET ${path}`, method: 'GET', path: path.replace('{id}', 'x'), permission: permissionOfQuestion(path.replace('{id}', 'x'))! }))
const MANAGED: Asked[] = MANAGE_ROUTES.map(({ method, path, permission }) => ({ name: `${method} ${path}`, method, path: path.replace('{id}', 'nothing'), permission }))
const ALL = [...QUESTIONS, ...MANAGED]

/** Whoever is let in gets something, or hears that the id is nothing, the body empty, or telemetry off. */
const LET_IN = new Set([200, 201, 400, 404, 503])

let site: TestSite
const browsers = new Map<Role, Browser>()
beforeAll(async () => {
  site = await startSite({}, (door) => apiRoutes({ door, telemetry: () => TELEMETRY_OFF, dedicated: () => [], clock: { now: () => site.now }, onDefect: (error) => { throw error } }))
  for (const role of ROLES) browsers.set(role, await site.asRole(role))
})
afterAll(() => site.close())

it('the table of permissions is what it is meant to be', () => {
  for (const role of ROLES) expect(PERMISSIONS_OF[role].join(' ')).toBe(MAY[role])
})

it('every route names a permission that there is, and says what it answers', () => {
  for (const { name, permission } of ALL) expect([name, PERMISSIONS.includes(permission)]).toEqual([name, true])
  for (const { method, path, body, summary } of MANAGE_ROUTES) {
    expect([`${method} ${path}`, /^[A-Z].*[^.]$/u.test(summary)]).toEqual([`${method} ${path}`, true])
    expect((body as { additionalProperties?: unknown } | null)?.additionalProperties ?? false).toBe(false)
    expect(body === null || 'additionalProperties' in body).toBe(true)
  }
  expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length)
})

describe.each(ALL)('$name', ({ method, path, permission }) => {
  const body = method === 'GET' || method === 'DELETE' ? undefined : {}

  it.each(ROLES)('%s', async (role) => {
    const { status, body: answer } = await browsers.get(role)!.ask(method, path, body)
    expect(LET_IN.has(status) ? 'let in' : answer.error.code).toBe(MAY[role].split(' ').includes(permission) ? 'let in' : 'permission_missing')
  })

  it('nobody, a wrong key, and a key that only calls', async () => {
    const nobody = new Browser(site.base)
    expect((await nobody.ask(method, path, body)).status).toBe(401)
    expect((await nobody.ask(method, path, body, { authorization: 'Bearer sw_wrong' })).status).toBe(401)
    expect((await nobody.ask(method, path, body, { authorization: `Bearer ${await site.key(['call', 'ingest'])}` })).status).toBe(403)
  })

  it('a member of no tenant any more', async () => {
    const gone = await site.as([], 'acme')
    expect((await gone.ask(method, path, body)).status).toBe(403)
  })

  it('a change without the token of the session', async () => {
    const owner = await site.asRole('owner')
    owner.csrf = null
    const { status } = await owner.ask(method, path, body)
    expect(LET_IN.has(status)).toBe(method === 'GET')
  })
})

describe('what is answered has the shape that the description of the API gives', () => {
  it.each(MANAGE_ROUTES.filter(({ method, path }) => method === 'GET' && !path.includes('{id}')))('$path', async ({ path, answer }) => {
    const { status, body } = await browsers.get('owner')!.ask('GET', path)
    expect([status, Check(answer, body)]).toEqual([200, true])
  })
})
