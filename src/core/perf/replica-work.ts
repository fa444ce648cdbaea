import { SpillwayError } from '../errors.ts'
import type { TrafficBins } from '../traffic.ts'
import type { LatencyModel } from './latency-model.ts'
import type { OperatingPoint } from './operating-point.ts'
import { tpotOf, ttftOf } from './terms.ts'

/**
 * Replica-seconds that a request costs, per unit of each sum in TokenMoments (core/traffic.ts): per request, per token
 * of prompt that is not cached, per square of it, per token of prompt, per token of output, and so on.
 */
export interface ReplicaWork {
  readonly perRequest: number
  readonly perUncached: number
  readonly perUncachedSquared: number
  readonly perInput: number
  readonly perOutput: number
  readonly perOutputSquared: number
  readonly perInputOutput: number
}

/**
 * What a request costs a replica that runs at `point`: (TTFT + output x TPOT) / batch, by Little's law the time that a
 * replica needs a request when `batch` requests always run. Both are linear in the six token sums. Prefill is counted
 * once: TPOT under load contains the prefills of the other requests (`stall`), and TTFT / batch only the share that is
 * left. TTFT and TPOT are scaled so that a request of the typical shape costs what `point` says.
 */
export function replicaWork(latency: LatencyModel, point: OperatingPoint): ReplicaWork {
  const { batch, shape } = point
  const { decode, prefill } = latency.terms
  const uncached = shape.input - shape.cached
  const tpotLine = shape.output > 0 ? tpotOf(decode, batch, shape.input, shape.output, uncached) : 0
  // The first token comes with the prefill: of n tokens n - 1 are decoded.
  const d = tpotLine > 0 ? (point.tpotSeconds / tpotLine) * (Math.max(1, shape.output - 1) / shape.output) : 1
  const p = point.ttftSeconds / ttftOf(prefill, batch, uncached)
  return {
    perRequest: p * (prefill.fixed / batch + prefill.running),
    perUncached: p * (prefill.token / batch + prefill.queue) + d * decode.stall,
    perUncachedSquared: (p * prefill.tokenSquared) / batch,
    perInput: 0,
    perOutput: d * (decode.fixed / batch + decode.running),
    perOutputSquared: (d * decode.context) / 2,
    perInputOutput: d * decode.context,
  }
}

/** Replicas' worth of work by bin: replica-seconds / seconds. Throws TRAFFIC_COLUMN_MISSING where tokens are not known. */
export function replicaDemand(bins: TrafficBins, work: ReplicaWork): Float64Array {
  const { tokens, requests, binSeconds } = bins
  if (tokens === null) throw new SpillwayError('TRAFFIC_COLUMN_MISSING', 'the traffic has no token counts, so its GPU time cannot be computed', 'Give traffic with input and output tokens, or what one replica serves with --replica-rps')
  return requests.map((count, t) => {
    const uncached = tokens.input[t]! - tokens.cached[t]!
    const seconds =
      work.perRequest * count +
      work.perUncached * uncached +
      work.perUncachedSquared * tokens.uncachedSquared[t]! +
      work.perInput * tokens.input[t]! +
      work.perOutput * tokens.output[t]! +
      work.perOutputSquared * tokens.outputSquared[t]! +
      work.perInputOutput * tokens.inputOutput[t]!
    return seconds / binSeconds
  })
}

/** Replica-seconds of one request by itself, for checks and explanations. */
export function workOf(work: ReplicaWork, input: number, cached: number, output: number): number {
  const uncached = input - cached
  return work.perRequest + work.perUncached * uncached + work.perUncachedSquared * uncached ** 2 + work.perInput * input + output * (work.perOutput + work.perOutputSquared * output + work.perInputOutput * input)
}
