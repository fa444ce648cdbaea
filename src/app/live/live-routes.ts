import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import { liveView, type LiveSources } from './live-view.ts'
import type { RecentCalls } from './recent-calls.ts'

export type Viewer = { readonly ok: true; readonly id: string; readonly tenant: string } | { readonly ok: false; readonly status: number; readonly code: string; readonly message: string }

export interface LiveDeps {
  readonly sources: LiveSources
  readonly recent: Pick<RecentCalls, 'read'>
  /** Whether who asks may read, and for which tenant. */
  readonly identify: (request: IncomingMessage) => Viewer | Promise<Viewer>
  readonly clock: Clock
  /** Calls `work` again and again; returns what ends that. */
  readonly every?: (work: () => void, ms: number) => () => void
  readonly onDefect: (error: unknown) => void
}

export interface LiveRoutes {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => boolean
  /** Ends the streams, so that the server can stop. */
  readonly close: () => void
}

const SNAPSHOT = '/api/v1/live'
const STREAM = '/api/v1/events'
const EVERY_MS = 1000
/** Streams at once, of one who looks and in all. */
const STREAMS = { ofOne: 8, inAll: 128 } as const
/** After so many views whoever looks is asked again who it is: a session may have ended. */
const LOOK_AGAIN = 30
/** A reader that is this far behind gets no more until it has caught up: each view is whole, so it misses nothing that lasts. */
const MOST_WAITING_BYTES = 262_144

interface Stream {
  viewer: Extract<Viewer, { ok: true }>
  readonly request: IncomingMessage
  readonly response: ServerResponse
  views: number
}

/** `GET /api/v1/live`: how it is now; `GET /api/v1/events`: the same once a second, as server-sent events of the type `live`. */
export function liveRoutes({ sources, recent, identify, clock, every = repeat, onDefect }: LiveDeps): LiveRoutes {
  const streams = new Set<Stream>()
  let stopTimer: (() => void) | null = null
  const view = (tenant: string): string => JSON.stringify(liveView(sources, recent.read(tenant, clock.now()), clock.now()))

  function tick(): void {
    const views = new Map<string, string>()
    for (const stream of streams) {
      const { response, viewer } = stream
      if (response.destroyed) {
        drop(stream)
        continue
      }
      if (++stream.views % LOOK_AGAIN === 0) void lookAgain(stream).catch(onDefect)
      if (response.writableLength > MOST_WAITING_BYTES) continue
      let text = views.get(viewer.tenant)
      if (text === undefined) views.set(viewer.tenant, (text = view(viewer.tenant)))
      response.write(`event: live\ndata: ${text}\n\n`)
    }
  }

  async function lookAgain(stream: Stream): Promise<void> {
    const viewer = await identify(stream.request)
    if (viewer.ok) stream.viewer = viewer
    else stream.response.end('event: ended\ndata: {}\n\n')
  }

  function drop(stream: Stream): void {
    streams.delete(stream)
    if (streams.size > 0) return
    stopTimer?.()
    stopTimer = null
  }

  async function handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method !== 'GET') return fail(response, 405, 'method_not_allowed', 'Use GET.', { allow: 'GET' })
    const viewer = await identify(request)
    if (!viewer.ok) return fail(response, viewer.status, viewer.code, viewer.message)
    if (path === SNAPSHOT) {
      const text = view(viewer.tenant)
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
      response.end(text)
      return
    }
    if (streams.size >= STREAMS.inAll || [...streams].filter((one) => one.viewer.id === viewer.id).length >= STREAMS.ofOne) return fail(response, 429, 'busy', 'Too many streams at once; close one.', { 'retry-after': '5' })
    if (response.destroyed) return
    const first = view(viewer.tenant)
    // Proxies that gather what they pass on would hold the events back.
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no', 'x-content-type-options': 'nosniff' })
    response.write(`retry: 3000\n\nevent: live\ndata: ${first}\n\n`)
    const stream: Stream = { viewer, request, response, views: 0 }
    streams.add(stream)
    response.on('close', () => drop(stream))
    stopTimer ??= every(tick, EVERY_MS)
  }

  return {
    handle: (request, response) => {
      const path = (request.url ?? '').split('?', 1)[0] ?? ''
      if (path !== SNAPSHOT && path !== STREAM) return false
      request.resume()
      handle(request, response, path).catch((error: unknown) => {
        onDefect(error)
        fail(response, 500, 'internal_error', 'Spillway failed at this; it is in its log.')
      })
      return true
    },
    close: () => {
      for (const stream of streams) stream.response.end()
      streams.clear()
      stopTimer?.()
      stopTimer = null
    },
  }
}

function fail(response: ServerResponse, status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}): void {
  if (response.destroyed || response.headersSent) return
  const body = JSON.stringify({ error: { code, message, param: null } })
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers })
  response.end(body)
}

function repeat(work: () => void, ms: number): () => void {
  const timer = setInterval(work, ms)
  timer.unref()
  return () => clearInterval(timer)
}
