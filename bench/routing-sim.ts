import type { LatencyModel } from '../src/core/perf/latency-model.ts'
import type { Policy } from '../src/core/policy/types.ts'
import { Batch, stepTable } from '../src/decide/fleet/engine.ts'

/** One call of a workload; `blocks` are ids that stand for a block and everything before it. */
export interface Request {
  /** Seconds. */
  readonly at: number
  readonly input: number
  readonly output: number
  readonly blocks: readonly number[]
}

export interface Fleet {
  readonly replicas: number
  readonly latency: LatencyModel
  /** Requests that run on one replica at once. */
  readonly places: number
  /** Blocks that one replica's prefix cache holds, and tokens in a block. */
  readonly cacheBlocks: number
  readonly blockTokens: number
  readonly scrapeSeconds: number
}

export interface Outcome {
  /** Share of the prompt blocks that were found in the cache of the replica that got them. */
  readonly hitRate: number
  readonly ttftP50: number
  readonly ttftP95: number
  /** Calls of the replica that got most, over the mean. */
  readonly busiest: number
}

/** One engine: a batch, a line in front of it and a prefix cache, least recently used block out first. */
class Replica {
  readonly batch: Batch
  readonly line: number[] = []
  readonly #cache = new Map<number, true>()
  readonly #limit: number

  constructor(steps: Float64Array, cacheBlocks: number) {
    this.batch = new Batch(steps)
    this.#limit = cacheBlocks
  }

  /** Takes a request's blocks into the cache; returns how many leading ones were there. */
  touch(blocks: readonly number[]): number {
    let hits = 0
    while (hits < blocks.length && this.#cache.has(blocks[hits]!)) hits++
    for (const block of blocks.toReversed()) {
      this.#cache.delete(block)
      this.#cache.set(block, true)
    }
    for (const block of this.#cache.keys()) {
      if (this.#cache.size <= this.#limit) break
      this.#cache.delete(block)
    }
    return hits
  }
}

/**
 * Plays a workload through a policy that has one pool `floor` with endpoints `r0`, `r1`, ... Prefills run one after another and
 * stop everybody else meanwhile; then all running requests move a token a step. The policy is told of first tokens and
 * ends as they happen, and of queues at scrapes alone.
 */
export function simulateRouting(requests: readonly Request[], fleet: Fleet, policy: Policy): Outcome {
  const { latency, places, blockTokens, scrapeSeconds } = fleet
  const mean = (of: (request: Request) => number): number => requests.reduce((sum, request) => sum + of(request), 0) / requests.length
  const [input, output] = [mean((request) => request.input), mean((request) => request.output)]
  const steps = stepTable({ concurrency: places, stepSeconds: (running) => latency.tpotSeconds(running, input, output) })
  const replicas = Array.from({ length: fleet.replicas }, () => new Replica(steps, fleet.cacheBlocks))
  const firstTokens: { readonly at: number; readonly i: number }[] = []
  const ttft = new Float64Array(requests.length)
  const sent = new Int32Array(replicas.length)
  let [hits, blocks, next, scrapeAt] = [0, 0, 0, 0]

  const admit = (replica: Replica, i: number, now: number): void => {
    const request = requests[i]!
    const found = replica.touch(request.blocks)
    hits += found
    blocks += request.blocks.length
    const at = replica.batch.admit(now, i, request.output, latency.prefillSeconds(Math.max(1, request.input - found * blockTokens)))
    ttft[i] = at - request.at
    firstTokens.push({ at, i })
  }
  const tellFirstTokens = (now: number): void => {
    firstTokens.sort((a, b) => b.at - a.at)
    while (firstTokens.length > 0 && firstTokens.at(-1)!.at <= now) {
      const { at, i } = firstTokens.pop()!
      policy.observe({ type: 'first-token', callId: `c${i}`, at: at * 1000 })
    }
  }
  for (;;) {
    const arrival = requests[next]?.at ?? Number.POSITIVE_INFINITY
    const ending = replicas.reduce((first, replica) => (replica.batch.nextEnd() < first.batch.nextEnd() ? replica : first))
    const end = ending.batch.nextEnd()
    if (Math.min(arrival, end) === Number.POSITIVE_INFINITY) break
    const now = Math.min(arrival, end, scrapeAt)
    tellFirstTokens(now)
    if (now === scrapeAt) {
      for (const [r, { batch, line }] of replicas.entries()) policy.observe({ type: 'scraped', pool: 'floor', endpoint: `r${r}`, at: now * 1000, metrics: { waiting: line.length, running: batch.running, kvUsage: batch.running / places } })
      scrapeAt += scrapeSeconds
    } else if (now === end) {
      const i = ending.batch.end(now)
      policy.observe({ type: 'finished', callId: `c${i}`, at: now * 1000, outputTokens: requests[i]!.output })
      const waiting = ending.line.shift()
      if (waiting !== undefined) admit(ending, waiting, now)
    } else {
      const r = send(policy, requests[next]!, next, now * 1000)
      sent[r]!++
      if (replicas[r]!.batch.running < places) admit(replicas[r]!, next, now)
      else replicas[r]!.line.push(next)
      next++
    }
  }
  const sorted = ttft.toSorted()
  const quantile = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!
  return { hitRate: hits / blocks, ttftP50: quantile(0.5), ttftP95: quantile(0.95), busiest: Math.max(...sent) / (requests.length / replicas.length) }
}

function send(policy: Policy, { input, output, blocks }: Request, i: number, now: number): number {
  const decision = policy.decide({ id: `c${i}`, model: 'm', promptTokens: input, maxOutputTokens: output, prefix: blocks, priority: 'standard', residency: null, session: null, keyId: 'k', deadline: null, failed: [] }, now)
  if (decision.kind !== 'dispatch') throw new Error(`call ${i} was not sent: ${decision.reason}`)
  return Number(decision.endpoint.slice(1))
}
