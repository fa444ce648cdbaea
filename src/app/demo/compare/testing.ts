import type { Policy } from '../../../core/policy/types.ts'
import { seededRandom } from '../../../core/random.ts'
import { ALWAYS_THERE, DEFAULT_LIMITS } from '../../../enginesim/engine-sim.ts'
import { Fleet, type FleetRules } from '../../../enginesim/fleet.ts'
import { Timeline } from '../../../enginesim/timeline.ts'
import { fixedTiming } from '../../../enginesim/timing.ts'
import { SimulatedGateway, type SimulatedCall, type SimulatedEndpoint } from './simulated-gateway.ts'

interface SmallGateway {
  readonly gateway: SimulatedGateway
  readonly fleets: readonly Fleet[]
  /** Those that have ended, in that order. */
  readonly ended: readonly SimulatedCall[]
}

/** Engines that read prompts in no time and take 10 ms a token, behind a policy. */
export function smallGateway(policy: Policy, endpoints: readonly { readonly pool: string; readonly id: string; readonly rules?: Partial<FleetRules>; readonly tpotMs?: number; readonly healthMs?: number }[], over: { readonly idleMs?: number; readonly attempts?: number } = {}): SmallGateway {
  const timeline = new Timeline()
  const simulated = endpoints.map(({ pool, id, rules = {}, tpotMs = 10, healthMs }): SimulatedEndpoint => {
    const spec = { gpus: 1, limits: { ...DEFAULT_LIMITS, prefixCaching: false }, timing: fixedTiming({ ttftMs: 0, tpotMs, prefillUsPerToken: 0 }) }
    return { pool, id, fleet: new Fleet(timeline, spec, { ...ALWAYS_THERE, ...rules }, seededRandom(1)), metricsMs: null, healthMs: healthMs ?? null }
  })
  const ended: SimulatedCall[] = []
  const gateway = new SimulatedGateway({
    timeline,
    policy,
    endpoints: simulated,
    timeouts: { connectMs: 1000, firstByteMs: 60_000, idleMs: over.idleMs ?? 60_000, totalMs: 900_000 },
    retries: { attempts: over.attempts ?? 3, baseMs: 100, maxMs: 1000, budgetShare: 1 },
    model: 'm',
    random: seededRandom(1),
    onEnd: (call) => ended.push(call),
  })
  return { gateway, ended, fleets: simulated.map(({ fleet }) => fleet) }
}
