import { SpillwayError } from '../../core/errors.ts'
import type { Gpu } from '../../core/catalog/types.ts'
import { latencyModel } from '../../core/perf/latency-model.ts'
import type { LatencyModel } from '../../core/perf/latency-model.ts'
import { memoryFit, replicaSizes, weightBytes } from '../../core/perf/memory-fit.ts'
import { operatingPoint } from '../../core/perf/operating-point.ts'
import type { OperatingPoint, RequestShape, Slo } from '../../core/perf/operating-point.ts'
import { replicaDemand, replicaWork } from '../../core/perf/replica-work.ts'
import type { TrafficBins } from '../../core/traffic.ts'
import { demandFromReplicaRps } from '../demand.ts'
import type { Assumption } from '../plan-result.ts'
import { ASSUMED_CONCURRENCY, ASSUMED_SLO, assume, REAL_TIME_SECONDS, SLO_SOURCE } from './assumed.ts'
import type { GpuSecondsCapacity, MeasuredCapacity, ModelCapacity, PlanRequest } from './plan-request.ts'

/** One way to build a replica, and the traffic counted in such replicas. */
export interface ReplicaKind {
  /** Null where the user's own replica names no GPU. */
  readonly gpu: Gpu | null
  readonly gpusPerReplica: number
  /** Replicas' worth of work in each bin. */
  readonly replicas: Float64Array
  /** Requests that it holds at once at the planned load. */
  readonly concurrency: number
  /** Seconds that a request stays in a full replica, so that load = arrivals x seconds / concurrency. */
  readonly requestSeconds: number
  /** Seconds of a token by the number of requests running; absent where unknown. */
  readonly stepTime?: (running: number) => number
  readonly weightsGb: number | null
  /** True where its speed is carried over from other models or GPUs. */
  readonly rough: boolean
  /** How far its throughput may be off, as a share. */
  readonly throughputError: number
  readonly assumptions: readonly Assumption[]
}

/** What each GPU that was considered could not do, by catalog id. */
export interface ReplicaKinds {
  readonly kinds: readonly ReplicaKind[]
  readonly refused: readonly { readonly gpu: string; readonly error: SpillwayError }[]
}

/** A capacity that the user has measured is believed to this share; the sensitivity moves it by as much. */
const MEASURED_ERROR = 0.1

/** Every kind of replica that can serve the traffic. Throws PERF_DOES_NOT_FIT, PERF_SLO_INFEASIBLE or PERF_NOT_CALIBRATED where none can. */
export function replicaKinds(request: PlanRequest, bins: TrafficBins): ReplicaKinds {
  const { capacity } = request
  if (capacity.by === 'model') return modelKinds(capacity, bins, request)
  return { kinds: [capacity.by === 'replica-rps' ? measuredKind(capacity, bins, request) : gpuSecondsKind(capacity, bins, request)], refused: [] }
}

function measuredKind(capacity: MeasuredCapacity, bins: TrafficBins, { today, serverless }: PlanRequest): ReplicaKind {
  const concurrency = capacity.concurrency ?? ASSUMED_CONCURRENCY
  const assumptions: Assumption[] = [{ name: 'capacity of a replica', value: capacity.replicaRps, unit: 'requests/s', source: 'given with --replica-rps', asOf: today }]
  if (capacity.concurrency === null && !serverless.linear && serverless.overheadK === null) assumptions.push(assume('requests that a replica holds at once', concurrency, 'requests', 'Spillway assumption: shapes the serverless overhead and the queue; give yours with --replica-concurrency'))
  return {
    gpu: capacity.gpu,
    gpusPerReplica: capacity.gpusPerReplica,
    replicas: demandFromReplicaRps(bins, capacity.replicaRps),
    concurrency,
    requestSeconds: concurrency / capacity.replicaRps,
    weightsGb: capacity.model === null ? null : capacity.model.parametersB * weightBytes(capacity.model.defaultPrecision),
    rough: false,
    throughputError: MEASURED_ERROR,
    assumptions,
  }
}

function gpuSecondsKind(capacity: GpuSecondsCapacity, bins: TrafficBins, { today }: PlanRequest): ReplicaKind {
  const sums = capacity.perRequest === null ? (bins.work?.gpuSeconds ?? null) : bins.requests.map((count) => count * capacity.perRequest!)
  if (sums === null) throw new SpillwayError('CLI_USAGE', 'the traffic has no gpu_seconds column', 'Give --gpu-seconds SECONDS per request, or name the column with --columns "gpu_seconds=..."')
  const concurrency = capacity.concurrency ?? 1
  const mean = total(sums) / Math.max(1e-12, total(bins.requests))
  return {
    gpu: capacity.gpu,
    gpusPerReplica: 1,
    replicas: sums.map((seconds) => seconds / bins.binSeconds),
    concurrency,
    requestSeconds: Math.max(1e-6, mean * concurrency),
    weightsGb: null,
    rough: false,
    throughputError: MEASURED_ERROR,
    assumptions: [{ name: 'GPU time of a request', value: Number(mean.toPrecision(6)), unit: 'seconds of one GPU, mean', source: capacity.perRequest === null ? 'the gpu_seconds of the traffic' : 'given with --gpu-seconds', asOf: today }],
  }
}

function modelKinds(capacity: ModelCapacity, bins: TrafficBins, { catalog, constraints, today }: PlanRequest): ReplicaKinds {
  const shape = meanShape(bins)
  const slo = sloOf(capacity, constraints.realTime)
  const kinds: ReplicaKind[] = []
  const refused: { gpu: string; error: SpillwayError }[] = []
  for (const gpu of capacity.gpus ?? catalog.gpus) {
    try {
      kinds.push(cheapestSize(capacity, gpu, bins, shape, slo, today))
    } catch (error) {
      if (!(error instanceof SpillwayError && error.code.startsWith('PERF_'))) throw error
      refused.push({ gpu: gpu.id, error })
    }
  }
  if (kinds.length === 0) throw refused[0]!.error
  // Among kinds that nobody named, a rough guess that happens to be low would win: only measured ones compete.
  const measured = kinds.filter(({ rough }) => !rough)
  return { kinds: capacity.gpus === null && measured.length > 0 ? measured : kinds, refused }
}

/** The latency target that replicas are sized for. */
export function sloOf(capacity: ModelCapacity, realTime: boolean): Slo {
  const slo = capacity.slo ?? ASSUMED_SLO
  return realTime ? { ...slo, ttftSeconds: Math.min(slo.ttftSeconds ?? REAL_TIME_SECONDS, REAL_TIME_SECONDS) } : slo
}

/** Of the tensor-parallel sizes that carry the model within the SLO, the one that spends the fewest GPU-seconds; ties go to the smaller. */
function cheapestSize(capacity: ModelCapacity, gpu: Gpu, bins: TrafficBins, shape: RequestShape, slo: Slo, today: string): ReplicaKind {
  const { model, perf } = capacity
  const precision = capacity.precision ?? model.defaultPrecision
  let best: ReplicaKind | null = null
  let refusal: SpillwayError | null = null
  for (const gpus of capacity.gpusPerReplica === null ? replicaSizes(model) : [capacity.gpusPerReplica]) {
    try {
      const fit = memoryFit(model, gpu, gpus, precision)
      if (!fit.fits) throw new SpillwayError('PERF_DOES_NOT_FIT', `${model.id} at ${precision} does not fit ${gpus} x ${gpu.id}: ${fit.why}`, 'Use more GPUs a replica, GPUs with more memory, or a lower precision')
      const latency = latencyModel(perf, model, gpu, gpus, precision)
      const point = operatingPoint(latency, fit, shape, slo)
      const kind = kindOf(capacity, gpu, bins, shape, latency, point, fit.weightsGb, slo, today)
      if (best === null || total(kind.replicas) * gpus < total(best.replicas) * best.gpusPerReplica * (1 - 1e-9)) best = kind
    } catch (error) {
      if (!(error instanceof SpillwayError && error.code.startsWith('PERF_'))) throw error
      // The largest size comes closest, so its refusal tells most.
      refusal = error
    }
  }
  if (best === null) throw refusal ?? new SpillwayError('PERF_DOES_NOT_FIT', `${model.name} has no replica size on ${gpu.name}`, 'Give --gpus-per-replica')
  return best
}

function kindOf(capacity: ModelCapacity, gpu: Gpu, bins: TrafficBins, shape: RequestShape, latency: LatencyModel, point: OperatingPoint, weightsGb: number, slo: Slo, today: string): ReplicaKind {
  const replicas = replicaDemand(bins, replicaWork(latency, point))
  const requests = total(bins.requests)
  const workSeconds = requests === 0 ? point.requestSeconds / point.batch : (total(replicas) * bins.binSeconds) / requests
  const own = (name: string, value: Assumption['value'], unit: string): Assumption => ({ name, value, unit, source: `${latency.origin.source} (${latency.origin.note})`, asOf: latency.origin.asOf })
  const given = capacity.slo !== null
  return {
    gpu,
    gpusPerReplica: latency.gpus,
    replicas,
    concurrency: point.batch,
    requestSeconds: workSeconds * point.batch,
    stepTime: remembered((running) => latency.tpotSeconds(running, shape.input, shape.output)),
    weightsGb,
    rough: latency.basis !== 'measured',
    throughputError: latency.error.tpot.p90,
    assumptions: [
      own(`replica of ${capacity.model.name}`, `${latency.gpus} x ${gpu.name}, ${latency.precision}`, latency.basis === 'measured' ? 'interpolated between measured points' : 'ROUGH: carried over from other models or GPUs; measure it and give --replica-rps'),
      own('latency model error (p90)', Number(latency.error.tpot.p90.toFixed(3)), 'share of the time per token, cross-validated'),
      own('requests in a replica at once', point.batch, `limited by ${limit(point.limitedBy)}`),
      own('time per token there', Number((point.tpotSeconds * 1000).toFixed(2)), 'ms'),
      own('time to the first token there', Number((point.ttftSeconds * 1000).toFixed(1)), 'ms'),
      own('requests a replica serves', Number((1 / workSeconds).toPrecision(4)), 'requests/s, at the mean of the traffic'),
      { name: 'latency target', value: `TTFT ${seconds(slo.ttftSeconds)}, TPOT ${seconds(slo.tpotSeconds)}`, source: given ? 'given with --slo-ttft, --slo-tpot or --real-time' : SLO_SOURCE, asOf: given ? today : '2026-11-24' },
    ],
  }
}

/** The simulator asks for the same few hundred batch sizes again for every offer. */
function remembered(of: (running: number) => number): (running: number) => number {
  const known = new Map<number, number>()
  return (running) => {
    const value = known.get(running) ?? of(running)
    known.set(running, value)
    return value
  }
}

/** The mean request of the traffic. Needs token sums. */
export function meanShape({ requests, tokens }: TrafficBins): RequestShape {
  if (tokens === null) throw new SpillwayError('CLI_NEEDS_ANSWER', 'the traffic has no token counts', 'Give --input-tokens and --output-tokens')
  const count = Math.max(1e-12, total(requests))
  // Rounded far below a token, so that the same tokens in every request come out as they were given.
  const mean = (sums: Float64Array): number => Number((total(sums) / count).toFixed(6))
  return { input: mean(tokens.input), cached: mean(tokens.cached), output: mean(tokens.output) }
}

export function total(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

const limit = (by: OperatingPoint['limitedBy']): string => ({ tpot: 'the TPOT target', ttft: 'the TTFT target', 'kv-cache': 'the memory for the KV cache', 'max-batch': "the engine's largest batch" })[by]
const seconds = (value: number | null): string => (value === null ? 'any' : value < 1 ? `${Math.round(value * 1000)} ms` : `${value} s`)
