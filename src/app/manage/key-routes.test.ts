import { afterEach, beforeEach, expect, it } from 'vitest'
import { Browser, startSite, type TestSite } from '../auth/testing.ts'
import { MANAGE_ROUTES } from './all-routes.ts'
import { Check } from 'typebox/value'

let site: TestSite
let engineer: Browser
beforeEach(async () => {
  site = await startSite()
  engineer = await site.asRole('engineer')
})
afterEach(() => site.close())

const make = async (body: object = {}, by = engineer) => by.ask('POST', '/api/v1/keys', { name: 'bot', ...body })
const shapeOf = (method: string, path: string) => MANAGE_ROUTES.find((route) => route.method === method && route.path === path)!.answer

it('are made with rules, and their secret shown once; that is an act of who made them', async () => {
  const rules = { scopes: ['call'], models: ['llama-*'], residency: 'eu', priority: 'batch', limits: { rpm: 60, tpm: null, concurrency: 2 } }
  const { status, body } = await make({ ...rules, expiresAt: '2027-06-30' })
  expect([status, Check(shapeOf('POST', '/api/v1/keys'), body)]).toEqual([201, true])
  expect(body.key).toMatchObject({ tenant: 'acme', name: 'bot', state: 'active', expiresAt: '2027-06-30T00:00:00.000Z', rules })
  expect(await site.acts()).toMatchObject([{ leaf: 'key-created', actor: `user:${engineer.user}`, tenant: 'acme', key: body.key.id }])
  const listed = await engineer.ask('GET', '/api/v1/keys')
  expect(listed.body.keys).toEqual([body.key])
  expect(JSON.stringify(listed.body)).not.toContain(body.secret)
})

it('change in the named fields alone; what changes nothing is no act', async () => {
  const { key } = (await make({ limits: { rpm: 5, tpm: null, concurrency: null } })).body
  const changed = await engineer.ask('PATCH', `/api/v1/keys/${key.id}`, { name: 'other', priority: 'batch' })
  expect(changed.body.key).toEqual({ ...key, name: 'other', rules: { ...key.rules, priority: 'batch' } })
  await engineer.ask('PATCH', `/api/v1/keys/${key.id}`, { name: 'other', disabled: false })
  expect((await engineer.ask('PATCH', `/api/v1/keys/${key.id}`, { disabled: true })).body.key.state).toBe('disabled')
  expect((await engineer.ask('PATCH', `/api/v1/keys/${key.id}`, { disabled: false })).body.key.state).toBe('active')
  expect((await engineer.ask('DELETE', `/api/v1/keys/${key.id}`)).body.key.state).toBe('disabled')
  expect((await site.acts()).map(({ leaf, changed: what, undone }) => [leaf, what ?? undone])).toEqual([['key-created', undefined], ['key-changed', 'name, priority'], ['key-disabled', false], ['key-disabled', true], ['key-disabled', false]])
})

it('get a new secret, the old one for a day or not at all', async () => {
  const { key, secret } = (await make()).body
  const rotated = await engineer.ask('POST', `/api/v1/keys/${key.id}/rotate`, {})
  expect(Check(shapeOf('POST', '/api/v1/keys/{id}/rotate'), rotated.body)).toBe(true)
  expect([rotated.body.secret === secret, rotated.body.key.oldSecretUntil]).toEqual([false, '2026-11-26T12:00:00.000Z'])
  expect((await engineer.ask('POST', `/api/v1/keys/${key.id}/rotate`, { graceSeconds: 0 })).body.key.oldSecretUntil).toBeNull()
})

it('of another tenant are not there, whatever is asked', async () => {
  const { key } = (await make()).body
  const before = await site.store.keys.list(null)
  const rival = await site.asRole('owner', 'rival')
  expect((await rival.ask('GET', '/api/v1/keys')).body.keys).toEqual([])
  for (const [method, path, body] of [['PATCH', '', { disabled: true }], ['POST', '/rotate', {}], ['DELETE', '', undefined]] as const) {
    expect((await rival.ask(method, `/api/v1/keys/${key.id}${path}`, body)).status).toBe(404)
  }
  expect(await site.store.keys.list(null)).toEqual(before)
})

it('may do no more than who makes them: an engineer makes no administrator, and gets none by rotating', async () => {
  expect((await make({ scopes: ['admin'] })).body.error.code).toBe('not_yours')
  const tenantOwner = await site.asRole('owner')
  expect((await make({ scopes: ['read', 'admin'] }, tenantOwner)).body.error.code).toBe('not_yours')
  const everywhere = await site.as([{ tenant: null, role: 'owner' }], 'acme')
  const { key } = (await make({ scopes: ['read', 'admin'] }, everywhere)).body
  for (const by of [engineer, tenantOwner]) {
    for (const [method, path, body] of [['PATCH', '', { disabled: true }], ['PATCH', '', { scopes: ['call'] }], ['POST', '/rotate', {}], ['DELETE', '', undefined]] as const) {
      expect((await by.ask(method, `/api/v1/keys/${key.id}${path}`, body)).body.error.code).toBe('not_yours')
    }
  }
  const { key: plain } = (await make()).body
  expect((await engineer.ask('PATCH', `/api/v1/keys/${plain.id}`, { scopes: ['admin'] })).body.error.code).toBe('not_yours')
})

it('are managed with a key that may administer, within its tenant', async () => {
  const authorization = `Bearer ${await site.key(['admin'], 'rival')}`
  const nobody = new Browser(site.base)
  const made = await nobody.ask('POST', '/api/v1/keys', { name: 'by key' }, { authorization })
  expect([made.status, made.body.error?.code]).toEqual([403, 'not_yours'])
  expect((await nobody.ask('POST', '/api/v1/keys', { name: 'by key', scopes: ['call'] }, { authorization })).body.key).toMatchObject({ tenant: 'rival', name: 'by key' })
  const { key } = (await make()).body
  expect((await nobody.ask('DELETE', `/api/v1/keys/${key.id}`, undefined, { authorization })).status).toBe(404)
  expect((await site.acts()).at(0)!['actor']).toMatch(/^key:key_/u)
})

it.each<[string, object, string | null]>([
  ['a field that there is not', { tenant: 'rival' }, 'tenant'],
  ['a rule that there is not', { limits: { rpm: 1, tpm: null, concurrency: null, rps: 1 } }, 'limits.rps'],
  ['an unknown scope', { scopes: ['root'] }, 'scopes'],
  ['a limit of nothing', { limits: { rpm: 0, tpm: null, concurrency: null } }, 'limits.rpm'],
  ['an expiry that is past', { expiresAt: '2020-01-01' }, 'expiresAt'],
  ['a day that there is not', { expiresAt: '2027-13-45' }, 'expiresAt'],
  ['a name with a line break', { name: 'a\nb' }, 'name'],
  ['an endless name', { name: 'x'.repeat(201) }, 'name'],
])('with %s are refused, and nothing is kept', async (_, body, param) => {
  const answer = await make(body)
  expect([answer.status, answer.body.error.param]).toEqual([400, param])
  expect([await site.store.keys.list(null), await site.acts()]).toEqual([[], []])
})

it('hostile names are texts', async () => {
  const name = `<script>alert(1)</script>"; DROP TABLE keys; -- =cmd|'/c calc'!A1 鍵`
  expect((await make({ name })).body.key.name).toBe(name)
  expect((await engineer.ask('GET', `/api/v1/keys`)).body.keys[0].name).toBe(name)
  expect((await engineer.ask('DELETE', `/api/v1/keys/${encodeURIComponent(`' OR 1=1 --`)}`)).status).toBe(404)
  expect((await engineer.ask('DELETE', '/api/v1/keys/%E0%A4%A')).status).toBe(404)
})
