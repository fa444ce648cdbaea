import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { shippedCatalog } from '../src/app/catalog.ts'
import { shippedPerfTable } from '../src/app/perf-table.ts'
import { findGpu, findModel } from '../src/core/catalog/find.ts'
import { latencyModel } from '../src/core/perf/latency-model.ts'
import { memoryFit } from '../src/core/perf/memory-fit.ts'
import { createBaseline } from '../src/core/policy/baselines.ts'
import { createPolicy } from '../src/core/policy/policy.ts'
import { prefixHashes } from '../src/core/policy/prefix-hash.ts'
import type { Policy, PolicyCall, PolicyConfig, PoolSpec } from '../src/core/policy/types.ts'
import { exponential, seededRandom } from '../src/core/random.ts'
import { simulateRouting } from './routing-sim.ts'
import type { Fleet, Outcome, Request } from './routing-sim.ts'

/**
 * What routing by prefix and load is worth, and what it costs. Run: node bench/routing.ts
 *
 * First, workloads against four simulated replicas (Llama 3.1 8B, fp8, one H100 each, by the shipped latency model; see
 * routing-sim.ts), the same arrivals for every policy. Then the time of single calls of the policy.
 */
const TRACE = fileURLToPath(new URL('../examples/mooncake-synthetic-1000.jsonl.gz', import.meta.url))
const REPLICAS = 4
const BLOCK = 512
const SEEDS = 9

const catalog = shippedCatalog()
const [model, gpu] = [findModel(catalog, 'llama-3.1-8b'), findGpu(catalog, 'h100-80gb')]
const latency = latencyModel(shippedPerfTable(), model, gpu, 1, 'fp8')
const { kvTokens } = memoryFit(model, gpu, 1, 'fp8')

/** The trace, its times divided by `speed`. */
function mooncake(speed: number): Request[] {
  const rows = gunzipSync(readFileSync(TRACE)).toString('utf8').trim().split('\n')
  return rows.map((row) => {
    const { timestamp, input_length, output_length, hash_ids } = JSON.parse(row) as { readonly timestamp: number; readonly input_length: number; readonly output_length: number; readonly hash_ids: readonly number[] }
    return { at: timestamp / 1000 / speed, input: input_length, output: output_length, blocks: hash_ids }
  })
}

/**
 * Made up, to show where prefixes matter: 120 chats at a time, each starting from one of 6 system prompts of 4 blocks,
 * a new block every turn (up to 24), turns about `gap` seconds apart.
 */
function chats(gap: number): Request[] {
  const random = seededRandom(7)
  let fresh = 0
  const systems = Array.from({ length: 6 }, () => Array.from({ length: 4 }, () => fresh++))
  const open = Array.from({ length: 120 }, () => ({ at: random() * gap, blocks: [...systems[Math.floor(random() * 6)]!] }))
  const requests: Request[] = []
  while (requests.length < 4000) {
    const chat = open.reduce((first, other) => (other.at < first.at ? other : first))
    chat.blocks.push(fresh++)
    requests.push({ at: chat.at, input: chat.blocks.length * BLOCK + 100, output: 150, blocks: [...chat.blocks] })
    chat.at += 2 + exponential(random, gap)
    if (chat.blocks.length >= 28) chat.blocks = [...systems[Math.floor(random() * 6)]!]
  }
  return requests
}

function floor(endpoints: number, capacity: number): PoolSpec {
  return { id: 'floor', kind: 'dedicated', region: null, models: ['m'], capacity, maxInFlight: null, marginalCost: 0, coldStartSeconds: 0, alwaysWarm: true, endpoints: Array.from({ length: endpoints }, (_, i) => ({ id: `r${i}`, canaryShare: null })) }
}

function config(pools: readonly PoolSpec[], seed: number, over: Partial<PolicyConfig> = {}): PolicyConfig {
  return {
    pools,
    sloTtftMs: null,
    weights: { prefix: 3, queue: 5, kv: 2 },
    saturation: { enter: 1, release: 0.8, queueThreshold: 5, kvThreshold: 0.8 },
    queue: { limit: 1000, maxWaitMs: 60_000 },
    staleAfterMs: 2000,
    breaker: { failureShare: 0.5, minimum: 10, consecutive: 5, windowMs: 30_000, openMs: 1000, maxOpenMs: 60_000, probes: 1 },
    prefixEntries: 31_250,
    seed,
    ...over,
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

/** Median over the seeds, and the range. */
function range(values: readonly number[], digits: number): string {
  return `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)})`.padEnd(22)
}

type Create = (pools: readonly PoolSpec[], seed: number) => Policy
const POLICIES: readonly (readonly [string, Create])[] = [
  ['spillway 3:5:2', (pools, seed) => createPolicy(config(pools, seed))],
  ['spillway without prefix', (pools, seed) => createPolicy(config(pools, seed, { weights: { prefix: 0, queue: 5, kv: 2 } }))],
  ['least-loaded', (pools, seed) => createBaseline('least-loaded', config(pools, seed))],
  ['round-robin', (pools, seed) => createBaseline('round-robin', config(pools, seed))],
  ['random', (pools, seed) => createBaseline('random', config(pools, seed))],
]

/** Share of the blocks that a cache of this size would hit if there were one for all. */
function oneCache(requests: readonly Request[], fleet: Fleet, cacheBlocks: number): number {
  return simulateRouting(requests, { ...fleet, replicas: 1, places: 10_000, cacheBlocks }, createBaseline('random', config([floor(1, 1)], 1))).hitRate
}

function compare(title: string, requests: readonly Request[], cacheShare: number): void {
  const mean = (of: (request: Request) => number): number => requests.reduce((sum, request) => sum + of(request), 0) / requests.length
  const [input, output] = [mean((request) => request.input), mean((request) => request.output)]
  const places = Math.min(256, Math.floor(kvTokens / (input + output)))
  const fleet: Fleet = { replicas: REPLICAS, latency, places, cacheBlocks: Math.floor((cacheShare * kvTokens) / BLOCK), blockTokens: BLOCK, scrapeSeconds: 1 }
  const [all, endless] = [oneCache(requests, fleet, REPLICAS * fleet.cacheBlocks), oneCache(requests, fleet, Number.POSITIVE_INFINITY)]
  console.log(`${title}: ${requests.length} calls at ${(requests.length / requests.at(-1)!.at).toFixed(1)}/s, ${input.toFixed(0)} + ${output.toFixed(0)} tokens`)
  console.log(`  ${REPLICAS} replicas of ${places} places and ${fleet.cacheBlocks} cached blocks; all their memory as one cache would hit ${(100 * all).toFixed(1)} %, an endless one ${(100 * endless).toFixed(1)} %`)
  console.log(`  ${'policy'.padEnd(25)} ${'prefix hits, %'.padEnd(22)} ${'TTFT p50, s'.padEnd(22)} ${'TTFT p95, s'.padEnd(22)} busiest / mean`)
  for (const [name, create] of POLICIES) {
    const runs = Array.from({ length: SEEDS }, (_, seed): Outcome => simulateRouting(requests, fleet, create([floor(REPLICAS, places)], seed)))
    console.log(`  ${name.padEnd(25)} ${range(runs.map(({ hitRate }) => 100 * hitRate), 1)} ${range(runs.map(({ ttftP50 }) => ttftP50), 3)} ${range(runs.map(({ ttftP95 }) => ttftP95), 3)} ${median(runs.map(({ busiest }) => busiest)).toFixed(2)}`)
  }
  console.log()
}

/** Microseconds of one decision and of the events of one call, at 32 endpoints with fresh scrapes and 1,000 calls under way. */
function timePolicy(blocks: number, shared: number): { readonly decide: number; readonly observe: number } {
  const random = seededRandom(1)
  const block = (): number => Math.floor(random() * 2 ** 32)
  const pools = [floor(32, 64), { ...floor(1, 1000), id: 'api', kind: 'tokens' as const, marginalCost: 1000 }]
  const policy = createPolicy(config(pools, 1, { sloTtftMs: 1000, prefixEntries: 100_000 }))
  const heads = Array.from({ length: 400 }, () => Array.from({ length: shared }, block))
  const size = 1000
  const times = Array.from({ length: 60 }, (_, round) => {
    const [first, now] = [round * size, round * 1000]
    const calls = Array.from({ length: size }, (_, i): PolicyCall => {
      const prefix = [...heads[Math.floor(random() * heads.length)]!, ...Array.from({ length: blocks - shared }, block)]
      return { id: `call-${first + i}`, model: 'm', promptTokens: 1000, maxOutputTokens: 200, prefix, priority: 'standard', residency: null, session: null, keyId: 'k', deadline: null, failed: [] }
    })
    for (const { id } of pools[0]!.endpoints) policy.observe({ type: 'scraped', pool: 'floor', endpoint: id, at: now, metrics: { waiting: 0, running: 31, kvUsage: 0.4 } })
    const start = performance.now()
    for (let i = 0; i < size; i++) policy.decide(calls[i]!, now + i)
    const middle = performance.now()
    for (let i = 0; i < size; i++) {
      policy.observe({ type: 'first-token', callId: `call-${first + i}`, at: now + i + 100 })
      policy.observe({ type: 'finished', callId: `call-${first + i - size}`, at: now + i, outputTokens: 200 })
      policy.drain(now + i)
    }
    return { decide: (middle - start) / size, observe: (performance.now() - middle) / size }
  }).slice(10)
  return { decide: 1000 * median(times.map(({ decide }) => decide)), observe: 1000 * median(times.map(({ observe }) => observe)) }
}

/** Microseconds of a call through a full line: it takes its place, a call ends, and drain serves the next. */
function timeQueue(keys: number): number {
  const pools = [{ ...floor(32, 32), maxInFlight: 1024 }]
  const policy = createPolicy(config(pools, 1, { queue: { limit: 1001, maxWaitMs: 1e9 } }))
  const running: string[] = []
  let n = 0
  const arrive = (): void => {
    const id = `call-${n++}`
    const decision = policy.decide({ id, model: 'm', promptTokens: 1000, maxOutputTokens: 200, prefix: [], priority: n % 3 === 0 ? 'batch' : 'standard', residency: null, session: null, keyId: `k${n % keys}`, deadline: null, failed: [] }, n)
    if (decision.kind === 'dispatch') running.push(id)
  }
  for (let i = 0; i < 2024; i++) arrive()
  const times = Array.from({ length: 40 }, () => {
    const start = performance.now()
    for (let i = 0; i < 500; i++) {
      arrive()
      policy.observe({ type: 'finished', callId: running[i]!, at: n, outputTokens: 200 })
      for (const { callId } of policy.drain(n)) running.push(callId)
    }
    running.splice(0, 500)
    return (1000 * (performance.now() - start)) / 500
  })
  return median(times.slice(10))
}

function timeHashes(prompt: Uint8Array | string): number {
  const rounds = 200
  for (let i = 0; i < 50 * rounds; i++) prefixHashes(prompt.slice(0, 2048), BLOCK, 'm')
  return median(Array.from({ length: 9 }, () => {
    const start = performance.now()
    for (let i = 0; i < rounds; i++) prefixHashes(prompt, BLOCK, 'm')
    return (1000 * (performance.now() - start)) / rounds
  }))
}

const [cpu] = cpus()
console.log(`${cpus().length} x ${cpu?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}, one thread; latency model ${latency.basis}; median (range) of ${SEEDS} seeds\n`)
for (const speed of [1, 2, 3]) compare(`Mooncake, ${speed} x its speed`, mooncake(speed), 1)
compare('Mooncake, 2 x its speed, KV cache kept in host memory too (8 x)', mooncake(2), 8)
compare('Chats (made up), half the load', chats(6), 1)
compare('Chats (made up)', chats(2), 1)

console.log('microseconds a call, 32 endpoints with fresh scrapes and a TTFT target, 1,000 calls under way (median of 50 x 1,000):')
for (const [blocks, shared] of [[0, 0], [8, 6], [32, 24], [64, 48], [256, 192]] as const) {
  const { decide, observe } = timePolicy(blocks, shared)
  console.log(`  prompt of ${String(blocks).padStart(3)} blocks, ${String(shared).padStart(3)} of them known   decide ${decide.toFixed(2).padStart(6)}   first token + finished + drain ${observe.toFixed(2).padStart(5)}`)
}
for (const keys of [1, 100, 1000]) console.log(`  1,000 calls of ${String(keys).padStart(4)} keys in the line               decide + finished + drain ${timeQueue(keys).toFixed(2).padStart(6)}`)
const body = Buffer.from('0123456789abcdef'.repeat(8192))
console.log(`\nmicroseconds of prefixHashes in blocks of ${BLOCK}:`)
for (const length of [2048, 16_384, 131_072]) {
  console.log(`  ${String(length / 1024).padStart(3)} KiB   bytes ${timeHashes(body.subarray(0, length)).toFixed(1).padStart(6)}   text ${timeHashes(body.toString('latin1', 0, length)).toFixed(1).padStart(6)}`)
}
