import { QuantileSketch } from '../../core/sketch.ts'
import { BinAccumulator, type BinSums } from './bin-accumulator.ts'
import { InterArrival } from './inter-arrival.ts'
import type { RequestSink } from './request-sink.ts'

/** Takes requests one by one and keeps their bins, token histograms and intervals. */
export class TrafficAccumulator implements RequestSink {
  readonly input = new QuantileSketch()
  readonly output = new QuantileSketch()
  readonly interArrival = new InterArrival()
  /** Which of the optional columns any request had. */
  hasTokens = false
  hasGpuSeconds = false
  hasEgress = false
  /** Requests that have tokens but no output. */
  withoutOutput = 0
  readonly #bins: BinAccumulator

  constructor(binSeconds?: number) {
    this.#bins = new BinAccumulator(binSeconds)
  }

  request(ms: number, input: number, output: number, cached: number, gpuSeconds: number, egressMb: number): boolean {
    const tokens = input >= 0
    if (!this.#bins.add(ms, tokens ? input : 0, tokens ? output : 0, cached > 0 ? cached : 0, gpuSeconds > 0 ? gpuSeconds : 0, egressMb > 0 ? egressMb : 0)) return false
    this.interArrival.add(ms)
    if (tokens) {
      this.hasTokens = true
      this.input.add(input)
      this.output.add(output)
      if (output === 0) this.withoutOutput++
    }
    if (gpuSeconds >= 0) this.hasGpuSeconds = true
    if (egressMb >= 0) this.hasEgress = true
    return true
  }

  finish(): BinSums {
    return this.#bins.finish()
  }
}
