import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ReplicaLife } from '../core/billing/rate-card.ts'
import type { Clock } from '../core/clock.ts'
import { SpillwayError } from '../core/errors.ts'
import { seededRandom } from '../core/random.ts'
import type { EngineLimits } from './engine.ts'
import type { FaultRule } from './faults.ts'
import type { FleetRules } from './fleet.ts'
import { Fleet } from './fleet.ts'
import { isSpeed } from './http/control.ts'
import { router } from './http/router.ts'
import type { SetTimer } from './real-time.ts'
import { nodeTimer, RealTime } from './real-time.ts'
import type { SimState } from './state.ts'
import { stateOf } from './state.ts'
import { Timeline } from './timeline.ts'
import type { EngineTiming } from './timing.ts'

export interface EngineSimOptions {
  readonly clock: Clock
  /** `measuredTiming(latencyModel)` or `fixedTiming(...)`. */
  readonly timing: EngineTiming
  /** Names that it answers to; the first is the one in its metrics. */
  readonly models: readonly string[]
  /** Simulated seconds a second. */
  readonly speed?: number
  readonly seed?: number
  readonly limits?: Partial<EngineLimits>
  /** Longest prompt and answer together; at most what the KV cache holds, which is the default. */
  readonly maxModelLen?: number
  /** Mean tokens of an answer that nothing limits. */
  readonly meanOutputTokens?: number
  /** Tokens in an event of a stream, but for the first, as vLLM's `stream_interval`. Default 1. */
  readonly streamInterval?: number
  /** GPUs of a replica, for its account. */
  readonly gpus?: number
  /** Replicas that come on demand and go when idle; absent = one that is always there. */
  readonly serverless?: Partial<FleetRules> & Pick<FleetRules, 'coldStartSeconds'>
  readonly faults?: readonly FaultRule[]
  /** Whether `x-sim-fault` of a request is obeyed. */
  readonly allowFaultHeaders?: boolean
  /** If given, calls need it as their bearer token. */
  readonly apiKey?: string
  readonly host?: string
  /** For tests that set the time themselves. */
  readonly setTimer?: SetTimer
}

export interface EngineSim {
  /** Throws PORT_UNAVAILABLE where the port cannot be had. 0 or absent = any free port. */
  readonly listen: (port?: number) => Promise<{ readonly port: number; readonly url: string }>
  /** Ends all connections, running answers too. */
  readonly close: () => Promise<void>
  readonly stats: () => SimState
  /** Lives of the replicas for `meterReplica`, those that go on cut now. */
  readonly lives: () => readonly ReplicaLife[]
  readonly setSpeed: (speed: number) => void
  /** Replicas that are kept up from now on (serverless). */
  readonly setMinReplicas: (count: number) => void
}

/**
 * vLLM's defaults (`block_size`, `max_num_seqs`, `max_num_batched_tokens`),
 * https://docs.vllm.ai/en/latest/models/engine_args.html, read 2026-11-24; the KV cache is what core/perf reckons for
 * Llama 3.1 8B in bf16 on one GPU of 80 GB.
 */
export const DEFAULT_LIMITS: EngineLimits = { kvTokens: 426_784, blockTokens: 16, maxNumSeqs: 256, maxNumBatchedTokens: 8192, prefixCaching: true }

/** Settings of the simulator, no provider's. */
export const DEFAULT_SERVERLESS: Omit<FleetRules, 'coldStartSeconds'> = { minReplicas: 0, maxReplicas: 3, concurrency: 32, idleWindowSeconds: 60, maxWaiting: 1000 }

/** A dedicated server: one replica that nobody starts or stops. */
export const ALWAYS_THERE: FleetRules = { minReplicas: 1, maxReplicas: 1, concurrency: Number.POSITIVE_INFINITY, coldStartSeconds: () => 0, idleWindowSeconds: Number.POSITIVE_INFINITY, maxWaiting: null }

/** An OpenAI-compatible server that behaves like vLLM in front of a simulated engine. Any number can run in one process. */
export function createEngineSim(options: EngineSimOptions): EngineSim {
  const { clock, seed = 1, host = '127.0.0.1' } = options
  const limits = checkedLimits({ ...DEFAULT_LIMITS, ...options.limits })
  const rules = options.serverless === undefined ? ALWAYS_THERE : { ...DEFAULT_SERVERLESS, ...options.serverless }
  const held = Math.floor(limits.kvTokens / limits.blockTokens) * limits.blockTokens
  const timeline = new Timeline()
  const fleet = new Fleet(timeline, { gpus: options.gpus ?? 1, limits, timing: options.timing }, rules, seededRandom(seed))
  const time = new RealTime(timeline, clock, checkedSpeed(options.speed ?? 1), options.setTimer ?? nodeTimer)
  const state = (): SimState => time.enter(() => stateOf(fleet, time.speed))
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS },
    router({
      fleet,
      time,
      clock,
      models: options.models,
      limits,
      rules: { seed, maxModelLen: Math.min(options.maxModelLen ?? held, held), meanOutputTokens: options.meanOutputTokens ?? 128 },
      streamInterval: options.streamInterval ?? 1,
      faults: options.faults ?? [],
      allowFaultHeaders: options.allowFaultHeaders ?? false,
      faultRandom: seededRandom(seed + 1),
      apiKey: options.apiKey ?? null,
      state,
    }),
  )
  return {
    listen: (port = 0) =>
      new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => reject(new SpillwayError('PORT_UNAVAILABLE', `port ${port} on ${host} cannot be had (${error.code ?? error.message})`, 'Use another with --port, or 0 for any that is free')))
        server.listen(port, host, () => {
          const address = server.address() as AddressInfo
          resolve({ port: address.port, url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}` })
        })
      }),
    close: () =>
      new Promise((resolve) => {
        time.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    stats: state,
    lives: () => state().lives,
    setSpeed: (speed) => {
      time.speed = checkedSpeed(speed)
    },
    setMinReplicas: (count) => time.enter(() => fleet.setMinimum(count)),
  }
}

/** Longer than the pools of usual clients keep a socket, so that none is closed under a request. */
const KEEP_ALIVE_MS = 75_000

function checkedLimits(limits: EngineLimits): EngineLimits {
  for (const name of ['kvTokens', 'blockTokens', 'maxNumSeqs', 'maxNumBatchedTokens'] as const) {
    if (!(Number.isSafeInteger(limits[name]) && limits[name] >= 1)) throw new SpillwayError('NUMBER_INVALID', `${name} of the engine is ${limits[name]}`, 'Give a whole number from 1 on')
  }
  if (limits.kvTokens < limits.blockTokens) throw new SpillwayError('NUMBER_INVALID', `a KV cache of ${limits.kvTokens} tokens holds no block of ${limits.blockTokens}`, 'Give a larger KV cache')
  return limits
}

function checkedSpeed(speed: number): number {
  if (!isSpeed(speed)) throw new SpillwayError('NUMBER_INVALID', `the speed of the simulator is ${speed}`, 'Give a number above 0, at most 1,000,000')
  return speed
}
