import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exponential, seededRandom } from '../core/random.ts'
import type { Engine } from './engine.ts'
import type { Trace } from './testing.ts'
import { PLAIN, promptOf, runWatching, traced, virtualEngine } from './testing.ts'
import type { Timeline } from './timeline.ts'
import { fixedTiming } from './timing.ts'

const FOREVER = Number.POSITIVE_INFINITY

/** Submits at a time; the trace is filled in while the timeline runs. */
function submitAt(timeline: Timeline, engine: Engine, time: number, prompt: Uint32Array, outputTokens: number): Trace {
  const { request, trace } = traced(timeline, prompt, outputTokens)
  timeline.at(time, () => {
    trace.sequence = engine.submit(request)
  })
  return trace
}

describe('one request', () => {
  it('gets its first token after the prefill and each further one a step later', () => {
    const { timeline, engine } = virtualEngine()
    const trace = submitAt(timeline, engine, 1, promptOf(100, 1), 4)
    timeline.runUntil(FOREVER)
    expect(trace.tokenTimes.map((time) => Number(time.toFixed(9)))).toEqual([1.01, 1.02, 1.03, 1.04])
    expect(trace).toMatchObject({ reason: 'done', endedAt: trace.tokenTimes[3] })
  })

  it('waits for its first token for the overhead as well, which holds up nobody else', () => {
    const { timeline, engine } = virtualEngine({}, fixedTiming({ ttftMs: 500, tpotMs: 10, prefillUsPerToken: 100 }))
    const early = submitAt(timeline, engine, 0, promptOf(100, 1), 100)
    const late = submitAt(timeline, engine, 0.6, promptOf(100, 2), 2)
    timeline.runUntil(FOREVER)
    expect(early.tokenTimes[0]).toBeCloseTo(0.51, 9)
    expect(late.tokenTimes[0]).toBeCloseTo(0.6 + 0.02 + 0.5, 9)
    // 99 steps, one of which took the other's prefill along.
    expect(early.endedAt).toBeCloseTo(0.51 + 99 * 0.01 + 0.01, 9)
  })

  it('that generates nothing ends with its prefill', () => {
    const { timeline, engine } = virtualEngine()
    const trace = submitAt(timeline, engine, 0, promptOf(100, 1), 0)
    timeline.runUntil(FOREVER)
    expect(trace).toMatchObject({ reason: 'done', endedAt: 0.01, tokenTimes: [] })
  })

  it('reads a prompt longer than a step in chunks, between which others get their tokens', () => {
    const { timeline, engine } = virtualEngine({ maxNumBatchedTokens: 101 })
    const decoding = submitAt(timeline, engine, 0, promptOf(10, 1), 30)
    const long = submitAt(timeline, engine, 0.1, promptOf(1000, 2), 1)
    timeline.runUntil(FOREVER)
    // Ten chunks of 100 tokens beside the one that decodes: each step takes 10 + 10 ms.
    const steps = decoding.tokenTimes.slice(1).map((time, index) => Math.round((time - decoding.tokenTimes[index]!) * 1000))
    expect(steps.filter((ms) => ms === 20)).toHaveLength(10)
    expect(steps.filter((ms) => ms === 10)).toHaveLength(19)
    expect(long.tokenTimes).toHaveLength(1)
  })
})

describe('many requests', () => {
  it('advance together, a token a step each', () => {
    const { timeline, engine } = virtualEngine({}, fixedTiming({ ttftMs: 0, tpotMs: 10, prefillUsPerToken: 0 }))
    const traces = Array.from({ length: 50 }, (_, index) => submitAt(timeline, engine, 0, promptOf(50, index), 20))
    timeline.runUntil(FOREVER)
    expect(traces.every(({ endedAt }) => Math.abs(endedAt - 0.19) < 1e-9)).toBe(true)
  })

  it('beyond max_num_seqs wait, first come first served', () => {
    const { timeline, engine } = virtualEngine({ maxNumSeqs: 2 })
    const traces = Array.from({ length: 6 }, (_, index) => submitAt(timeline, engine, index * 0.001, promptOf(10, index), 10))
    timeline.runUntil(0.05)
    expect([engine.running, engine.waiting]).toEqual([2, 4])
    timeline.runUntil(FOREVER)
    const starts = traces.map(({ sequence }) => sequence!.scheduledAt)
    expect(starts).toEqual(starts.toSorted((a, b) => a - b))
    expect(starts[2]).toBeGreaterThan(0.09)
  })

  it('one at a time take the sum of what each takes alone', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ input: fc.integer({ min: 1, max: 500 }), output: fc.integer({ min: 1, max: 50 }) }), { minLength: 1, maxLength: 20 }), (requests) => {
        const { timeline, engine } = virtualEngine({ maxNumSeqs: 1 })
        for (const [index, { input, output }] of requests.entries()) submitAt(timeline, engine, 0, promptOf(input, index), output)
        timeline.runUntil(FOREVER)
        const alone = requests.reduce((sum, { input, output }) => sum + PLAIN.prefillSeconds(input) + (output - 1) * 0.01, 0)
        expect(timeline.now).toBeCloseTo(alone, 6)
      }),
    )
  })
})

const arrivals = fc.array(fc.record({ at: fc.double({ min: 0, max: 3, noNaN: true }), input: fc.integer({ min: 1, max: 300 }), output: fc.integer({ min: 0, max: 80 }), kind: fc.integer({ min: 0, max: 5 }), abortAfter: fc.option(fc.double({ min: 0, max: 2, noNaN: true }), { freq: 4 }) }), { minLength: 1, maxLength: 40 })
const limits = fc.record({ kvTokens: fc.integer({ min: 400, max: 3000 }), maxNumSeqs: fc.integer({ min: 1, max: 20 }), maxNumBatchedTokens: fc.integer({ min: 1, max: 500 }), prefixCaching: fc.boolean() })

describe('whatever arrives and goes', () => {
  it('every request ends once with all its tokens, the limits hold at all times, and nothing is left behind', () => {
    fc.assert(
      fc.property(arrivals, limits, fc.boolean(), (requests, limit, overhead) => {
        const { timeline, engine, counters } = virtualEngine(limit, overhead ? fixedTiming({ ttftMs: 30, tpotMs: 10, prefillUsPerToken: 100 }) : PLAIN)
        const traces = requests.map(({ at, input, output, kind, abortAfter }) => {
          const trace = submitAt(timeline, engine, at, promptOf(input, kind), output)
          if (abortAfter !== null) timeline.at(at + abortAfter, () => engine.abort(trace.sequence!))
          return trace
        })
        runWatching(timeline, () => {
          expect(engine.running).toBeLessThanOrEqual(limit.maxNumSeqs)
          expect(engine.pool.free).toBeGreaterThanOrEqual(0)
        })
        expect(traces.filter(({ reason }) => reason === null)).toEqual([])
        for (const [index, { reason, tokenTimes }] of traces.entries()) expect(reason === 'aborted' || tokenTimes.length === requests[index]!.output).toBe(true)
        expect(traces.reduce((sum, { tokenTimes }) => sum + tokenTimes.length, 0)).toBe(counters.generatedTokens)
        expect([engine.running, engine.waiting, engine.pool.free]).toEqual([0, 0, engine.pool.total])
      }),
      { numRuns: 150 },
    )
  })

  it('the engine never rests while a request could run', () => {
    fc.assert(
      fc.property(arrivals, limits, (requests, limit) => {
        const { timeline, engine } = virtualEngine(limit)
        for (const { at, input, output, kind } of requests) submitAt(timeline, engine, at, promptOf(input, kind), output)
        runWatching(timeline, (seconds) => {
          // Time passes with nothing running only while nobody waits.
          expect(seconds > 0 && engine.running === 0 ? engine.waiting : 0).toBe(0)
        })
        expect(engine.running).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  it("keeps Little's law: requests in the engine on average are arrivals a second times seconds each stays", () => {
    const { timeline, engine } = virtualEngine({ maxNumSeqs: 8 })
    const random = seededRandom(7)
    const traces: Trace[] = []
    for (let at = 0, index = 0; index < 2000; index++) traces.push(submitAt(timeline, engine, (at += exponential(random, 0.05)), promptOf(1 + Math.floor(random() * 300), index), 1 + Math.floor(random() * 60)))
    let present = 0
    runWatching(timeline, (seconds) => {
      present += (engine.running + engine.waiting) * seconds
    })
    const stays = traces.reduce((sum, { endedAt, sequence }) => sum + endedAt - sequence!.arrivedAt, 0)
    expect(stays / traces.length).toBeGreaterThan(0.1)
    expect(present).toBeCloseTo(stays, 5)
  })
})

describe('the KV cache', () => {
  it('lets as many run as it holds, and the others wait', () => {
    const { timeline, engine } = virtualEngine({ kvTokens: 16 * 30 })
    for (let index = 0; index < 10; index++) submitAt(timeline, engine, 0, promptOf(100, index), 10)
    timeline.runUntil(0.05)
    // A prompt of 100 tokens takes 7 blocks of the 30.
    expect([engine.running, engine.waiting]).toEqual([4, 6])
  })

  it('full in mid-flight, preempts the last admitted, which is computed again and gets each token once', () => {
    const { timeline, engine, counters } = virtualEngine({ kvTokens: 16 * 20, prefixCaching: false })
    const first = submitAt(timeline, engine, 0, promptOf(96, 1), 100)
    const second = submitAt(timeline, engine, 0.001, promptOf(96, 2), 100)
    timeline.runUntil(FOREVER)
    expect(counters.preemptions).toBeGreaterThan(0)
    expect(first.tokenTimes).toHaveLength(100)
    expect(second.tokenTimes).toHaveLength(100)
    expect(first.endedAt).toBeLessThan(second.endedAt)
    const steps = first.tokenTimes.slice(1).map((time, index) => time - first.tokenTimes[index]!)
    expect(Math.max(...steps)).toBeLessThan(0.021)
  })

  it('serves one request that fills all of it', () => {
    const { timeline, engine } = virtualEngine({ kvTokens: 160 })
    const trace = submitAt(timeline, engine, 0, promptOf(100, 1), 60)
    timeline.runUntil(FOREVER)
    expect(trace).toMatchObject({ reason: 'done' })
    expect(trace.tokenTimes).toHaveLength(60)
  })
})

describe('the prefix cache', () => {
  it('spares the prefill of blocks that are there, all but the last token', () => {
    const { timeline, engine, counters } = virtualEngine()
    submitAt(timeline, engine, 0, promptOf(160, 1), 1)
    const again = submitAt(timeline, engine, 1, promptOf(160, 1), 1)
    timeline.runUntil(FOREVER)
    expect(again.sequence!.cached).toBe(144)
    expect(again.endedAt).toBeCloseTo(1 + PLAIN.prefillSeconds(16), 9)
    expect([counters.prefixQueries, counters.prefixHits]).toEqual([320, 144])
  })

  it('holds answers too: a conversation that goes on finds them', () => {
    const { timeline, engine } = virtualEngine()
    submitAt(timeline, engine, 0, promptOf(32, 1), 33)
    // The first answer's tokens are 0, 1, 2 ... (see `traced`).
    const next = submitAt(timeline, engine, 1, Uint32Array.from([...promptOf(32, 1), ...Array.from({ length: 40 }, (_, index) => index)]), 1)
    timeline.runUntil(FOREVER)
    expect(next.sequence!.cached).toBe(64)
  })

  it('is not there where it is switched off, nor for another prompt', () => {
    const off = virtualEngine({ prefixCaching: false })
    submitAt(off.timeline, off.engine, 0, promptOf(160, 1), 1)
    const same = submitAt(off.timeline, off.engine, 1, promptOf(160, 1), 1)
    off.timeline.runUntil(FOREVER)
    const on = virtualEngine()
    submitAt(on.timeline, on.engine, 0, promptOf(160, 1), 1)
    const other = submitAt(on.timeline, on.engine, 1, promptOf(160, 2), 1)
    on.timeline.runUntil(FOREVER)
    expect([same.sequence!.cached, other.sequence!.cached]).toEqual([0, 0])
  })

  it('forgets the prompt unused for the longest time', () => {
    const { timeline, engine } = virtualEngine({ kvTokens: 16 * 20 })
    const kinds = [1, 2, 1, 3, 1, 2]
    const traces = kinds.map((kind, index) => submitAt(timeline, engine, index, promptOf(145, kind), 1))
    timeline.runUntil(FOREVER)
    // Room for two prompts: 3 displaces 2, and 1 stays since it is asked again and again.
    expect(traces.map(({ sequence }) => sequence!.cached)).toEqual([0, 0, 144, 0, 144, 0])
  })
})

describe('aborting', () => {
  it('frees the slot and the blocks at once', () => {
    const { timeline, engine } = virtualEngine({ maxNumSeqs: 1 })
    const running = submitAt(timeline, engine, 0, promptOf(100, 1), 1000)
    const waiting = submitAt(timeline, engine, 0, promptOf(100, 2), 1)
    timeline.runUntil(0.5)
    engine.abort(running.sequence!)
    expect([engine.running, engine.waiting, engine.pool.free]).toEqual([0, 1, engine.pool.total])
    expect(running).toMatchObject({ reason: 'aborted', endedAt: 0.5 })
    timeline.runUntil(FOREVER)
    expect(waiting.tokenTimes).toHaveLength(1)
    expect(waiting.endedAt).toBeLessThan(0.53)
  })

  it('works in each state, twice too, and from within a token', () => {
    const { timeline, engine } = virtualEngine({ maxNumSeqs: 1 }, fixedTiming({ ttftMs: 100, tpotMs: 10, prefillUsPerToken: 0 }))
    const settling = submitAt(timeline, engine, 0, promptOf(10, 1), 5)
    const waiting = submitAt(timeline, engine, 0, promptOf(10, 2), 5)
    timeline.runUntil(0.05)
    for (const { sequence } of [settling, waiting, settling, waiting]) engine.abort(sequence!)
    expect([settling.reason, waiting.reason, engine.running, engine.waiting]).toEqual(['aborted', 'aborted', 0, 0])
    let tokens = 0
    const sequence = engine.submit({ prompt: promptOf(10, 3), outputTokens: 50, tokenAt: () => 0, onToken: () => ++tokens === 3 && engine.abort(sequence), onEnd: () => {} })
    timeline.runUntil(FOREVER)
    expect([tokens, sequence.state, engine.pool.free]).toEqual([3, 'ended', engine.pool.total])
  })
})
