import type { Sequence } from './sequence.ts'
import type { EngineTiming } from './timing.ts'

/** Who takes part in a step, and how long it takes. */
export class StepPlan {
  readonly members: Sequence[] = []
  budget: number
  readonly #timing: EngineTiming
  #decoding = 0
  #input = 0
  #output = 0
  #prefillSeconds = 0

  constructor(timing: EngineTiming, budget: number) {
    this.#timing = timing
    this.budget = budget
  }

  add(sequence: Sequence, tokens: number): void {
    sequence.share = tokens
    this.budget -= tokens
    this.members.push(sequence)
    if (sequence.produced > 0 && tokens === 1) {
      this.#decoding++
      this.#input += sequence.request.prompt.length
      this.#output += sequence.request.outputTokens
      return
    }
    const done = Math.max(0, sequence.computed - sequence.cached)
    this.#prefillSeconds += this.#timing.prefillSeconds(done + tokens) - this.#timing.prefillSeconds(done)
  }

  seconds(): number {
    const decode = this.#decoding === 0 ? 0 : this.#timing.decodeSeconds(this.#decoding, this.#input / this.#decoding, this.#output / this.#decoding)
    return decode + this.#prefillSeconds
  }
}
