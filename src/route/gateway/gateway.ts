import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CallRecord } from '../../core/call.ts'
import { SpillwayError } from '../../core/errors.ts'
import { failureOf } from '../protocols/parse-error.ts'
import type { ClientFace, FaceRoute } from '../protocols/parse-face.ts'
import { answerError, answerLocally } from './answer-here.ts'
import type { GatewayDeps, GatewayRules } from './deps.ts'
import type { Gate } from './gate.ts'
import { Passage } from './passage.ts'
import { poolSpecs } from './pool-specs.ts'
import { RetryBudget } from './retry-budget.ts'
import { Roster } from './roster.ts'
import { Router } from './routing.ts'
import { Runtime } from './runtime.ts'
import { applyLimits, createSocketServer } from './socket.ts'
import { steadyTime } from './steady-time.ts'
import { UpstreamPools } from './upstream-pools.ts'

export interface Gateway {
  /** Resolves when connections are taken. Rejects with LISTEN_FAILED. */
  readonly listen: () => Promise<{ readonly host: string; readonly port: number }>
  /** Takes no more calls and resolves when all are done; after `ms` those that still run are ended, with a record each. */
  readonly drain: (ms: number) => Promise<void>
  /** `drain` without patience, then all sockets. */
  readonly close: () => Promise<void>
  /** New rules for calls from now on; those that run keep theirs. Host and port stay. */
  readonly reload: (rules: GatewayRules) => void
  /** Calls that run or wait. */
  readonly active: () => number
}

/** How often calls are looked at for timeouts, and the policy for waits. */
const TICK_MS = 50
const NO_HOST = failureOf('bad_request', 'The request names no host.')
const NOT_FOUND = failureOf('not_found', 'There is nothing at this path.')

/** The data path: an HTTP server, the rooms of a call, and the timer that all of them share. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { clock, faces, log } = deps
  const wall = (): number => clock.now()
  const steady = deps.steady ?? steadyTime(wall)
  const upstreams = new UpstreamPools()
  const passages = new Roster<Passage>()
  const retired = new Set<Runtime>()
  let current = runtimeOf(deps)
  /** Steady ms from which running calls are ended; null = not stopping. */
  let endAllAt: number | null = null
  let drained: (() => void)[] = []
  let ticker: NodeJS.Timeout | null = null
  const startedSeconds = Math.floor(wall() / 1000)

  const gate: Gate = {
    adapters: deps.adapters,
    wall,
    steady,
    random: deps.random,
    newCallId: deps.newCallId,
    fingerprint: (json) => deps.fingerprint?.(json) ?? null,
    intend: deps.intend ?? null,
    bodies: deps.bodies ?? null,
    wake: (pool) => deps.wake?.(pool),
    retries: new RetryBudget(deps.config.retries.budgetShare),
    log,
    record,
    closed,
  }

  function runtimeOf(rules: GatewayRules): Runtime {
    return new Runtime(rules, new Router(rules.policy, poolSpecs(rules.config.pools), log), upstreams)
  }

  function record(entry: CallRecord): void {
    try {
      deps.sink.append(entry)
      deps.metrics?.finished?.(entry)
    } catch (error) {
      log.error({ call: entry.id, error: error instanceof Error ? error.name : 'unknown' }, 'a record was lost')
    }
  }

  function closed(passage: Passage): void {
    if (!passages.remove(passage)) return
    passage.runtime.calls--
    settleDrain()
  }

  function onRequest(req: IncomingMessage, res: ServerResponse): void {
    // RFC 9112, 3.2.
    if (req.headers.host === undefined && req.httpVersion === '1.1') return answerError(res, faces.at(-1)!, NO_HOST, { connection: 'close' })
    const url = req.url ?? '/'
    const query = url.indexOf('?')
    const path = query === -1 ? url : url.slice(0, query)
    for (const face of faces) {
      const route = face.route(req.method ?? 'GET', path, req.headers)
      if (route !== null) return enter(face, route, req, res)
    }
    if (deps.routes?.(req, res) === true) return
    answerError(res, faces.at(-1)!, NOT_FOUND)
  }

  function enter(face: ClientFace, route: FaceRoute, req: IncomingMessage, res: ServerResponse): void {
    if (endAllAt !== null) return answerError(res, face, failureOf('shutting_down', 'The gateway is shutting down: try again.', null, 1), { connection: 'close' })
    if (route.kind === 'no-such-path') return answerError(res, face, NOT_FOUND)
    if (route.kind === 'wrong-method') return answerError(res, face, failureOf('method_not_allowed', `Use ${route.allow}.`), { allow: route.allow })
    if (route.kind !== 'call') return answerLocally(current, face, route, req, res, wall(), startedSeconds)
    const passage = new Passage(gate, current, face, route.api, req, res)
    passages.add(passage)
    current.calls++
    passage.begin()
  }

  const server: Server = createSocketServer(deps.config, onRequest, (code) => deps.metrics?.refused?.(code))

  function tick(): void {
    const now = steady()
    current.router.tick(now)
    for (const runtime of retired) {
      runtime.router.tick(now)
      if (runtime.calls > 0) continue
      retired.delete(runtime)
      runtime.retire()
    }
    // Politely at first: with an error, or an error event. Whoever is still there a tick later does not listen.
    const endAll = endAllAt !== null && now >= endAllAt
    passages.forEach((passage) => {
      if (endAll) passage.kill()
      else passage.check(now)
    })
    if (endAllAt !== null) server.closeIdleConnections()
  }

  function settleDrain(): void {
    if (endAllAt === null || passages.size > 0) return
    for (const resolve of drained.splice(0)) resolve()
  }

  function drain(ms: number): Promise<void> {
    const until = steady() + ms
    endAllAt = endAllAt === null ? until : Math.min(endAllAt, until)
    if (server.listening) server.close()
    return new Promise((resolve) => {
      drained.push(resolve)
      settleDrain()
    })
  }

  return {
    listen() {
      const { host, port } = current.config.server
      return new Promise((resolve, reject) => {
        const refused = (error: NodeJS.ErrnoException): void => reject(listenFailed(error, host, port))
        server.once('error', refused)
        server.listen(port, host, () => {
          server.off('error', refused)
          server.on('error', (error) => log.error({ error: error.message }, 'the server failed'))
          ticker = setInterval(tick, TICK_MS)
          resolve({ host, port: (server.address() as AddressInfo).port })
        })
      })
    },

    drain,

    async close() {
      await drain(0)
      if (ticker !== null) clearInterval(ticker)
      server.closeAllConnections()
      await upstreams.destroy()
    },

    reload(rules) {
      const next = runtimeOf(rules)
      retired.add(current)
      current = next
      gate.retries.share = rules.config.retries.budgetShare
      applyLimits(server, rules.config)
    },

    active: () => passages.size,
  }
}

function listenFailed(error: NodeJS.ErrnoException, host: string, port: number): SpillwayError {
  const inUse = error.code === 'EADDRINUSE'
  return new SpillwayError('LISTEN_FAILED', inUse ? `port ${port} of ${host} is in use` : `cannot listen on ${host}:${port} (${error.code ?? 'unknown'})`, inUse ? 'Stop what uses it, or choose another with SPILLWAY_PORT' : 'Choose another host or port')
}
