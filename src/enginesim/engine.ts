import { BlockPool } from './block-pool.ts'
import type { Counters } from './counters.ts'
import type { EndReason, EngineRequest } from './sequence.ts'
import { Sequence } from './sequence.ts'
import { StepPlan } from './step-plan.ts'
import type { Timeline } from './timeline.ts'
import type { EngineTiming } from './timing.ts'
import { WaitingLine } from './waiting-line.ts'

/** Limits of one engine, under vLLM's names. */
export interface EngineLimits {
  /** Tokens of KV cache. */
  readonly kvTokens: number
  readonly blockTokens: number
  /** Requests that run at once. */
  readonly maxNumSeqs: number
  /** Tokens of one step; longer prompts are read in several (chunked prefill). */
  readonly maxNumBatchedTokens: number
  readonly prefixCaching: boolean
}

/**
 * Iteration-level continuous batching as vLLM's scheduler does it. In a step every running request gets one token, and
 * what remains of the step's token budget goes to prompts, chunk by chunk, first come first served. A request is
 * admitted when a slot and the blocks for its first chunk are free; when a running one needs a block and none is left,
 * the last admitted is preempted: it loses its cache, goes to the head of the line and is computed again. Aborting
 * frees slot and blocks at once. A request whose prompt and output exceed the KV cache by themselves must not be
 * submitted.
 */
export class Engine {
  readonly pool: BlockPool
  readonly #timeline: Timeline
  readonly #limits: EngineLimits
  readonly #timing: EngineTiming
  readonly #counters: Counters
  readonly #waiting = new WaitingLine<Sequence>()
  /** In the order of admission. */
  #running: Sequence[] = []
  #stepping = false
  #wanted = false

  constructor(timeline: Timeline, limits: EngineLimits, timing: EngineTiming, counters: Counters) {
    this.pool = new BlockPool(Math.floor(limits.kvTokens / limits.blockTokens))
    this.#timeline = timeline
    this.#limits = limits
    this.#timing = timing
    this.#counters = counters
  }

  get running(): number {
    return this.#running.length
  }

  get waiting(): number {
    return this.#waiting.length
  }

  submit(request: EngineRequest): Sequence {
    const sequence = new Sequence(request, this.#timeline.now)
    this.#waiting.push(sequence)
    request.onStart?.()
    this.#wantStep()
    return sequence
  }

  abort(sequence: Sequence): void {
    if (sequence.state === 'ended') return
    if (sequence.state === 'waiting') this.#waiting.remove(sequence)
    else this.#leave(sequence)
    this.#end(sequence, 'aborted')
    this.#wantStep()
  }

  /** Whatever arrives at the same moment shares the step that begins then. */
  #wantStep(): void {
    if (this.#stepping || this.#wanted) return
    this.#wanted = true
    this.#timeline.at(this.#timeline.now, () => {
      this.#wanted = false
      if (!this.#stepping) this.#step()
    })
  }

  #step(): void {
    const step = this.#schedule()
    if (step === null) return
    this.#stepping = true
    this.#counters.steps++
    const { members, seconds } = step
    this.#timeline.at(this.#timeline.now + seconds, () => {
      this.#stepping = false
      for (const sequence of members) this.#advance(sequence)
      this.#step()
    })
  }

  #schedule(): { readonly members: readonly Sequence[]; readonly seconds: number } | null {
    const plan = new StepPlan(this.#timing, this.#limits.maxNumBatchedTokens)
    const preempted = this.#scheduleRunning(plan)
    // Who has just lost its blocks would only take them from the next.
    if (!preempted) this.#admit(plan)
    return plan.members.length === 0 ? null : { members: plan.members, seconds: plan.seconds() }
  }

  /** True if blocks ran out. */
  #scheduleRunning(plan: StepPlan): boolean {
    let preempted = false
    for (let index = 0; index < this.#running.length && plan.budget > 0; index++) {
      const sequence = this.#running[index]!
      if (sequence.state === 'settling') continue
      const tokens = Math.min(sequence.known - sequence.computed, plan.budget)
      while (!this.#grow(sequence, tokens)) {
        preempted = true
        const victim = this.#lastNotSettling()
        this.#preempt(victim)
        if (victim === sequence) return true
      }
      plan.add(sequence, tokens)
    }
    return preempted
  }

  #admit(plan: StepPlan): void {
    const { maxNumSeqs, blockTokens, prefixCaching } = this.#limits
    while (plan.budget > 0 && this.#running.length < maxNumSeqs) {
      const sequence = this.#waiting.first()
      if (sequence === null) return
      if (prefixCaching) {
        // The last token is always computed: its result is the first token of the answer.
        const most = Math.floor((sequence.known - 1) / blockTokens)
        const hits = this.pool.matching(sequence.hashes(most, blockTokens), most)
        this.pool.hold(sequence.hashes(hits, blockTokens), hits, sequence.blocks)
        sequence.computed = hits * blockTokens
      }
      const cached = sequence.computed
      const tokens = Math.min(sequence.known - cached, plan.budget)
      if (!this.#grow(sequence, tokens)) {
        sequence.release(this.pool)
        return
      }
      this.#waiting.shift()
      sequence.state = 'running'
      this.#running.push(sequence)
      if (Number.isNaN(sequence.scheduledAt)) {
        sequence.scheduledAt = this.#timeline.now
        sequence.cached = Math.min(cached, sequence.request.prompt.length)
        this.#counters.scheduled(sequence, this.#timeline.now)
      }
      plan.add(sequence, tokens)
    }
  }

  /** Blocks for so many tokens more. */
  #grow(sequence: Sequence, tokens: number): boolean {
    const need = Math.ceil((sequence.computed + tokens) / this.#limits.blockTokens) - sequence.blocks.length
    return need <= 0 || this.pool.allocate(need, sequence.blocks)
  }

  /** The last admitted; one that settles is about to get its first token and keeps its blocks. */
  #lastNotSettling(): Sequence {
    return this.#running.findLast(({ state }) => state === 'running')!
  }

  #preempt(sequence: Sequence): void {
    this.#counters.preemptions++
    sequence.release(this.pool)
    sequence.state = 'waiting'
    sequence.share = 0
    this.#running.splice(this.#running.lastIndexOf(sequence), 1)
    this.#waiting.pushFront(sequence)
  }

  /** The step has ended. */
  #advance(sequence: Sequence): void {
    // Aborted meanwhile.
    if (sequence.state !== 'running') return
    sequence.computed += sequence.share
    sequence.share = 0
    if (this.#limits.prefixCaching) sequence.publish(this.pool, this.#limits.blockTokens)
    if (sequence.computed < sequence.known) return
    const { prompt, outputTokens } = sequence.request
    const overhead = sequence.produced === 0 ? this.#timing.overheadSeconds(prompt.length - sequence.cached, this.#running.length) : 0
    if (overhead > 0) this.#settle(sequence, overhead)
    else this.#produce(sequence, outputTokens)
  }

  #settle(sequence: Sequence, seconds: number): void {
    sequence.state = 'settling'
    this.#timeline.at(this.#timeline.now + seconds, () => {
      if (sequence.state !== 'settling') return
      sequence.state = 'running'
      this.#produce(sequence, sequence.request.outputTokens)
      this.#wantStep()
    })
  }

  #produce(sequence: Sequence, outputTokens: number): void {
    const now = this.#timeline.now
    if (outputTokens > 0) {
      sequence.produced++
      this.#counters.token(sequence, now)
      if (sequence.produced === 1) sequence.firstTokenAt = now
      sequence.lastTokenAt = now
      sequence.request.onToken?.(sequence.produced - 1)
    }
    // Whoever was told of the token may have aborted it.
    if (sequence.produced < outputTokens || sequence.state !== 'running') return
    this.#leave(sequence)
    this.#counters.ended(sequence, now)
    this.#end(sequence, 'done')
  }

  #leave(sequence: Sequence): void {
    this.#running.splice(this.#running.indexOf(sequence), 1)
  }

  #end(sequence: Sequence, reason: EndReason): void {
    sequence.release(this.pool)
    sequence.state = 'ended'
    sequence.request.onEnd(reason, sequence)
  }
}
