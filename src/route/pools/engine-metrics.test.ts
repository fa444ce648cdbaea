import { describe, expect, it } from 'vitest'
import { readEngineMetrics } from './engine-metrics.ts'

describe('readEngineMetrics', () => {
  it.each([
    ['vLLM', 'vllm', 'vllm:num_requests_waiting{model_name="m"} 3.0\nvllm:num_requests_running{model_name="m"} 12.0\nvllm:kv_cache_usage_perc{model_name="m"} 0.41', { waiting: 3, running: 12, kvUsage: 0.41 }],
    ['vLLM before 0.10, with the cache under its old name', 'vllm', 'vllm:num_requests_waiting 3\nvllm:num_requests_running 12\nvllm:gpu_cache_usage_perc 0.41', { waiting: 3, running: 12, kvUsage: 0.41 }],
    ['SGLang', 'sglang', 'sglang:num_queue_reqs{model_name="m"} 2\nsglang:num_running_reqs 5\nsglang:token_usage 0.28', { waiting: 2, running: 5, kvUsage: 0.28 }],
    ['trtllm-serve', 'trtllm-serve', 'trtllm_num_requests_waiting 1\ntrtllm_num_requests_running 4\ntrtllm_kv_cache_utilization 0.5', { waiting: 1, running: 4, kvUsage: 0.5 }],
    [
      'Triton with TensorRT-LLM, whose figures are told apart by labels',
      'triton-trtllm',
      'nv_trt_llm_request_metrics{model="m",request_type="waiting",version="1"} 7\nnv_trt_llm_request_metrics{model="m",request_type="scheduled",version="1"} 9\nnv_trt_llm_request_metrics{request_type="max"} 512\nnv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction"} 0.6\nnv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="max"} 6239',
      { waiting: 7, running: 9, kvUsage: 0.6 },
    ],
    ['TGI, which says nothing of its cache', 'tgi', '# TYPE tgi_queue_size gauge\ntgi_queue_size 6\ntgi_batch_current_size 10\ntgi_batch_current_max_tokens 9000', { waiting: 6, running: 10, kvUsage: null }],
  ])('%s', (_, engine, text, metrics) => {
    expect(readEngineMetrics(text)).toEqual({ engine, metrics })
  })

  it('adds up models and data-parallel ranks; of their caches the fullest counts', () => {
    const text = 'vllm:num_requests_waiting{engine="0"} 1\nvllm:num_requests_waiting{engine="1"} 2\nvllm:num_requests_running{engine="0"} 3\nvllm:kv_cache_usage_perc{engine="0"} 0.2\nvllm:kv_cache_usage_perc{engine="1"} 0.9'
    expect(readEngineMetrics(text)?.metrics).toEqual({ waiting: 3, running: 3, kvUsage: 0.9 })
  })

  it('prefers the new name where an engine exports both', () => {
    expect(readEngineMetrics('vllm:num_requests_running 1\nvllm:gpu_cache_usage_perc 0.1\nvllm:kv_cache_usage_perc 0.7')?.metrics.kvUsage).toBe(0.7)
  })

  it('does not take nonsense for a load: negative counts, a cache of 170 %', () => {
    expect(readEngineMetrics('vllm:num_requests_running -4\nvllm:num_requests_waiting 2\nvllm:kv_cache_usage_perc 1.7')?.metrics).toEqual({ waiting: 2, running: 0, kvUsage: 1 })
  })

  it('null where no known engine speaks: an HTML page, another program, nothing', () => {
    for (const text of ['<html>Not found</html>', 'process_cpu_seconds_total 4', '']) expect(readEngineMetrics(text)).toBe(null)
  })
})
