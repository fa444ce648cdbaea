import type { ColdStart } from '../../core/billing/rate-card.ts'
import type { Slo } from '../../core/perf/operating-point.ts'
import type { Assumption } from '../plan-result.ts'

/**
 * What the planner takes where nobody says: each a named assumption that the report prints with its reason. None is a
 * hidden constant; each has an option that replaces it.
 */
const AS_OF = '2026-11-24'

/** Seconds an idle serverless replica is kept, where the provider states none. */
export const ASSUMED_IDLE_WINDOW_SECONDS = 60
export const IDLE_WINDOW_SOURCE = 'Spillway assumption: the provider states no idle window; change with --idle-window'

/** Requests that a replica holds at once, where its capacity was measured as a rate alone. */
export const ASSUMED_CONCURRENCY = 16

/** Seconds of cold start for each GB of weights, and how the tail relates to the median. */
const SECONDS_PER_GB = 0.6
const TAIL = { p90: 2, p99: 4 }
const COLD_START_SOURCE = 'baseline loading times of the ServerlessLLM paper (OSDI 2024): OPT-30B (60 GB) 34 s, Llama-2-70B (140 GB) 84 s; the tail (p90 2x, p99 4x) is an assumption. Measure yours and give it with --cold-start'

/** Without a model to weigh: the median of a container with a 50 GB image, by the same rule. */
const WEIGHTS_UNKNOWN_GB = 50

/** Loading the weights is most of a cold start: proportional to their size. `weightsGb` null = unknown. */
export function assumedColdStart(weightsGb: number | null): { readonly coldStart: ColdStart; readonly assumption: Assumption } {
  const p50 = Math.round(SECONDS_PER_GB * (weightsGb ?? WEIGHTS_UNKNOWN_GB) * 10) / 10
  const coldStart = { p50, p90: p50 * TAIL.p90, p99: p50 * TAIL.p99 }
  const size = weightsGb === null ? `${WEIGHTS_UNKNOWN_GB} GB assumed, since no model is named` : `${weightsGb.toFixed(0)} GB of weights`
  return { coldStart, assumption: { name: 'cold start, where the provider states none', value: `p50 ${p50} s, p90 ${coldStart.p90} s, p99 ${coldStart.p99} s`, unit: size, source: COLD_START_SOURCE, asOf: AS_OF } }
}

/** Tokens of a request where the traffic has none: the means of the Azure conversation trace (19,366 calls). */
export const ASSUMED_TOKENS = { input: 1155, output: 211 }
export const TOKENS_SOURCE = 'means of the Azure LLM inference trace 2023, conversations (19,366 calls); give yours with --input-tokens and --output-tokens'

/** Latency target where none is given: what MLPerf Inference v4.1 asks of a server with Llama-2-70B. */
export const ASSUMED_SLO: Slo = { ttftSeconds: 2, tpotSeconds: 0.2 }
export const SLO_SOURCE = 'MLPerf Inference v4.1, server scenario of Llama-2-70B; give yours with --slo-ttft and --slo-tpot'

/** `--real-time`: the first token within this. */
export const REAL_TIME_SECONDS = 0.1

/** An assumption of the planner's own, dated to when it was made. */
export function assume(name: string, value: Assumption['value'], unit: string, source: string): Assumption {
  return { name, value, unit, source, asOf: AS_OF }
}
