import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { onStop, pool, stopAll, testConfig } from '../../route/gateway/testing.ts'
import { TELEMETRY_OFF } from '../telemetry/start-telemetry.ts'
import { liveRoutes, type LiveRoutes, type Viewer } from './live-routes.ts'
import type { LiveView } from './live-view.ts'
import { RecentCalls } from './recent-calls.ts'

afterEach(stopAll)

const T0 = Date.UTC(2026, 10, 1)

interface World {
  readonly base: string
  readonly recent: RecentCalls
  readonly routes: LiveRoutes
  readonly tick: () => void
  readonly ticking: () => boolean
  readonly defects: unknown[]
  viewer: Viewer
  broken: boolean
}

async function startLive(): Promise<World> {
  const recent = new RecentCalls()
  const config = testConfig([pool('floor', ['http://127.0.0.1:9'])])
  const defects: unknown[] = []
  let work: (() => void) | null = null
  const own = { viewer: { ok: true, id: 'k', tenant: 'acme' } as Viewer, broken: false }
  const routes = liveRoutes({
    sources: {
      config: () => config,
      snapshot: () => {
        if (own.broken) throw new Error('broken on purpose')
        return { waiting: 2, pools: config.pools.map(({ id, endpoints }) => ({ id, inFlight: 3, saturation: 0.5, saturated: false, endpoints: endpoints.map((endpoint) => ({ id: endpoint.id, inFlight: 3, up: true, breaker: 'closed' as const, scrapedAt: 40, metrics: { waiting: 1, running: 2, kvUsage: 0.25 } })) })) }
      },
      policyNow: () => 100,
      warm: () => [],
      telemetry: TELEMETRY_OFF.status,
      journal: () => ({ bytes: 10, lost: 0, failure: null }),
      audit: () => null,
      alerts: () => ({ warning: 1, critical: 0 }),
      notes: () => ['pool x is down'],
    },
    recent,
    identify: () => Promise.resolve(own.viewer),
    clock: { now: () => T0 },
    every: (next) => {
      work = next
      return () => (work = null)
    },
    onDefect: (error) => defects.push(error),
  })
  const server = createServer((request, response) => {
    if (!routes.handle(request, response)) response.writeHead(418).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onStop(async () => {
    routes.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return Object.assign(own, { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, recent, routes, tick: () => work?.(), ticking: () => work !== null, defects })
}

/** Events of a stream, one by one. */
async function* events(response: Response): AsyncGenerator<{ readonly event: string; readonly data: LiveView }> {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = Object.fromEntries(text.slice(0, end).split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
      text = text.slice(end + 2)
      if (fields['event'] !== undefined) yield { event: fields['event'], data: JSON.parse(fields['data'] ?? 'null') as LiveView }
    }
  }
}

describe('the live view', () => {
  it('says how pools, queue and the last minute are', async () => {
    const world = await startLive()
    world.recent.observe({ tenant: 'acme', pool: 'floor', reason: 'floor', outcome: 'ok', ttftMs: 10 }, T0)
    const response = await fetch(`${world.base}/api/v1/live`)
    const view = (await response.json()) as LiveView
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(view).toMatchObject({ at: T0, waiting: 2, recent: { calls: 1, byPool: { floor: 1 } }, alerts: { warning: 1 }, notes: ['pool x is down'], audit: null, telemetry: { state: 'off' } })
    expect(view.pools[0]).toMatchObject({ inFlight: 3, saturation: 0.5, endpoints: [{ up: true, breaker: 'closed', waiting: 1, running: 2, kvUsage: 0.25, scrapeAgeMs: 60 }] })
    expect(JSON.stringify(view)).not.toContain('http')
  })

  it.each([
    ['who may not', 403, 'scope_missing'],
    ['nobody knows', 401, 'invalid_api_key'],
  ])('is not for whom %s', async (_, status, code) => {
    const world = await startLive()
    world.viewer = { ok: false, status, code, message: 'No.' }
    for (const path of ['live', 'events']) {
      const response = await fetch(`${world.base}/api/v1/${path}`)
      expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([status, code])
    }
  })

  it('takes GET alone, and leaves other paths to others', async () => {
    const { base } = await startLive()
    expect((await fetch(`${base}/api/v1/live`, { method: 'POST', body: 'x' })).status).toBe(405)
    expect((await fetch(`${base}/api/v1/lives`)).status).toBe(418)
  })

  it('streams a view at once and then at each tick, with the tenant of who looks', async () => {
    const world = await startLive()
    const response = await fetch(`${world.base}/api/v1/events`)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const stream = events(response)
    expect((await stream.next()).value?.data.recent.calls).toBe(0)
    world.recent.observe({ tenant: 'acme', pool: 'floor', reason: 'floor', outcome: 'ok', ttftMs: 10 }, T0)
    world.recent.observe({ tenant: 'rival', pool: 'floor', reason: 'floor', outcome: 'ok', ttftMs: 10 }, T0)
    world.tick()
    expect((await stream.next()).value).toMatchObject({ event: 'live', data: { recent: { calls: 1 } } })
  })

  it('ends the stream of whom the session has ended for', async () => {
    const world = await startLive()
    const stream = events(await fetch(`${world.base}/api/v1/events`))
    world.viewer = { ok: false, status: 401, code: 'session_ended', message: 'No.' }
    for (let view = 0; view < 30; view++) world.tick()
    let last: string | undefined
    for await (const { event } of stream) last = event
    expect(last).toBe('ended')
  })

  it('refuses more streams than one may have, and stops its timer with the last', async () => {
    const world = await startLive()
    const controller = new AbortController()
    const open = await Promise.all(Array.from({ length: 8 }, () => fetch(`${world.base}/api/v1/events`, { signal: controller.signal })))
    expect(open.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
    expect((await fetch(`${world.base}/api/v1/events`)).status).toBe(429)
    expect(world.ticking()).toBe(true)
    world.routes.close()
    expect(world.ticking()).toBe(false)
    await Promise.all(open.map((response) => response.text()))
    controller.abort()
  })

  it('answers 500 at a defect of its own and tells the log', async () => {
    const world = await startLive()
    world.broken = true
    expect((await fetch(`${world.base}/api/v1/live`)).status).toBe(500)
    expect(world.defects).toHaveLength(1)
  })
})
