import OpenAI from 'openai'
import type { Clock } from '../core/clock.ts'
import type { EngineLimits } from './engine.ts'
import { Engine } from './engine.ts'
import { Counters } from './counters.ts'
import type { EngineSim, EngineSimOptions } from './engine-sim.ts'
import { createEngineSim } from './engine-sim.ts'
import type { SetTimer } from './real-time.ts'
import { nodeTimer } from './real-time.ts'
import type { EndReason, EngineRequest, Sequence } from './sequence.ts'
import { Timeline } from './timeline.ts'
import type { EngineTiming } from './timing.ts'
import { fixedTiming } from './timing.ts'

/** 10 ms a token, 0.1 ms a prompt token, nothing else. */
export const PLAIN = fixedTiming({ ttftMs: 0, tpotMs: 10, prefillUsPerToken: 100 })

const LIMITS: EngineLimits = { kvTokens: 16_000, blockTokens: 16, maxNumSeqs: 256, maxNumBatchedTokens: 8192, prefixCaching: true }

/** An engine on a virtual clock. */
export function virtualEngine(limits: Partial<EngineLimits> = {}, timing: EngineTiming = PLAIN): { readonly timeline: Timeline; readonly engine: Engine; readonly counters: Counters } {
  const timeline = new Timeline()
  const counters = new Counters()
  return { timeline, counters, engine: new Engine(timeline, { ...LIMITS, ...limits }, timing, counters) }
}

/** What became of a request. */
export interface Trace {
  sequence: Sequence | null
  readonly tokenTimes: number[]
  endedAt: number
  reason: EndReason | null
}

/** Prompts of different `kind` share nothing; those of the same share all their tokens. */
export function promptOf(length: number, kind: number): Uint32Array {
  return Uint32Array.from({ length }, (_, index) => kind * 1_000_003 + index)
}

/** A request that notes what happens to it; `then` runs after its end. */
export function traced(timeline: Timeline, prompt: Uint32Array, outputTokens: number, then: () => void = () => {}): { readonly request: EngineRequest; readonly trace: Trace } {
  const trace: Trace = { sequence: null, tokenTimes: [], endedAt: Number.NaN, reason: null }
  const request: EngineRequest = {
    prompt,
    outputTokens,
    tokenAt: (index) => index,
    onToken: () => trace.tokenTimes.push(timeline.now),
    onEnd: (reason) => {
      if (trace.reason !== null) throw new Error('a request ended twice')
      trace.endedAt = timeline.now
      trace.reason = reason
      then()
    },
  }
  return { request, trace }
}

/** Runs event by event; `look` sees the state after each moment, with how long the state before had held. */
export function runWatching(timeline: Timeline, look: (seconds: number) => void): void {
  while (timeline.nextTime() < Number.POSITIVE_INFINITY) {
    const before = timeline.now
    const next = timeline.nextTime()
    look(next - before)
    timeline.runUntil(next)
  }
  look(0)
}

/** A clock and timers that stand still until the test moves them. */
export interface ManualTime {
  readonly clock: Clock
  readonly setTimer: SetTimer
  /** Moves the clock on, and fires what has become due. */
  readonly advance: (ms: number) => void
}

export function manualTime(): ManualTime {
  let now = Date.UTC(2026, 10, 25)
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  return {
    clock: { now: () => now },
    setTimer: (run, ms) => {
      // What is due at once happens by itself, as in real time.
      if (ms <= 0) return nodeTimer(run, 0)
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance: (ms) => {
      const end = now + ms
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        timers.delete(due)
        now = due.at
        due.run()
      }
      now = end
    },
  }
}

/** A server whose time the test moves; with no timing given, everything takes no time. */
export async function startSim(options: Partial<EngineSimOptions> = {}): Promise<{ readonly sim: EngineSim; readonly url: string; readonly time: ManualTime; readonly openai: OpenAI }> {
  const time = manualTime()
  const sim = createEngineSim({ clock: time.clock, setTimer: time.setTimer, timing: fixedTiming({ ttftMs: 0, tpotMs: 0, prefillUsPerToken: 0 }), models: ['sim-8b'], ...options })
  const { url } = await sim.listen()
  return { sim, url, time, openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 }) }
}

/** Waits, turn by turn of the event loop, until something is so. */
export async function until(so: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200_000; turn++) {
    if (so()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error('it did not come about')
}
