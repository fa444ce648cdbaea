import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PolicySnapshot } from '../../core/policy/types.ts'
import { opsRoutes, type OpsDeps } from './ops-routes.ts'
import { readiness, type Readiness } from './readiness.ts'

const METRICS = { observeCall: () => {}, observeReload: () => {}, text: () => Promise.resolve('spillway_up 1\n'), contentType: 'text/plain; version=0.0.4; charset=utf-8' }

async function serve(parts: Partial<OpsDeps> = {}): Promise<(path: string, init?: RequestInit) => Promise<{ status: number; body: string; type: string | null }>> {
  const routes = opsRoutes({ metrics: METRICS, readiness: () => ({ ready: true, notes: [] }), ...parts })
  const server = createServer((request, response) => {
    if (!routes(request, response)) response.writeHead(418).end('not ours')
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return async (path, init) => {
    const response = await fetch(base + path, init)
    return { status: response.status, body: await response.text(), type: response.headers.get('content-type') }
  }
}

describe('opsRoutes', () => {
  it('/healthz, /readyz, /metrics, with a query too', async () => {
    const ask = await serve()
    expect(await ask('/healthz')).toEqual({ status: 200, body: '{"status":"ok"}', type: 'application/json' })
    expect(await ask('/readyz?verbose')).toMatchObject({ status: 200, body: '{"status":"ready","notes":[]}' })
    expect(await ask('/metrics')).toEqual({ status: 200, body: 'spillway_up 1\n', type: METRICS.contentType })
  })

  it('leaves every other path to the caller', async () => {
    const ask = await serve()
    for (const path of ['/', '/healthz/', '/metrics2', '/v1/models', '/v1/chat/completions?x=/healthz']) expect((await ask(path)).status).toBe(418)
  })

  it('not ready is 503 and says why', async () => {
    const not: Readiness = { ready: false, notes: ['draining'] }
    expect(await (await serve({ readiness: () => not }))('/readyz')).toMatchObject({ status: 503, body: '{"status":"not ready","notes":["draining"]}' })
  })

  it('takes GET and HEAD alone', async () => {
    const ask = await serve()
    expect(await ask('/healthz', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
    expect(await ask('/metrics', { method: 'POST', body: 'x' })).toMatchObject({ status: 405 })
  })

  it('metrics may be kept from those who have no key', async () => {
    const ask = await serve({ mayReadMetrics: (request) => request.headers.authorization === 'Bearer k' })
    expect((await ask('/metrics')).status).toBe(401)
    expect((await ask('/metrics', { headers: { authorization: 'Bearer k' } })).status).toBe(200)
    expect((await ask('/readyz')).status).toBe(200)
  })

  it('a failure to read them tells nothing', async () => {
    const ask = await serve({ metrics: { ...METRICS, text: () => Promise.reject(new Error('canary')) } })
    expect(await ask('/metrics')).toMatchObject({ status: 500, body: expect.not.stringContaining('canary') })
  })
})

const pool = (id: string, ...endpoints: readonly (readonly [boolean, 'closed' | 'open' | 'half-open'])[]): PolicySnapshot['pools'][number] => ({
  id,
  inFlight: 0,
  saturation: 0,
  saturated: false,
  endpoints: endpoints.map(([up, breaker], index) => ({ id: String(index), inFlight: 0, up, breaker, scrapedAt: null, metrics: null })),
})
const state = (pools: PolicySnapshot['pools'], parts: Partial<Parameters<typeof readiness>[0]> = {}): Readiness => readiness({ draining: false, snapshot: { waiting: 0, pools }, wakeable: new Set(), journalFailure: null, telemetryFailure: null, audit: null, ...parts })

describe('readiness', () => {
  it('one pool that can serve is enough; the others are named', () => {
    expect(state([pool('a', [false, 'closed']), pool('b', [false, 'closed'], [true, 'half-open'])])).toEqual({ ready: true, notes: ['pool a is down'] })
  })

  it('an audit log that has stopped, and a witness that does not sign, are notes', () => {
    const audit = { stopped: 'AUDIT_ROLLED_BACK', size: 5, witnesses: [{ name: 'w.example/a', size: 5, failure: null }, { name: 'w.example/b', size: null, failure: 'the witness w.example/b cannot be reached at its address' }] }
    expect(state([pool('a', [true, 'closed'])], { audit })).toEqual({ ready: true, notes: ['the audit log has stopped (AUDIT_ROLLED_BACK)', 'witness w.example/b has not signed the newest checkpoint'] })
  })

  it('a pool that has scaled to zero can be woken', () => {
    expect(state([pool('spill', [false, 'closed'])], { wakeable: new Set(['spill']) })).toEqual({ ready: true, notes: [] })
  })

  it('not ready: nothing can serve, or it drains', () => {
    expect(state([pool('a', [true, 'open'])])).toEqual({ ready: false, notes: ['no pool can serve', 'pool a is down'] })
    expect(state([pool('a', [true, 'closed'])], { draining: true })).toEqual({ ready: false, notes: ['draining'] })
  })

  it('a disk that refuses is told, and takes the gateway away from nobody', () => {
    expect(state([pool('a', [true, 'closed'])], { journalFailure: 'the disk is full (ENOSPC)' })).toEqual({ ready: true, notes: ['journal: the disk is full (ENOSPC)'] })
  })

  it('telemetry that does not load is told, too', () => {
    expect(state([pool('a', [true, 'closed'])], { telemetryFailure: 'TELEMETRY_LOCKED' })).toEqual({ ready: true, notes: ['telemetry does not load (TELEMETRY_LOCKED): the log says why'] })
  })
})
