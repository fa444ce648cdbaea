import { afterEach, describe, expect, it } from 'vitest'
import type { EngineSim, EngineSimOptions } from './engine-sim.ts'
import { startSim, until } from './testing.ts'
import { fixedTiming } from './timing.ts'

const open: EngineSim[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((sim) => sim.close()))
})

async function start(options: Partial<EngineSimOptions> = {}): ReturnType<typeof startSim> {
  const started = await startSim(options)
  open.push(started.sim)
  return started
}

/** The exposition format: `name{labels} value` by series, and the type of each family. Throws on any other line. */
async function scrape(url: string): Promise<{ readonly series: ReadonlyMap<string, number>; readonly types: ReadonlyMap<string, string> }> {
  const series = new Map<string, number>()
  const types = new Map<string, string>()
  for (const line of (await (await fetch(`${url}/metrics`)).text()).split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue
    const type = /^# TYPE (\S+) (gauge|counter|histogram)$/u.exec(line)
    const sample = /^([a-zA-Z_:][\w:]*)\{((?:[a-z_]+="[^"]*",?)*)\} (\S+)$/u.exec(line)
    if (type !== null) types.set(type[1]!, type[2]!)
    else if (sample !== null && Number.isFinite(Number(sample[3]))) series.set(`${sample[1]}{${sample[2]}}`, Number(sample[3]))
    else throw new Error(`no metric: ${line}`)
  }
  return { series, types }
}

const LABELS = 'model_name="sim-8b",engine="0"'
const ask = { model: 'sim-8b', messages: [{ role: 'user' as const, content: 'x'.repeat(320) }], max_tokens: 10 }

describe('/metrics', () => {
  it("is in Prometheus' format under vLLM's names", async () => {
    const { url } = await start()
    const { types } = await scrape(url)
    expect(Object.fromEntries(types)).toMatchObject({
      'vllm:num_requests_running': 'gauge',
      'vllm:num_requests_waiting': 'gauge',
      'vllm:kv_cache_usage_perc': 'gauge',
      'vllm:prefix_cache_queries_total': 'counter',
      'vllm:prefix_cache_hits_total': 'counter',
      'vllm:time_to_first_token_seconds': 'histogram',
      'vllm:inter_token_latency_seconds': 'histogram',
      'vllm:cache_config_info': 'gauge',
    })
  })

  it('counts what was served', async () => {
    const { url, openai } = await start({ limits: { kvTokens: 16_000 } })
    await openai.chat.completions.create(ask)
    await openai.chat.completions.create(ask)
    const { series } = await scrape(url)
    const value = (name: string, more = ''): number | undefined => series.get(`${name}{${LABELS}${more}}`)
    expect(value('vllm:prompt_tokens_total')).toBe(2 * 87)
    expect(value('vllm:generation_tokens_total')).toBe(20)
    expect(value('vllm:prefix_cache_queries_total')).toBe(2 * 87)
    expect(value('vllm:prefix_cache_hits_total')).toBe(80)
    expect(value('vllm:request_success_total', ',finished_reason="length"')).toBe(2)
    expect(value('vllm:time_to_first_token_seconds_count')).toBe(2)
    expect(value('vllm:inter_token_latency_seconds_count')).toBe(18)
    expect(value('vllm:cache_config_info', ',block_size="16",num_gpu_blocks="1000",enable_prefix_caching="True"')).toBe(1)
  })

  it('has histograms that rise to their count', async () => {
    const { url, sim, openai, time } = await start({ timing: fixedTiming({ ttftMs: 50, tpotMs: 30, prefillUsPerToken: 0 }) })
    const answer = openai.chat.completions.create(ask)
    await until(() => {
      time.advance(10)
      return sim.stats().finished.length === 1
    })
    await answer
    const { series } = await scrape(url)
    const buckets = [...series].filter(([name]) => name.startsWith('vllm:inter_token_latency_seconds_bucket')).map(([, count]) => count)
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b))
    expect(buckets.at(-1)).toBe(9)
    expect(series.get(`vllm:inter_token_latency_seconds_bucket{${LABELS},le="0.025"}`)).toBe(0)
    expect(series.get(`vllm:inter_token_latency_seconds_bucket{${LABELS},le="0.05"}`)).toBe(9)
    expect(series.get(`vllm:inter_token_latency_seconds_sum{${LABELS}}`)).toBeCloseTo(0.27, 9)
    expect(series.get(`vllm:time_to_first_token_seconds_sum{${LABELS}}`)).toBeCloseTo(0.05, 9)
  })

  it('shows what runs and waits now, and how full the cache is', async () => {
    const { url, sim, openai } = await start({ timing: fixedTiming({ ttftMs: 1e9, tpotMs: 0, prefillUsPerToken: 0 }), limits: { maxNumSeqs: 2, kvTokens: 1600 } })
    const calls = Promise.allSettled([1, 2, 3].map((kind) => openai.chat.completions.create({ ...ask, messages: [{ role: 'user', content: `${kind}`.repeat(320) }] })))
    await until(() => sim.stats().running + sim.stats().waiting === 3)
    const { series } = await scrape(url)
    expect(series.get(`vllm:num_requests_running{${LABELS}}`)).toBe(2)
    expect(series.get(`vllm:num_requests_waiting{${LABELS}}`)).toBe(1)
    // Two prompts of 87 tokens: 6 blocks each, of 100.
    expect(series.get(`vllm:kv_cache_usage_perc{${LABELS}}`)).toBeCloseTo(0.12, 9)
    await sim.close()
    await calls
  })

  it('counts the line in front of replicas that start', async () => {
    const { url, sim, openai } = await start({ serverless: { coldStartSeconds: () => 5 } })
    const call = openai.chat.completions.create(ask).catch(() => null)
    await until(() => sim.stats().waiting === 1)
    expect((await scrape(url)).series.get(`vllm:num_requests_waiting{${LABELS}}`)).toBe(1)
    await sim.close()
    await call
  })
})
