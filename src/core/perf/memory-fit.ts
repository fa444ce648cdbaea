import type { Gpu, Model, Precision } from '../catalog/types.ts'
import { SpillwayError } from '../errors.ts'

/** Whether a model fits a replica, and how many tokens of KV cache remain. GB are 1e9 bytes, as on data sheets. */
export interface MemoryFit {
  readonly fits: boolean
  readonly weightsGb: number
  /** Tokens of KV cache that fit beside the weights; 0 where they do not fit or the model has no KV cache. */
  readonly kvTokens: number
  /** The arithmetic in words. */
  readonly why: string
}

/**
 * Share of a GPU's memory that the engine uses: vLLM's default of `gpu_memory_utilization`,
 * https://docs.vllm.ai/en/latest/models/engine_args.html, read 2026-11-24. Activations and CUDA graphs live in it too.
 */
export const MEMORY_SHARE = 0.9
/** KV cache below this many tokens serves nobody: one request of 2,048 tokens must fit. */
export const LEAST_KV_TOKENS = 2048
const TENSOR_PARALLEL = [1, 2, 4, 8]

/** Bytes a parameter. 4-bit formats carry scales: 16 bits for each block of 32 at most (0.5 + 1/16). */
const BYTES_PER_PARAMETER: Readonly<Record<Precision, number>> = { fp32: 4, bf16: 2, fp8: 1, int8: 1, fp4: 0.5625, int4: 0.5625 }

export function weightBytes(precision: Precision): number {
  return BYTES_PER_PARAMETER[precision]
}

/** The KV cache is kept at 16 bits, and at 8 where the model runs in fp8 or fp4 (both formats imply a GPU that can). */
export function kvBytesPerToken(model: Pick<Model, 'kvBytesPerToken'>, precision: Precision): number | null {
  return model.kvBytesPerToken === null ? null : model.kvBytesPerToken * (precision === 'fp8' || precision === 'fp4' ? 0.5 : 1)
}

/**
 * The tensor-parallel degrees up to 8 (one node) that divide the attention heads: 64 heads split over 1, 2, 4 or 8 GPUs
 * and not over 3. A model whose heads are not known gets 1 only.
 */
export function replicaSizes(model: Model): number[] {
  const heads = model.attentionHeads
  return heads === null ? [1] : TENSOR_PARALLEL.filter((size) => heads % size === 0)
}

/**
 * Memory arithmetic of a replica of `gpus` GPUs: weights, then KV cache in what remains of 90 % of the memory. Throws
 * PERF_DOES_NOT_FIT where tensor parallelism cannot split the model into `gpus` parts.
 */
export function memoryFit(model: Model, gpu: Gpu, gpus: number, precision: Precision): MemoryFit {
  const sizes = replicaSizes(model)
  if (!sizes.includes(gpus)) {
    const reason = model.attentionHeads === null ? `how many attention heads ${model.name} has is not known, so it is not split` : `tensor parallelism of ${gpus} does not divide the ${model.attentionHeads} attention heads of ${model.name}, or exceeds one node of 8`
    throw new SpillwayError('PERF_DOES_NOT_FIT', reason, `Use ${sizes.join(', ')} GPUs a replica`)
  }
  const weightsGb = model.parametersB * weightBytes(precision)
  const usableGb = gpus * gpu.memoryGb * MEMORY_SHARE
  const freeGb = usableGb - weightsGb
  const kvBytes = model.task === 'embedding' ? 0 : kvBytesPerToken(model, precision)
  const sum = `${gpus} x ${gpu.memoryGb} GB x ${MEMORY_SHARE} = ${gb(usableGb)}; weights ${model.parametersB} B x ${weightBytes(precision)} bytes = ${gb(weightsGb)}`
  if (freeGb <= 0) return { fits: false, weightsGb, kvTokens: 0, why: `${sum}: ${gb(-freeGb)} too little` }
  if (kvBytes === null) return { fits: false, weightsGb, kvTokens: 0, why: `${sum}; the KV cache of ${model.name} is not known` }
  if (kvBytes === 0) return { fits: true, weightsGb, kvTokens: 0, why: `${sum}; ${gb(freeGb)} free` }
  const kvTokens = Math.floor((freeGb * 1e9) / kvBytes)
  const why = `${sum}; ${gb(freeGb)} free / ${Math.round(kvBytes / 1000)} kB a token = ${kvTokens.toLocaleString('en-US')} tokens of KV cache`
  return kvTokens < LEAST_KV_TOKENS ? { fits: false, weightsGb, kvTokens, why: `${why}, less than one request of ${LEAST_KV_TOKENS.toLocaleString('en-US')}` } : { fits: true, weightsGb, kvTokens, why }
}

function gb(value: number): string {
  return `${value.toLocaleString('en-US', { maximumFractionDigits: 1 })} GB`
}
