import { describe, expect, it } from 'vitest'
import { MAX_BATCH, operatingPoint } from '../core/perf/operating-point.ts'
import { lineLatency } from '../core/perf/testing.ts'
import type { LatencyModel } from '../core/perf/latency-model.ts'
import { promptOf, traced, virtualEngine } from './testing.ts'
import { fixedTiming, measuredTiming } from './timing.ts'

/** Requests a second of an engine in which `running` requests always run. */
function closedLoop(latency: LatencyModel, running: number, input: number, output: number, kvTokens: number): number {
  const { timeline, engine } = virtualEngine({ kvTokens, prefixCaching: false }, measuredTiming(latency))
  let started = 0
  let ended = 0
  const next = (): void => {
    engine.submit(
      traced(timeline, promptOf(input, started++), output, () => {
        if (timeline.now > WARM_UP) ended++
        next()
      }).request,
    )
  }
  // Staggered, so that they do not all begin at once for ever.
  for (let index = 0; index < running; index++) timeline.at((index * WARM_UP) / running / 2, next)
  timeline.runUntil(WARM_UP + MEASURED)
  return ended / MEASURED
}

const WARM_UP = 60
const MEASURED = 240

describe('the timing of a latency model', () => {
  it.each([
    [64, 1000, 200],
    [128, 500, 300],
    [32, 4000, 100],
  ])('gives a full engine of %d requests of %d + %d tokens about the throughput that the planner expects', (batch, input, output) => {
    const latency = lineLatency({ maxMeasuredBatch: batch })
    const fit = { fits: true, weightsGb: 1, kvTokens: (input + output) * batch, why: '' }
    const point = operatingPoint(latency, fit, { input, cached: 0, output }, { ttftSeconds: null, tpotSeconds: null })
    expect(point).toMatchObject({ batch: Math.min(batch, MAX_BATCH), limitedBy: 'kv-cache' })
    const measured = closedLoop(latency, batch, input, output, 2 * fit.kvTokens)
    // Within the planner's own error. Above it where prompts are long: the planner's TTFT under load is fitted to
    // measurements in which prompts queue behind one another more than they do here.
    expect(measured / point.requestsPerSecond).toBeGreaterThan(0.95)
    expect(measured / point.requestsPerSecond).toBeLessThan(1.16)
  })

  it('gives a request that is alone the first token when the model says, and steps without the prefill of others', () => {
    const latency = lineLatency()
    const { timeline, engine } = virtualEngine({}, measuredTiming(latency))
    const { request, trace } = traced(timeline, promptOf(1024, 1), 64)
    engine.submit(request)
    timeline.runUntil(Number.POSITIVE_INFINITY)
    expect(trace.tokenTimes[0]).toBeCloseTo(latency.prefillSeconds(1024), 9)
    expect(trace.tokenTimes[1]! - trace.tokenTimes[0]!).toBeCloseTo(latency.tpotSeconds(1, 1024, 64, 1024), 9)
  })

  it('delays the first token of a request beside others by what the model says for each', () => {
    const latency = lineLatency()
    const timing = measuredTiming(latency)
    expect(timing.overheadSeconds(1024, 21) - timing.overheadSeconds(1024, 1)).toBeCloseTo(20 * latency.terms.prefill.running, 12)
  })

  it('asks the model for powers of two only, and follows it closely between them', () => {
    let calls = 0
    const latency = lineLatency()
    const counting: LatencyModel = {
      ...latency,
      tpotSeconds: (...args) => {
        calls++
        return latency.tpotSeconds(...args)
      },
    }
    const timing = measuredTiming(counting)
    let worst = 0
    for (let input = 1; input < 8000; input += 37) {
      for (let output = 1; output < 1000; output += 61) {
        const exact = latency.tpotSeconds(16, input, output, input)
        worst = Math.max(worst, Math.abs(timing.decodeSeconds(16, input, output) / exact - 1))
      }
    }
    expect(calls).toBeLessThan(200)
    expect(worst).toBeLessThan(0.01)
  })

  it('takes the prefill by itself where the decode line knows no stall', () => {
    const terms = lineLatency().terms
    const timing = measuredTiming(lineLatency({ terms: { ...terms, decode: { ...terms.decode, stall: 0 } } }))
    expect(timing.prefillSeconds(1000)).toBeCloseTo(1000 * terms.prefill.token, 12)
  })
})

it('fixed timing is what was given', () => {
  const timing = fixedTiming({ ttftMs: 20, tpotMs: 5, prefillUsPerToken: 7 })
  expect([timing.overheadSeconds(99, 5), timing.decodeSeconds(9, 99, 9), timing.prefillSeconds(1000)]).toEqual([0.02, 0.005, 0.007])
})
