import { SpillwayError } from '../../core/errors.ts'
import type { TrafficBins } from '../../core/traffic.ts'
import { toDemand } from '../demand.ts'
import type { Doubt, PlanInput, ReplicaOption } from '../plan-input.ts'
import type { Assumption } from '../plan-result.ts'
import { ASSUMED_TOKENS, assume, TOKENS_SOURCE } from './assumed.ts'
import { filterOffers } from './offer-filter.ts'
import { offersFor } from './offers.ts'
import type { PlanRequest, TokensPerRequest } from './plan-request.ts'
import { replicaKinds, sloOf, total } from './replica-kinds.ts'
import { tokenOptions } from './token-options.ts'

/**
 * From what a person asks to what the planner computes with. Pure. Throws PERF_* where no GPU carries the model within
 * the target, PLAN_PRICE_MISSING where no offer applies, CATALOG_UNKNOWN_ID for a token offer that is not there.
 */
export function buildPlanInput(request: PlanRequest): PlanInput {
  const { capacity, catalog, prices, traffic, today } = request
  const { bins, assumptions: tokenAssumptions, doubts } = withTokens(request)
  requireRequests(bins, traffic.source)
  const { kept, warnings: regionWarnings } = filterOffers(catalog.offers, { providers: prices.providers, residency: request.constraints.residency })
  const { kinds, refused } = replicaKinds(request, bins)
  const replicas: ReplicaOption[] = []
  for (const kind of kinds) {
    const { dedicated, serverless, assumptions } = offersFor(kind, kept, request)
    if (dedicated.length === 0 && serverless.length === 0) continue
    replicas.push({
      gpu: kind.gpu?.id ?? null,
      gpusPerReplica: kind.gpusPerReplica,
      demand: toDemand(bins, kind.replicas, traffic.localHour),
      slots: kind.concurrency,
      requestSeconds: kind.requestSeconds,
      throughputError: kind.throughputError,
      rough: kind.rough,
      dedicated,
      serverless,
      assumptions: [...kind.assumptions, ...assumptions],
    })
  }
  if (prices.tokenOffers.length > 0 && bins.tokens === null) throw new SpillwayError('CLI_USAGE', 'an API by the token cannot be priced: the traffic has no token counts', 'Add --input-tokens and --output-tokens, or leave out --api')
  const tokens = tokenOptions(bins, catalog, prices.sameModelApis && capacity.by !== 'gpu-seconds' ? capacity.model : null, prices.tokenOffers)
  if (replicas.length === 0) throw noOffer(request, kinds.map(({ gpu }) => gpu?.id ?? 'your replica'))
  const egressMb = request.egressMbPerRequest ?? (bins.work?.egressMb === undefined || bins.work.egressMb === null ? null : total(bins.work.egressMb) / total(bins.requests))
  return {
    traffic: { source: traffic.source, measured: traffic.measured, inputTokens: bins.tokens && total(bins.tokens.input), outputTokens: bins.tokens && total(bins.tokens.output) },
    replicas,
    tokens,
    constraints: { ...request.constraints, sloTtftSeconds: capacity.by === 'model' ? sloOf(capacity, request.constraints.realTime).ttftSeconds : request.constraints.sloTtftSeconds },
    ops: request.serverless.linear ? { ...request.ops, dedicatedMonthly: 0, serverlessMonthly: 0 } : request.ops,
    elastic: request.elastic,
    egressGbPerRequest: egressMb === null || request.serverless.linear ? null : egressMb / 1000,
    growthSd: request.growthSd,
    resamples: request.resamples,
    seed: request.seed,
    headroom: request.headroom,
    priceDecline: request.priceDecline,
    bare: request.serverless.linear,
    current: request.current,
    assumptions: tokenAssumptions,
    warnings: [...traffic.warnings, ...(request.constraints.realTime && capacity.by !== 'model' ? ['Real-time: cold starts are excluded, but the first token of your own replica is not checked.'] : []), ...regionWarnings, ...refusedWarnings(refused, capacity.by === 'model' && capacity.gpus !== null)],
    doubts,
    asOf: today,
  }
}

/** Traffic without token counts gets the same number for each request, given or assumed; traffic with them keeps its own. */
function withTokens({ traffic, capacity, today }: PlanRequest): { bins: TrafficBins; assumptions: Assumption[]; doubts: Doubt[] } {
  const { bins, tokens } = traffic
  const none = { bins, assumptions: [], doubts: [] }
  if (bins.tokens !== null) return none
  if (tokens !== null) {
    const value = `${tokens.input} in (${tokens.cached} cached), ${tokens.output} out`
    return { bins: withTokensEach(bins, tokens), assumptions: [{ name: 'tokens per request', value, unit: 'tokens', source: 'given with --input-tokens, --output-tokens', asOf: today }], doubts: [] }
  }
  if (capacity.by !== 'model') return none
  const { input, output } = ASSUMED_TOKENS
  return {
    bins: withTokensEach(bins, { ...ASSUMED_TOKENS, cached: 0 }),
    assumptions: [assume('tokens per request', `${input} in (0 cached), ${output} out`, 'tokens', TOKENS_SOURCE)],
    doubts: [{ text: `The traffic has no token counts: ${input.toLocaleString('en-US')} in and ${output} out a request are assumed.`, next: 'Record the tokens of your requests, or give their means with --input-tokens and --output-tokens.', blocks: true }],
  }
}

/** Gives every request the same tokens. */
export function withTokensEach(bins: TrafficBins, { input, cached, output }: TokensPerRequest): TrafficBins {
  const each = (factor: number): Float64Array => bins.requests.map((count) => count * factor)
  const uncached = input - cached
  return { ...bins, tokens: { input: each(input), cached: each(cached), uncachedSquared: each(uncached * uncached), output: each(output), outputSquared: each(output * output), inputOutput: each(input * output) } }
}

function requireRequests(bins: TrafficBins, file: string): void {
  if (total(bins.requests) > 0) return
  throw new SpillwayError('TRAFFIC_EMPTY', 'the traffic has no requests at all', 'Give traffic with at least one request', { file })
}

function noOffer({ prices, constraints }: PlanRequest, kinds: readonly string[]): SpillwayError {
  const limits = [prices.providers === null ? null : `--provider ${prices.providers.join(',')}`, constraints.residency === null ? null : `--residency ${constraints.residency}`].filter((limit) => limit !== null)
  const within = limits.length === 0 ? '' : ` within ${limits.join(' and ')}`
  return new SpillwayError('PLAN_PRICE_MISSING', `no price is known for ${kinds.join(', ')}${within}`, 'Give --dedicated and --serverless, name a --gpu that the catalog has offers for, or add offers with --offers FILE')
}

/** GPUs that were named and cannot serve are worth a line each; of all in the catalog only their number is. */
function refusedWarnings(refused: readonly { readonly gpu: string; readonly error: SpillwayError }[], named: boolean): string[] {
  if (refused.length === 0) return []
  if (named) return refused.map(({ gpu, error }) => `${gpu} is left out: ${error.message}.`)
  return [`${refused.length} kinds of GPU are left out, since they cannot serve this model within the target or their speed is not known: ${refused.map(({ gpu }) => gpu).join(', ')}.`]
}
