import type { Fleet } from './fleet.ts'
import type { EngineLimits } from './engine.ts'
import type { Histogram } from './histogram.ts'

/** The content type of the text below. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** The state of the fleet under vLLM's metric names; figures of several replicas are added, their cache usage averaged. */
export function metricsText(fleet: Fleet, limits: EngineLimits, model: string): string {
  const { counters, replicas } = fleet
  const labels = `model_name="${model.replaceAll(/["\\\n]/gu, '_')}",engine="0"`
  const ready = replicas.filter((replica) => replica.ready)
  const sum = (of: (replica: (typeof ready)[number]) => number): number => ready.reduce((total, replica) => total + of(replica), 0)
  const lines: string[] = []
  const family = (name: string, type: string, help: string): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
  }
  const gauge = (name: string, help: string, value: number): void => {
    family(name, 'gauge', help)
    lines.push(`${name}{${labels}} ${value}`)
  }
  const counter = (name: string, help: string, value: number): void => {
    family(name, 'counter', help)
    lines.push(`${name}{${labels}} ${value}`)
  }
  const histogram = (name: string, help: string, { bounds, counts, sum: total, count }: Histogram): void => {
    family(name, 'histogram', help)
    let below = 0
    for (const [index, bound] of bounds.entries()) lines.push(`${name}_bucket{${labels},le="${bound}"} ${(below += counts[index]!)}`)
    lines.push(`${name}_bucket{${labels},le="+Inf"} ${count}`, `${name}_sum{${labels}} ${total}`, `${name}_count{${labels}} ${count}`)
  }
  gauge('vllm:num_requests_running', 'Number of requests in model execution batches.', sum(({ engine }) => engine.running))
  gauge('vllm:num_requests_waiting', 'Number of requests waiting to be processed.', sum(({ engine }) => engine.waiting) + fleet.inLine)
  gauge('vllm:kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.', ready.length === 0 ? 0 : sum(({ engine }) => engine.pool.usage) / ready.length)
  counter('vllm:prefix_cache_queries_total', 'Prefix cache queries, in terms of number of queried tokens.', counters.prefixQueries)
  counter('vllm:prefix_cache_hits_total', 'Prefix cache hits, in terms of number of cached tokens.', counters.prefixHits)
  counter('vllm:num_preemptions_total', 'Cumulative number of preemption from the engine.', counters.preemptions)
  counter('vllm:prompt_tokens_total', 'Number of prefill tokens processed.', counters.promptTokens)
  counter('vllm:generation_tokens_total', 'Number of generation tokens processed.', counters.generatedTokens)
  family('vllm:request_success_total', 'counter', 'Count of successfully processed requests.')
  for (const [reason, count] of Object.entries(counters.finished)) lines.push(`vllm:request_success_total{${labels},finished_reason="${reason}"} ${count}`)
  histogram('vllm:time_to_first_token_seconds', 'Histogram of time to first token in seconds.', counters.ttft)
  histogram('vllm:inter_token_latency_seconds', 'Histogram of inter-token latency in seconds.', counters.interToken)
  histogram('vllm:time_per_output_token_seconds', 'Deprecated name of vllm:inter_token_latency_seconds.', counters.interToken)
  histogram('vllm:e2e_request_latency_seconds', 'Histogram of e2e request latency in seconds.', counters.latency)
  histogram('vllm:request_queue_time_seconds', 'Histogram of time spent in WAITING phase for request.', counters.queue)
  family('vllm:cache_config_info', 'gauge', 'Information of the LLMEngine CacheConfig')
  lines.push(`vllm:cache_config_info{${labels},block_size="${limits.blockTokens}",num_gpu_blocks="${Math.floor(limits.kvTokens / limits.blockTokens)}",enable_prefix_caching="${limits.prefixCaching ? 'True' : 'False'}"} 1`)
  return `${lines.join('\n')}\n`
}
