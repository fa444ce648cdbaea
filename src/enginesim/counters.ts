import { Histogram } from './histogram.ts'
import type { Sequence } from './sequence.ts'

/** Bounds as in vLLM's v1/metrics/loggers.py, read 2026-11-25. */
const TTFT = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560]
const TPOT = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80]
const LATENCY = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680]

/** What engines count over all their lives; replicas of one simulator share them. Times in simulated seconds. */
export class Counters {
  promptTokens = 0
  generatedTokens = 0
  /** In tokens, as vLLM counts. */
  prefixQueries = 0
  prefixHits = 0
  preemptions = 0
  steps = 0
  readonly finished = { stop: 0, length: 0, abort: 0 }
  readonly ttft = new Histogram(TTFT)
  readonly interToken = new Histogram(TPOT)
  readonly latency = new Histogram(LATENCY)
  readonly queue = new Histogram(LATENCY)

  scheduled(sequence: Sequence, now: number): void {
    const { length } = sequence.request.prompt
    this.prefixQueries += length
    this.prefixHits += sequence.cached
    this.promptTokens += length
    this.queue.observe(now - sequence.arrivedAt)
  }

  token(sequence: Sequence, now: number): void {
    this.generatedTokens++
    if (sequence.produced === 1) this.ttft.observe(now - sequence.arrivedAt)
    else this.interToken.observe(now - sequence.lastTokenAt)
  }

  ended(sequence: Sequence, now: number): void {
    this.latency.observe(now - sequence.arrivedAt)
  }
}
