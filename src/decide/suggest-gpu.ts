import type { Gpu, Model, Precision } from '../core/catalog/types.ts'
import { SpillwayError } from '../core/errors.ts'
import { latencyModel } from '../core/perf/latency-model.ts'
import { memoryFit, replicaSizes } from '../core/perf/memory-fit.ts'
import type { OperatingPoint, RequestShape, Slo } from '../core/perf/operating-point.ts'
import { operatingPoint } from '../core/perf/operating-point.ts'
import type { PerfTable } from '../core/perf/perf-table.ts'

/** One GPU that can carry the model, with the replica that serves a request cheapest on it. */
export interface Suggestion {
  readonly gpu: string
  readonly gpuName: string
  /** GPUs a replica. */
  readonly gpus: number
  /** The memory arithmetic in words. */
  readonly memory: string
  /** Of the whole replica; null where no price is known. */
  readonly usdPerHour: number | null
  /** What a full replica serves within the SLO; null where speed is not known. */
  readonly requestsPerSecond: number | null
  readonly usdPerThousandRequests: number | null
  readonly basis: 'measured' | 'transferred' | null
  /** One sentence: why it stands where it stands. */
  readonly why: string
}

export interface SuggestOptions {
  /** USD of one GPU for an hour; null where not known. */
  readonly pricePerGpuHour?: (gpuId: string) => number | null
  readonly shape: RequestShape
  readonly slo: Slo
  /** By default the model's own. */
  readonly precision?: Precision
}

export type TaskClass = 'embeddings' | 'under-13b' | '13b-70b' | '70b-plus'

/** The model of the catalog that stands for a class of tasks. */
const REPRESENTATIVE: Readonly<Record<TaskClass, string>> = { embeddings: 'bge-large-en-v1.5', 'under-13b': 'llama-3.1-8b', '13b-70b': 'qwen3-32b', '70b-plus': 'llama-3.1-70b' }

/** A model that stands for the class. Throws CATALOG_UNKNOWN_ID where the catalog lacks it. */
export function modelOfClass(task: TaskClass, models: readonly Model[]): Model {
  const model = models.find(({ id }) => id === REPRESENTATIVE[task])
  if (model === undefined) throw new SpillwayError('CATALOG_UNKNOWN_ID', `the catalog has no model "${REPRESENTATIVE[task]}", which stands for ${task}`, 'Name a model of the catalog')
  return model
}

/**
 * The GPUs that can carry `model`: cheapest a request first; then those whose price or speed is not known, cheapest an
 * hour first, smallest first. A GPU on which the model fits no replica, or misses the SLO on every one, is left out.
 */
export function suggestGpus(model: Model, gpus: readonly Gpu[], perf: PerfTable, options: SuggestOptions): Suggestion[] {
  return gpus
    .map((gpu) => suggestGpu(model, gpu, perf, options))
    .filter((one) => one !== null)
    .sort((a, b) => order(a.usdPerThousandRequests, b.usdPerThousandRequests) || order(a.usdPerHour, b.usdPerHour) || a.gpus - b.gpus || (a.gpu < b.gpu ? -1 : 1))
}

/** Null comes last. */
function order(a: number | null, b: number | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  return a - b
}

function suggestGpu(model: Model, gpu: Gpu, perf: PerfTable, options: SuggestOptions): Suggestion | null {
  const sizes = replicaSizes(model).flatMap((size) => candidate(model, gpu, size, perf, options))
  if (sizes.length === 0) return null
  // Most requests a GPU; the smaller replica where two are alike or speed is not known.
  return sizes.reduce((best, one) => (servedPerGpu(one) > servedPerGpu(best) * 1.001 ? one : best))
}

function servedPerGpu({ requestsPerSecond, gpus }: Suggestion): number {
  return (requestsPerSecond ?? 0) / gpus
}

/** One replica size: none where the model does not fit it or misses the SLO; without speed where speed is not known. */
function candidate(model: Model, gpu: Gpu, gpus: number, perf: PerfTable, options: SuggestOptions): Suggestion[] {
  const precision = options.precision ?? model.defaultPrecision
  const fit = memoryFit(model, gpu, gpus, precision)
  if (!fit.fits) return []
  const price = options.pricePerGpuHour?.(gpu.id) ?? null
  const usdPerHour = price === null ? null : price * gpus
  const head = { gpu: gpu.id, gpuName: gpu.name, gpus, memory: fit.why, usdPerHour }
  const named = `${gpus} x ${gpu.name}`
  try {
    const latency = latencyModel(perf, model, gpu, gpus, precision)
    const point = operatingPoint(latency, fit, options.shape, options.slo)
    const usdPerThousandRequests = usdPerHour === null ? null : usdPerHour / (point.requestsPerSecond * 3.6)
    return [{ ...head, requestsPerSecond: point.requestsPerSecond, usdPerThousandRequests, basis: latency.basis, why: `${named} ${served(point)}${cost(usdPerHour, usdPerThousandRequests)}${latency.basis === 'measured' ? '' : '; speed is an estimate from other measurements'}.` }]
  } catch (error) {
    if (!(error instanceof SpillwayError)) throw error
    if (error.code === 'PERF_NOT_CALIBRATED') return [{ ...head, requestsPerSecond: null, usdPerThousandRequests: null, basis: null, why: `${named} holds ${model.name} at ${precision}${cost(usdPerHour, null)}; its speed is not known.` }]
    if (error.code === 'PERF_SLO_INFEASIBLE' || error.code === 'PERF_DOES_NOT_FIT') return []
    throw error
  }
}

const LIMITS: Readonly<Record<OperatingPoint['limitedBy'], string>> = { tpot: 'the time per token', ttft: 'the time to the first token', 'kv-cache': 'the memory for its KV cache', 'max-batch': 'the largest batch of the engine' }

function served({ batch, requestsPerSecond, limitedBy }: OperatingPoint): string {
  return `serves ${requestsPerSecond.toPrecision(3)} requests a second in batches of ${batch}, limited by ${LIMITS[limitedBy]}`
}

function cost(usdPerHour: number | null, perThousand: number | null): string {
  if (usdPerHour === null) return ', price not known'
  return `, $${usdPerHour.toFixed(2)} an hour${perThousand === null ? '' : ` or $${perThousand.toPrecision(3)} for 1,000 requests`}`
}
