import { Check } from 'typebox/value'
import { expect, it, onTestFinished } from 'vitest'
import { pool, TOKENS_CARD } from '../../route/gateway/testing-config.ts'
import { startSite } from '../auth/testing.ts'
import { settingsRoutes } from './settings-routes.ts'

const CANARY = 'canary-7f3a'

it('shows the configuration and its prices, and no secret of it', async () => {
  const site = await startSite()
  onTestFinished(() => site.close())
  const secret = { type: 'bearer', secret: CANARY } as const
  const pools = [pool('floor', ['http://10.0.0.5:8000'], { auth: secret }), pool('old', ['http://10.0.0.6:8000'], { auth: { type: 'header', header: 'api-key', secret: CANARY }, card: TOKENS_CARD, priceVersion: 'some-offer@2026-01-01' })]
  site.config = {
    ...site.config,
    pools,
    server: { ...site.config.server, staticKeys: [{ id: 'demo', secret: CANARY, tenant: 'acme' }] },
    prewarm: [{ pool: 'floor', cron: 'learned', timeZone: 'UTC', leadMinutes: 1, keepMinutes: 1, replicas: 1, via: 'dummy-request', control: { url: `http://${CANARY}.example`, auth: secret } }],
    alerts: { ...site.config.alerts, to: [{ type: 'slack', url: `https://hooks.example/${CANARY}`, secret: null }, { type: 'webhook', url: `https://hooks.example/${CANARY}`, secret: CANARY }, { type: 'email', host: 'mail.example', port: 25, security: 'none', user: 'u', password: CANARY, from: 'a@b', to: ['c@d'] }] },
    telemetry: { mode: 'on', keepMs: 1, memoryMb: 128, clickhouse: { url: 'http://db:8123', database: 'd', user: 'u', password: CANARY } },
    dashboard: { ...site.config.dashboard, oidc: { issuer: 'https://idp.example', clientId: 'c', clientSecret: CANARY, name: 'IdP', roleClaim: 'groups', roles: { a: 'admin' }, defaultRole: 'none', tenant: 'acme', scopes: ['openid'] } },
  }
  const { status, body } = await (await site.asRole('finance')).ask('GET', '/api/v1/settings')
  expect([status, Check(settingsRoutes[0]!.answer, body)]).toEqual([200, true])
  expect(JSON.stringify(body)).not.toContain(CANARY)
  expect(body.pools).toMatchObject([{ id: 'floor', auth: 'bearer', endpoints: [{ url: 'http://10.0.0.5:8000' }] }, { id: 'old', auth: 'header' }])
  expect(body.prices.filter((price: { readonly what: string }) => price.what === 'million tokens, output')).toEqual([
    { pool: 'floor', what: 'million tokens, output', usd: '2', offer: null, source: null, asOf: null, ageDays: null, stale: false },
    { pool: 'old', what: 'million tokens, output', usd: '2', offer: 'some-offer', source: null, asOf: '2026-01-01', ageDays: 328, stale: true },
  ])
  expect(body.alerts.to).toEqual([{ type: 'slack', signed: false }, { type: 'webhook', signed: true }, { type: 'email', host: 'mail.example', from: 'a@b', to: ['c@d'] }])
})
