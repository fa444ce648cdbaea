import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Browser, TestSite } from '../auth/testing.ts'
import { startSite } from '../auth/testing.ts'

let site: TestSite
let finance: Browser
beforeEach(async () => {
  site = await startSite()
  finance = await site.asRole('finance')
})
afterEach(() => site.close())

const put = (body: object, by = finance) => by.ask('PUT', '/api/v1/budgets', body)

it('are set, seen with what was spent, set anew without losing it, and lifted; each is an act', async () => {
  const made = (await put({ scope: 'user', each: true, period: 'month', usd: '5' })).body.budget
  expect(made).toMatchObject({ tenant: 'acme', scope: 'user', value: null, each: true, usd: '5', spentUsd: '0', windowEnd: '2026-12-01T00:00:00.000Z', subjects: [] })
  await site.store.budgets.addSpend([{ budgetId: made.id, windowStart: Date.UTC(2026, 10, 1), amount: '1500000000', subject: 'ann' }])
  expect((await put({ scope: 'user', each: true, period: 'month', usd: '7.25' })).body.budget).toMatchObject({ id: made.id, usd: '7.25', spentUsd: '1.5', subjects: [{ subject: 'ann', spentUsd: '1.5' }] })
  const viewer = await site.asRole('viewer')
  expect((await viewer.ask('GET', '/api/v1/budgets')).body.budgets).toMatchObject([{ id: made.id, spentUsd: '1.5' }])
  expect((await finance.ask('DELETE', `/api/v1/budgets/${made.id}`)).body).toEqual({ removed: made.id })
  expect((await viewer.ask('GET', '/api/v1/budgets')).body.budgets).toEqual([])
  expect((await site.acts()).map(({ leaf, actor, limitNanoUsd }) => [leaf, actor, limitNanoUsd])).toEqual(['5000000000', '7250000000', null].map((limit) => ['budget-changed', `user:${finance.user}`, limit]))
})

it('of another tenant are not there, and none is taken over by the name of its key', async () => {
  const rival = await site.asRole('owner', 'rival')
  const { key } = (await rival.ask('POST', '/api/v1/keys', { name: 'theirs' })).body
  const theirs = (await put({ scope: 'key', value: key.id, period: 'day', usd: '1' }, rival)).body.budget
  expect((await put({ scope: 'key', value: key.id, period: 'day', usd: '0' })).status).toBe(404)
  expect((await finance.ask('DELETE', `/api/v1/budgets/${theirs.id}`)).status).toBe(404)
  expect((await finance.ask('GET', '/api/v1/budgets')).body.budgets).toEqual([])
  expect((await site.store.budgets.list('rival')).map(({ limit }) => limit)).toEqual(['1000000000'])
})

it.each<[string, object]>([
  ['nobody in particular', { scope: 'user' }],
  ['somebody and each', { scope: 'user', value: 'ann', each: true }],
  ['a star', { scope: 'user', value: '*' }],
  ['one of the whole tenant', { scope: 'tenant', value: 'x' }],
  ['a negative limit', { scope: 'tenant', usd: '-1' }],
  ['a limit as a number', { scope: 'tenant', usd: 5 }],
  ['a limit beyond a billion', { scope: 'tenant', usd: '1000000000' }],
  ['a fraction below what is counted', { scope: 'tenant', usd: '0.0000000001' }],
  ['a week', { scope: 'tenant', period: 'week' }],
  ['another tenant', { scope: 'tenant', tenant: 'rival' }],
])('about %s are refused', async (_, body) => {
  expect((await put({ period: 'day', usd: '1', ...body })).status).toBe(400)
  expect([await site.store.budgets.list(null), await site.acts()]).toEqual([[], []])
})
