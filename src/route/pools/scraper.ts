import type { Clock } from '../../core/clock.ts'
import type { PolicyEvent } from '../../core/policy/types.ts'
import type { Random } from '../../core/random.ts'
import type { EndpointConfig, PoolConfig } from '../config-types.ts'
import { authHeaders } from './auth-headers.ts'
import { readEngineMetrics } from './engine-metrics.ts'
import type { HttpSend, SmallRequest } from './http-send.ts'
import { repeat } from './repeat.ts'

export interface ProbeDeps {
  readonly pools: readonly PoolConfig[]
  readonly clock: Clock
  readonly random: Random
  readonly send: HttpSend
  /** Takes what was found out: `policy.observe`. */
  readonly emit: (event: PolicyEvent) => void
}

export interface Probes {
  readonly stop: () => void
  readonly status: () => readonly ProbeStatus[]
}

export interface ProbeStatus {
  readonly pool: string
  readonly endpoint: string
  /** Clock time of the last success; null = none yet. */
  readonly lastAt: number | null
  /** Why the last one failed; null = it did not. */
  readonly failure: string | null
  /** What answered, such as `vllm` or `up`. */
  readonly found: string | null
}

/** An engine's metrics are some hundred kilobytes at most. */
const MAX_BYTES = 4 * 1024 * 1024
const LONGEST_MS = 5000

/**
 * Reads the metrics of every endpoint that has some and emits them as `scraped`, stamped with the time of the question, so that
 * a slow answer does not pass as fresh. A failure emits nothing: what is known ages until the policy disregards it.
 */
export function startScraper(deps: ProbeDeps): Probes {
  return startProbes(deps, ({ metrics }) => metrics, async (pool, endpoint, path, timeoutMs, signal) => {
    const at = deps.clock.now()
    const { status, body } = await deps.send(probeRequest(pool, endpoint, path, timeoutMs, MAX_BYTES), signal)
    if (status !== 200) throw new Error(`status ${status}`)
    const reading = readEngineMetrics(body)
    if (reading === null) throw new Error('no metrics of a known engine')
    deps.emit({ type: 'scraped', pool: pool.id, endpoint: endpoint.id, at, metrics: reading.metrics })
    return reading.engine
  })
}

type Ask = (pool: PoolConfig, endpoint: EndpointConfig, path: string, timeoutMs: number, signal: AbortSignal) => Promise<string>

export function probeRequest(pool: PoolConfig, endpoint: EndpointConfig, path: string, timeoutMs: number, maxBytes: number): SmallRequest {
  return { url: endpoint.url + path, method: 'GET', headers: authHeaders(pool.auth), body: null, timeoutMs, maxBytes, allowLinkLocal: pool.allowLinkLocal === true }
}

/** One repeating question for each endpoint of the pools that `target` says something for. */
export function startProbes(deps: ProbeDeps, target: (pool: PoolConfig) => { readonly path: string; readonly intervalMs: number } | null, ask: Ask): Probes {
  const states: { -readonly [K in keyof ProbeStatus]: ProbeStatus[K] }[] = []
  const running = deps.pools.flatMap((pool) => {
    const wanted = target(pool)
    if (wanted === null) return []
    return pool.endpoints.map((endpoint) => {
      const state = { pool: pool.id, endpoint: endpoint.id, lastAt: null as number | null, failure: null as string | null, found: null as string | null }
      states.push(state)
      const run = async (signal: AbortSignal): Promise<void> => {
        try {
          state.found = await ask(pool, endpoint, wanted.path, Math.min(wanted.intervalMs, LONGEST_MS), signal)
          state.lastAt = deps.clock.now()
          state.failure = null
        } catch (error) {
          state.failure = error instanceof Error ? error.message : 'unknown'
        }
      }
      return repeat(run, wanted.intervalMs, deps.random)
    })
  })
  return {
    stop: () => {
      for (const one of running) one.stop()
    },
    status: () => structuredClone(states),
  }
}
