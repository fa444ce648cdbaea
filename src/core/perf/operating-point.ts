import { SpillwayError } from '../errors.ts'
import type { LatencyModel } from './latency-model.ts'
import type { MemoryFit } from './memory-fit.ts'

/** A typical request, in tokens; `cached` of the input are found in the prefix cache. */
export interface RequestShape {
  readonly input: number
  readonly cached: number
  readonly output: number
}

/** What a user is promised; null = no promise. */
export interface Slo {
  readonly ttftSeconds: number | null
  readonly tpotSeconds: number | null
}

/** How a replica runs when it is full: the largest batch that keeps the promise. */
export interface OperatingPoint {
  readonly batch: number
  readonly tpotSeconds: number
  readonly ttftSeconds: number
  /** From arrival to the last token. */
  readonly requestSeconds: number
  readonly limitedBy: 'tpot' | 'ttft' | 'kv-cache' | 'max-batch'
  /** What a full replica serves: batch / requestSeconds (Little's law). */
  readonly requestsPerSecond: number
  readonly shape: RequestShape
}

/** vLLM's default of `max_num_seqs`, https://docs.vllm.ai/en/latest/models/engine_args.html, read 2026-11-24. */
export const MAX_BATCH = 256

/**
 * How far beyond the largest measured batch the model is trusted: leaving out the largest batch and predicting it from
 * those of a quarter and less, TPOT is off by 23 % on average and 14 % in the median (bench/latency-model.ts).
 */
export const EXTRAPOLATION = 4

/**
 * The largest batch, up to 256 and up to four times what was measured, that fits the KV cache and keeps the SLO. Throws
 * PERF_DOES_NOT_FIT where the weights or one request do not fit, and PERF_SLO_INFEASIBLE, with the figures that a batch
 * of one reaches, where even that misses the SLO.
 */
export function operatingPoint(latency: LatencyModel, fit: MemoryFit, shape: RequestShape, slo: Slo): OperatingPoint {
  const held = kvLimit(latency, fit, shape)
  const known = Math.min(EXTRAPOLATION * latency.maxMeasuredBatch, MAX_BATCH)
  const most = Math.max(1, Math.min(held, known))
  const missed = (batch: number): 'tpot' | 'ttft' | null => {
    if (slo.ttftSeconds !== null && latency.ttftSeconds(batch, shape.input, shape.cached) > slo.ttftSeconds) return 'ttft'
    return slo.tpotSeconds !== null && shape.output > 0 && tpotAt(latency, batch, shape) > slo.tpotSeconds ? 'tpot' : null
  }
  if (missed(1) !== null) throw infeasible(latency, shape, slo)
  // TTFT and TPOT grow with the batch, so the largest that keeps the SLO is found by halving.
  let batch = 1
  for (let step = 2 ** Math.ceil(Math.log2(most)); step >= 1; step /= 2) if (batch + step <= most && missed(batch + step) === null) batch += step
  const limitedBy = batch < most ? (missed(batch + 1) ?? 'tpot') : held <= known ? 'kv-cache' : 'max-batch'
  const tpotSeconds = tpotAt(latency, batch, shape)
  const ttftSeconds = latency.ttftSeconds(batch, shape.input, shape.cached)
  const requestSeconds = ttftSeconds + (shape.output > 0 ? Math.max(1, shape.output - 1) * tpotSeconds : 0)
  return { batch, tpotSeconds, ttftSeconds, requestSeconds, limitedBy, requestsPerSecond: batch / requestSeconds, shape }
}

/** Requests whose whole context fits the KV cache at once. */
function kvLimit(latency: LatencyModel, fit: MemoryFit, shape: RequestShape): number {
  if (!fit.fits) throw new SpillwayError('PERF_DOES_NOT_FIT', `${latency.model} at ${latency.precision} does not fit ${latency.gpus} x ${latency.gpu}: ${fit.why}`, 'Use more GPUs a replica, GPUs with more memory, or a lower precision')
  if (fit.kvTokens === 0) return Number.POSITIVE_INFINITY
  const held = Math.floor(fit.kvTokens / (shape.input + shape.output))
  if (held < 1) throw new SpillwayError('PERF_DOES_NOT_FIT', `one request of ${shape.input} + ${shape.output} tokens exceeds the ${fit.kvTokens} tokens of KV cache of ${latency.gpus} x ${latency.gpu}`, 'Use more GPUs a replica, or GPUs with more memory')
  return held
}

function tpotAt(latency: LatencyModel, batch: number, shape: RequestShape): number {
  return shape.output > 0 ? latency.tpotSeconds(batch, shape.input, shape.output, shape.cached) : 0
}

function infeasible(latency: LatencyModel, shape: RequestShape, slo: Slo): SpillwayError {
  const ttft = latency.ttftSeconds(1, shape.input, shape.cached)
  const tpot = tpotAt(latency, 1, shape)
  const asked = [slo.ttftSeconds === null ? null : `TTFT ${ms(slo.ttftSeconds)}`, slo.tpotSeconds === null ? null : `TPOT ${ms(slo.tpotSeconds)}`].filter((part) => part !== null)
  return new SpillwayError(
    'PERF_SLO_INFEASIBLE',
    `${latency.model} on ${latency.gpus} x ${latency.gpu} misses the SLO of ${asked.join(' and ')} even with one request at a time: TTFT ${ms(ttft)}, TPOT ${ms(tpot)} at ${shape.input} + ${shape.output} tokens`,
    'Relax the SLO to these figures, shorten the prompts, or use more or faster GPUs a replica',
  )
}

function ms(seconds: number): string {
  return `${(seconds * 1000).toLocaleString('en-US', { maximumFractionDigits: seconds < 0.1 ? 1 : 0 })} ms`
}
