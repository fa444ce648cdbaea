import type { Gpu, Model, Precision } from '../catalog/types.ts'
import { SpillwayError } from '../errors.ts'
import { findGroup, measuredAs } from './find-group.ts'
import type { GroupFit } from './group-fit.ts'
import { fitGroup } from './group-fit.ts'
import type { BasisError, ErrorBand, PerfGroup, PerfPoint, PerfTable } from './perf-table.ts'
import type { DecodeTerms, PrefillTerms } from './terms.ts'
import { tpotOf } from './terms.ts'
import type { Subject } from './physics.ts'
import { rising } from './rising.ts'
import type { Latency, Transfer } from './transfer.ts'
import { gpuFigures, learnTransfer, subjectOf } from './transfer.ts'

/** How fast one replica (one engine on `gpus` GPUs) answers. */
export interface LatencyModel {
  readonly model: string
  readonly gpu: string
  /** GPUs a replica. */
  readonly gpus: number
  readonly precision: Precision
  /** `transferred`: nothing was measured for this model, GPU, count and precision; learned from others, so rough. */
  readonly basis: 'measured' | 'transferred'
  /** Shares, from cross-validation of the basis. */
  readonly error: { readonly tpot: ErrorBand; readonly ttft: ErrorBand }
  readonly origin: { readonly source: string; readonly asOf: string; readonly points: number; readonly note: string }
  /** Seconds between two output tokens with `running` requests of `input` (`cached` of it in the prefix cache) and `output` tokens. */
  readonly tpotSeconds: (running: number, input: number, output: number, cached?: number) => number
  /** Seconds that the prefill of `uncached` tokens takes with nothing else running. */
  readonly prefillSeconds: (uncached: number) => number
  /** Seconds to the first token with `running` requests on the replica, this one included. */
  readonly ttftSeconds: (running: number, input: number, cached: number) => number
  readonly maxMeasuredBatch: number
  /** The linear terms behind the functions, which follow measured points closely where there are some. */
  readonly terms: { readonly decode: DecodeTerms; readonly prefill: PrefillTerms }
}

/** GPUs with NVLink between those of a node. All measurements are of such. */
const NVLINK = new Set(['a100-40gb', 'a100-80gb', 'h100-80gb', 'h200-141gb', 'b200-180gb', 'b300-288gb', 'gb200-186gb'])
/**
 * Slowdown of tensor parallelism over PCIe: for Llama 2 70B on eight L40S the model says 895 tokens/s a GPU as if they had
 * NVLink, MLPerf Inference 4.1 measured 402 (server scenario, 2024-08-28). One point, so the error stays wide.
 */
const PCIE_SLOWDOWN = 895 / 402
const LARGEST_TRANSFERRED_BATCH = 256
/** Outputs of the usual length: TTFT hardly depends on them. */
const USUAL_OUTPUT = 1024

/**
 * The latency model of a replica: from its own measured group, else learned from all others. Throws PERF_NOT_CALIBRATED
 * where neither is possible, naming what is missing.
 */
export function latencyModel(table: PerfTable, model: Model, gpu: Gpu, gpus: number, precision: Precision): LatencyModel {
  if (model.task === 'embedding') throw new SpillwayError('PERF_NOT_CALIBRATED', `${model.name} is an embedding model, and no measurement of one is known`, 'Give what one replica serves with --replica-rps')
  const head = { model: model.id, gpu: gpu.id, gpus, precision }
  const group = findGroup(table, model, gpu, gpus, precision)
  if (group !== null) return { ...head, basis: 'measured', error: group.error ?? table.error.measured, origin: originOf(table, group, model), ...measuredFunctions(table, group) }
  const subject = transferSubject(table, model, gpu, gpus, precision)
  const from = table.groups.filter(({ method }) => method === 'closed-loop')
  return {
    ...head,
    basis: 'transferred',
    error: transferError(table, model, gpu, gpus),
    origin: {
      source: table.sources[from[0]!.source]!.source,
      asOf: from.map(({ asOf }) => asOf).reduce((a, b) => (a < b ? a : b)),
      points: from.reduce((sum, { points }) => sum + points.length, 0),
      note: transferNote(table, model, gpu, gpus),
    },
    ...functionsOf(transferredFit(transferOf(table)(subject), overPcie(gpu, gpus) ? PCIE_SLOWDOWN : 1), LARGEST_TRANSFERRED_BATCH),
  }
}

type Functions = Pick<LatencyModel, 'tpotSeconds' | 'prefillSeconds' | 'ttftSeconds' | 'maxMeasuredBatch' | 'terms'>

function measuredFunctions(table: PerfTable, group: PerfGroup): Functions {
  const subject = subjectOf(table, group)
  const fit = fitGroup(group.points, group.method, subject === null ? null : transferOf(table)(subject))
  return functionsOf(fit, Math.max(...group.points.map(({ batch }) => batch)))
}

function functionsOf(fit: GroupFit, maxMeasuredBatch: number): Functions {
  const ttft = (running: number, uncached: number): number => rising((batch) => fit.at(batch, Math.max(1, uncached), USUAL_OUTPUT).ttft, running)
  return {
    tpotSeconds: (running, input, output, cached = 0) => {
      const out = Math.max(1, output)
      const all = rising((batch) => fit.at(batch, Math.max(1, input), out).tpot, running)
      // Cached tokens stall nobody: what the line says of them comes off.
      return cached === 0 ? all : (all * tpotOf(fit.decode, running, input, out, input - cached)) / tpotOf(fit.decode, running, input, out)
    },
    prefillSeconds: (uncached) => ttft(1, uncached),
    ttftSeconds: (running, input, cached) => ttft(running, input - cached),
    maxMeasuredBatch,
    terms: { decode: fit.decode, prefill: fit.prefill },
  }
}

const GRID_BATCHES = [1, 4, 16, 64, 256]
const GRID_INPUTS = [128, 512, 2048, 8192]
const GRID_OUTPUTS = [128, 512, 2048]

/** The transfer in the form of a group: its predictions on a grid take the place of measurements. */
function transferredFit(transfer: ReturnType<Transfer>, slowdown: number): GroupFit {
  const predict: ReturnType<Transfer> = (batch, input, output) => {
    const { tpot, ttft } = transfer(batch, input, output)
    return { tpot: tpot * slowdown, ttft: ttft * slowdown }
  }
  const points = GRID_BATCHES.flatMap((batch) => GRID_INPUTS.flatMap((input) => GRID_OUTPUTS.map((output) => pointOf(predict(batch, input, output), batch, input, output))))
  return { ...fitGroup(points, 'closed-loop'), at: predict }
}

function pointOf({ tpot, ttft }: Latency, batch: number, input: number, output: number): PerfPoint {
  return { batch, input, output, tpotMs: tpot * 1000, ttftMs: ttft * 1000, version: '' }
}

const transfers = new WeakMap<PerfTable, Transfer>()

function transferOf(table: PerfTable): Transfer {
  const known = transfers.get(table) ?? learnTransfer(table)
  transfers.set(table, known)
  return known
}

/** vLLM with tensor parallelism, experts split like the rest: what most people start. */
function transferSubject(table: PerfTable, model: Model, gpu: Gpu, gpus: number, precision: Precision): Subject {
  const stated = gpu.memoryBandwidthGBps !== null && gpu.bf16Tflops !== null
  const figures = stated ? { memoryBandwidthGBps: gpu.memoryBandwidthGBps, bf16Tflops: gpu.bf16Tflops, fp8Tflops: gpu.fp8Tflops, fp4Tflops: table.gpus[gpu.id]?.fp4Tflops ?? null, source: gpu.source } : gpuFigures(table, gpu.id)
  const missing = [
    figures === null && gpu.memoryBandwidthGBps === null ? `memory bandwidth of ${gpu.name}` : null,
    figures === null && gpu.bf16Tflops === null ? `bf16 TFLOPS of ${gpu.name}` : null,
    model.layers === null ? `layers of ${model.name}` : null,
    model.kvBytesPerToken === null ? `KV bytes a token of ${model.name}` : null,
  ].filter((part) => part !== null)
  if (figures === null || missing.length > 0) throw new SpillwayError('PERF_NOT_CALIBRATED', `no measurement of ${model.name} on ${gpus} x ${gpu.name} at ${precision}, and none can be derived: not known: ${missing.join(', ')}`, 'Give what one replica serves with --replica-rps, or these figures in a file of your own')
  return { modelId: measuredAs(table, model)[0] ?? model.id, model, gpuId: gpu.id, gpu: figures, engine: 'vllm', precision, layout: { tp: gpus, pp: 1, attentionDp: 1, moeTp: model.activeB < model.parametersB ? gpus : 1, moeEp: 1 } }
}

function overPcie(gpu: Gpu, gpus: number): boolean {
  return gpus > 1 && !NVLINK.has(gpu.id)
}

function transferError(table: PerfTable, model: Model, gpu: Gpu, gpus: number): BasisError {
  const modelSeen = measuredAs(table, model).some((id) => table.groups.some((group) => group.model === id && group.method === 'closed-loop'))
  const gpuSeen = table.groups.some((group) => group.gpu === gpu.id && group.method === 'closed-loop') && !overPcie(gpu, gpus)
  if (gpuSeen) return modelSeen ? table.error.unseenGroup : table.error.unseenModel
  return modelSeen ? table.error.unseenGpu : table.error.unseenBoth
}

function originOf(table: PerfTable, group: PerfGroup, model: Model): LatencyModel['origin'] {
  const { source, note } = table.sources[group.source]!
  const as = group.model === model.id ? '' : `measured on ${group.model}, a model of the same shape; `
  const layout = `tensor parallel ${group.tp}${group.attentionDp > 1 ? `, attention data parallel ${group.attentionDp}` : ''}${group.moeEp > 1 ? `, expert parallel ${group.moeEp}` : ''}`
  const { points } = group
  return { source, asOf: group.asOf, points: points.length, note: `${as}${group.engine}, ${layout}; batch ${range(points.map(({ batch }) => batch))}, input ${range(points.map(({ input }) => input))}, output ${range(points.map(({ output }) => output))} tokens; ${note}` }
}

function range(values: readonly number[]): string {
  return `${Math.min(...values)} to ${Math.max(...values)}`
}

function transferNote(table: PerfTable, model: Model, gpu: Gpu, gpus: number): string {
  const standIn = gpu.memoryBandwidthGBps === null || gpu.bf16Tflops === null ? `; ${gpu.name} is reckoned with the data sheet of the B200` : ''
  const link = overPcie(gpu, gpus) ? `; ${gpus} GPUs over PCIe taken as ${PCIE_SLOWDOWN.toFixed(1)} times slower than with NVLink, after MLPerf 4.1 on 8 x L40S` : ''
  const seen = measuredAs(table, model).length > 0 ? 'from other groups of this model and others' : 'from other models'
  return `rough: not measured, learned ${seen} by size, bandwidth and arithmetic (vLLM, tensor parallel ${gpus})${standIn}${link}`
}
