import { SpillwayError } from '../errors.ts'
import type { PolicyConfig } from './types.ts'

/** Throws POLICY_INVALID where the policy could not keep its promises: a name twice, a number that is none, a limit below its least. */
export function checkPolicyConfig(config: PolicyConfig): void {
  const { pools, sloTtftMs, weights, saturation, queue, breaker } = config
  unique('pool', pools.map(({ id }) => id))
  for (const { id, endpoints, capacity, maxInFlight, marginalCost, coldStartSeconds } of pools) {
    unique(`endpoint of pool ${id}`, endpoints.map((endpoint) => endpoint.id))
    if (endpoints.length === 0) throw invalid(`pool ${id} has no endpoint`, 'Give at least one')
    atLeast(1, { [`capacity of pool ${id}`]: capacity })
    atLeast(0, { [`maxInFlight of pool ${id}`]: maxInFlight ?? 0, [`marginalCost of pool ${id}`]: marginalCost })
    atLeast(0, { [`coldStartSeconds of pool ${id}`]: coldStartSeconds })
    for (const { id: endpoint, canaryShare } of endpoints) {
      if (canaryShare !== null && !(canaryShare >= 0 && canaryShare <= 1)) throw invalid(`the canary share of ${id}/${endpoint} is ${canaryShare}`, 'Give a share from 0 to 1')
    }
  }
  atLeast(0, { sloTtftMs: sloTtftMs ?? 0, 'weight of prefix': weights.prefix, 'weight of queue': weights.queue, 'weight of kv': weights.kv })
  above(0, { 'saturation enter': saturation.enter, 'saturation release': saturation.release, queueThreshold: saturation.queueThreshold, kvThreshold: saturation.kvThreshold })
  if (saturation.release > saturation.enter) throw invalid(`saturation ends at ${saturation.release} and begins at ${saturation.enter}`, 'Give a release of at most enter')
  atLeast(0, { 'queue limit': queue.limit, maxWaitMs: queue.maxWaitMs, maxWakeMs: queue.maxWakeMs ?? 0 })
  atLeast(0, { staleAfterMs: config.staleAfterMs, prefixEntries: config.prefixEntries, openMs: breaker.openMs, maxOpenMs: breaker.maxOpenMs })
  if (!Number.isInteger(config.prefixEntries)) throw invalid(`prefixEntries is ${config.prefixEntries}`, 'Give a whole number')
  above(0, { reclaimAfterMs: config.reclaimAfterMs ?? 1, windowMs: breaker.windowMs, failureShare: breaker.failureShare })
  atLeast(1, { 'breaker minimum': breaker.minimum, 'breaker consecutive': breaker.consecutive, 'breaker probes': breaker.probes })
}

function unique(what: string, ids: readonly string[]): void {
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice !== undefined) throw invalid(`${what} ${twice} is there twice`, 'Give every one a name of its own')
}

function atLeast(least: number, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) if (!(value >= least && Number.isFinite(value))) throw invalid(`${name} is ${value}`, `Give a number of at least ${least}`)
}

function above(bound: number, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) if (!(value > bound && Number.isFinite(value))) throw invalid(`${name} is ${value}`, `Give a number above ${bound}`)
}

function invalid(message: string, mend: string): SpillwayError {
  return new SpillwayError('POLICY_INVALID', message, mend)
}
