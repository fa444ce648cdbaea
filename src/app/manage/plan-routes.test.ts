import { afterAll, beforeAll, expect, it } from 'vitest'
import { startSite, type TestSite } from '../auth/testing.ts'

const SUMMARY = { recommended: 'hybrid', scenario: 'Hybrid: 2 dedicated', monthlyUsd: 7300, lowUsd: 6500, highUsd: 8000, dedicatedUsd: 5110, otherUsd: 2190, requestsPerMonth: 730_000, currentMonthlyUsd: null }

let site: TestSite
beforeAll(async () => {
  site = await startSite()
})
afterAll(() => site.close())

it('a plan is saved, listed as the newest, and forgotten, in its tenant alone', async () => {
  const finance = await site.asRole('finance', 'acme')
  const rival = await site.asRole('finance', 'rival')
  const first = await finance.ask('POST', '/api/v1/plans', { title: 'November', summary: SUMMARY })
  site.now += 1000
  const second = await finance.ask('POST', '/api/v1/plans', { title: '<b>December</b>', summary: SUMMARY })
  expect([first.status, second.status]).toEqual([201, 201])
  expect((await finance.ask('GET', '/api/v1/plans')).body.plans.map(({ title }: { readonly title: string }) => title)).toEqual(['<b>December</b>', 'November'])
  expect((await rival.ask('GET', '/api/v1/plans')).body).toEqual({ plans: [] })
  expect((await rival.ask('DELETE', `/api/v1/plans/${second.body.plan.id}`)).status).toBe(404)
  expect((await finance.ask('DELETE', `/api/v1/plans/${second.body.plan.id}`)).body).toEqual({ removed: second.body.plan.id })
  expect((await finance.ask('GET', '/api/v1/plans')).body.plans).toHaveLength(1)
})

it.each([
  ['a cost below zero', { title: 'x', summary: { ...SUMMARY, monthlyUsd: -1 } }],
  ['no title', { title: '', summary: SUMMARY }],
  ['a title of two lines', { title: 'a\nb', summary: SUMMARY }],
  ['a figure too many', { title: 'x', summary: { ...SUMMARY, more: 1 } }],
])('refuses %s', async (_, body) => {
  expect((await (await site.asRole('finance', 'acme')).ask('POST', '/api/v1/plans', body)).status).toBe(400)
})

it('says that nothing is saved, and refuses a window that is none', async () => {
  const viewer = await site.asRole('viewer', 'empty')
  expect((await viewer.ask('GET', '/api/v1/actuals/7d')).body).toEqual({ plan: null, actuals: null })
  expect((await viewer.ask('GET', '/api/v1/actuals/yesterday')).status).toBe(400)
})
