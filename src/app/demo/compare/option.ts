import { createBaseline, type Baseline } from '../../../core/policy/baselines.ts'
import { createPolicy } from '../../../core/policy/policy.ts'
import { seededRandom } from '../../../core/random.ts'
import { ALWAYS_THERE } from '../../../enginesim/engine-sim.ts'
import { Fleet, type FleetRules } from '../../../enginesim/fleet.ts'
import { Timeline } from '../../../enginesim/timeline.ts'
import type { GatewayConfig, PoolConfig } from '../../../route/config-types.ts'
import { poolSpecs } from '../../../route/gateway/pool-specs.ts'
import { DEMO_FLOOR, DEMO_MODEL } from '../demo-config.ts'
import type { DemoEngines } from '../engines.ts'
import { SimulatedGateway, type SimulatedCall, type SimulatedEndpoint } from './simulated-gateway.ts'

/** One way to serve the traffic. */
export interface Option {
  readonly name: string
  /** Replicas that are rented throughout. */
  readonly dedicated: number
  readonly serverless: boolean
  readonly policy: 'spillway' | Baseline
}

/** What every option runs on. */
export interface OptionWorld {
  /** The live demo's, at speed 1. */
  readonly config: GatewayConfig
  readonly engines: DemoEngines
  readonly seed: number
}

export interface PlayedOption {
  readonly gateway: SimulatedGateway
  readonly pools: readonly PoolConfig[]
}

export const HYBRID: Option = { name: 'hybrid', dedicated: DEMO_FLOOR, serverless: true, policy: 'spillway' }
export const ALL_SERVERLESS: Option = { name: 'all-serverless', dedicated: 0, serverless: true, policy: 'spillway' }
export const ROUND_ROBIN: Option = { name: 'round-robin', dedicated: DEMO_FLOOR, serverless: true, policy: 'round-robin' }
export const ERROR_ONLY: Option = { name: 'error-only', dedicated: DEMO_FLOOR, serverless: true, policy: 'error-only' }

export function allDedicated(replicas: number): Option {
  return { name: `all-dedicated x ${replicas}`, dedicated: replicas, serverless: false, policy: 'spillway' }
}

/** What "sized for the peak" means: the fewest dedicated replicas that keep the SLO for this share of the calls. */
export const PEAK_SHARE = 0.99

/** An option in virtual time, at 0 and without calls: the demo's configuration with the pools that the option has. */
export function startOption({ dedicated, serverless, policy: kind }: Option, { config, engines, seed }: OptionWorld, onEnd?: (call: SimulatedCall) => void): PlayedOption {
  const timeline = new Timeline()
  const pools = config.pools.flatMap((pool): PoolConfig[] => {
    if (pool.kind !== 'dedicated') return serverless ? [pool] : []
    return dedicated === 0 ? [] : [{ ...pool, endpoints: Array.from({ length: dedicated }, (_, index) => ({ ...pool.endpoints[0]!, id: `gpu-${index + 1}` })) }]
  })
  const endpoints = pools.flatMap((pool) => pool.endpoints.map(({ id }, index) => endpointOf(timeline, pool, id, pool.kind === 'dedicated' ? ALWAYS_THERE : engines.platform, engines, seed + index + 1, kind === 'spillway')))
  const rules = { ...config.policy, seed, pools: poolSpecs(pools) }
  const policy = kind === 'spillway' ? createPolicy(rules) : createBaseline(kind, rules)
  const gateway = new SimulatedGateway({ timeline, policy, endpoints, timeouts: config.timeouts, retries: config.retries, model: DEMO_MODEL, random: seededRandom(seed), ...(onEnd === undefined ? {} : { onEnd }) })
  return { gateway, pools }
}

/** `asleepIsNews`: the baselines start no pools, so for them a sleeping one is no outage: the platform holds the call. */
function endpointOf(timeline: Timeline, pool: PoolConfig, id: string, rules: FleetRules, { replica }: DemoEngines, seed: number, asleepIsNews: boolean): SimulatedEndpoint {
  const healthMs = pool.kind === 'dedicated' || asleepIsNews ? (pool.health?.intervalMs ?? null) : null
  return { pool: pool.id, id, fleet: new Fleet(timeline, replica, rules, seededRandom(seed)), metricsMs: pool.metrics?.intervalMs ?? null, healthMs }
}
