import type { EngineMetrics } from '../../core/policy/types.ts'
import { readSamples, type Sample } from './prometheus-text.ts'

/** Where one kind of engine keeps the three figures. Several names: the first that is there counts (old releases). */
interface Dialect {
  readonly engine: string
  readonly waiting: readonly Series[]
  readonly running: readonly Series[]
  /** Empty: the engine does not say. */
  readonly kv: readonly Series[]
}

interface Series {
  readonly name: string
  readonly label?: readonly [name: string, value: string]
}

const named = (...names: readonly string[]): Series[] => names.map((name) => ({ name }))

/**
 * Names as the engines export them: vLLM docs "Production metrics" (`gpu_cache_usage_perc` until 0.9, now `kv_cache_usage_perc`),
 * SGLang "Production metrics", TensorRT-LLM's trtllm-serve, the Triton backend of TensorRT-LLM, TGI's `/metrics`.
 */
const DIALECTS: readonly Dialect[] = [
  { engine: 'vllm', waiting: named('vllm:num_requests_waiting'), running: named('vllm:num_requests_running'), kv: named('vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc') },
  { engine: 'sglang', waiting: named('sglang:num_queue_reqs'), running: named('sglang:num_running_reqs'), kv: named('sglang:token_usage') },
  { engine: 'trtllm-serve', waiting: named('trtllm_num_requests_waiting'), running: named('trtllm_num_requests_running'), kv: named('trtllm_kv_cache_utilization') },
  {
    engine: 'triton-trtllm',
    waiting: [{ name: 'nv_trt_llm_request_metrics', label: ['request_type', 'waiting'] }],
    running: [{ name: 'nv_trt_llm_request_metrics', label: ['request_type', 'scheduled'] }],
    kv: [{ name: 'nv_trt_llm_kv_cache_block_metrics', label: ['kv_cache_block_type', 'fraction'] }],
  },
  { engine: 'tgi', waiting: named('tgi_queue_size'), running: named('tgi_batch_current_size'), kv: [] },
]

const WANTED: ReadonlySet<string> = new Set(DIALECTS.flatMap(({ waiting, running, kv }) => [...waiting, ...running, ...kv].map(({ name }) => name)))

export interface EngineReading {
  readonly engine: string
  readonly metrics: EngineMetrics
}

/**
 * The load of an engine from its `/metrics`; null where no known engine speaks. Several series of one name (models, data-parallel
 * ranks, tensor-parallel workers) are added up, of the KV cache the fullest counts. A figure that is absent while the engine is
 * known counts as zero requests and as an unknown cache.
 */
export function readEngineMetrics(text: string): EngineReading | null {
  const samples = readSamples(text, WANTED)
  for (const { engine, waiting, running, kv } of DIALECTS) {
    const queued = valuesOf(samples, waiting)
    const busy = valuesOf(samples, running)
    if (queued.length === 0 && busy.length === 0) continue
    const usage = valuesOf(samples, kv)
    return { engine, metrics: { waiting: sum(queued), running: sum(busy), kvUsage: usage.length === 0 ? null : Math.min(1, Math.max(0, ...usage)) } }
  }
  return null
}

function valuesOf(samples: readonly Sample[], series: readonly Series[]): number[] {
  for (const { name, label } of series) {
    const values = samples.filter((sample) => sample.name === name && (label === undefined || sample.labels[label[0]] === label[1])).map(({ value }) => value)
    if (values.length > 0) return values
  }
  return []
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + Math.max(0, value), 0)
}
