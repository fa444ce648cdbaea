import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Batch, stepTable } from './engine.ts'

interface Ask {
  readonly at: number
  readonly steps: number
  readonly prefill: number
}

const batch = (concurrency: number, stepSeconds?: (running: number) => number): Batch => new Batch(stepTable({ concurrency, ...(stepSeconds === undefined ? {} : { stepSeconds }) }))

/** Ends of requests that are all admitted when they ask, by the heap. */
function ends(asks: readonly Ask[], stepSeconds: (running: number) => number): Map<number, number> {
  const subject = batch(Math.max(1, asks.length), stepSeconds)
  const found = new Map<number, number>()
  let next = 0
  while (next < asks.length || subject.running > 0) {
    const arrival = asks[next]?.at ?? Number.POSITIVE_INFINITY
    const end = subject.nextEnd()
    if (end <= arrival) found.set(subject.end(end), end)
    else {
      subject.admit(arrival, next, asks[next]!.steps, asks[next]!.prefill)
      next++
    }
  }
  return found
}

/** The same without a virtual clock: at every event each request's remaining steps are counted down. */
function endsByCountdown(asks: readonly Ask[], stepSeconds: (running: number) => number): Map<number, number> {
  const found = new Map<number, number>()
  const left = new Map<number, number>()
  let [now, stalledUntil, next] = [0, 0, 0]
  while (found.size < asks.length) {
    const arrival = asks[next]?.at ?? Number.POSITIVE_INFINITY
    const working = Math.max(now, stalledUntil)
    const [first, steps] = [...left].sort((a, b) => a[1] - b[1])[0] ?? [-1, Number.POSITIVE_INFINITY]
    const step = stepSeconds(Math.max(1, left.size))
    const then = Math.min(arrival, working + steps * step)
    for (const [i, remaining] of left) left.set(i, remaining - Math.max(0, then - working) / step)
    now = then
    if (then < arrival) {
      left.delete(first)
      found.set(first, now)
    } else {
      left.set(next, asks[next]!.steps)
      stalledUntil = Math.max(stalledUntil, now) + asks[next]!.prefill
      next++
    }
  }
  return found
}

describe('Batch', () => {
  it('runs a request alone in steps x step time', () => {
    const subject = batch(4, () => 0.1)
    expect(subject.nextEnd()).toBe(Number.POSITIVE_INFINITY)
    expect(subject.admit(10, 7, 20, 0)).toBeCloseTo(10.1)
    expect(subject.nextEnd()).toBeCloseTo(12)
    expect(subject.end(12)).toBe(7)
    expect(subject.running).toBe(0)
  })

  it('slows everybody down as more run', () => {
    const subject = batch(4, (running) => running)
    subject.admit(0, 0, 10, 0)
    subject.admit(5, 1, 10, 0)
    // Five steps are left at two seconds each.
    expect(subject.nextEnd()).toBe(15)
    expect(subject.end(15)).toBe(0)
    expect(subject.nextEnd()).toBe(20)
  })

  it('stands still during a prefill, and prefills one after another', () => {
    const subject = batch(4, () => 1)
    subject.admit(0, 0, 10, 0)
    expect(subject.admit(4, 1, 1, 2)).toBe(7)
    expect(subject.admit(5, 2, 8, 3)).toBe(10)
    expect(subject.nextEnd()).toBe(10)
    expect(subject.end(10)).toBe(1)
    expect(subject.nextEnd()).toBe(15)
  })

  it('forgets the past when it runs empty', () => {
    const subject = batch(1, () => 0.5)
    for (let i = 0; i < 1000; i++) {
      subject.admit(i * 10, i, 3, 1)
      expect(subject.nextEnd()).toBe(i * 10 + 2.5)
      expect(subject.end(i * 10 + 2.5)).toBe(i)
    }
  })

  it('serves plain seconds where no step time is given', () => {
    const subject = batch(2)
    subject.admit(0, 0, 2.5, 0)
    subject.admit(1, 1, 2.5, 0)
    expect(subject.nextEnd()).toBe(2.5)
    subject.end(2.5)
    expect(subject.nextEnd()).toBe(3.5)
  })

  it('agrees with counting down every request at every event', () => {
    const ask = fc.record({ gap: fc.integer({ min: 0, max: 40 }), steps: fc.integer({ min: 1, max: 30 }), prefill: fc.integer({ min: 0, max: 3 }) })
    fc.assert(
      fc.property(fc.array(ask, { minLength: 1, maxLength: 20 }), fc.integer({ min: 0, max: 10 }), (raw, slope) => {
        let at = 0
        // The odd part keeps an end from falling on an arrival, where rounding would decide which comes first.
        const asks = raw.map(({ gap, steps, prefill }) => ({ at: (at += gap / 10 + Math.SQRT2 / 100), steps, prefill: prefill / 10 }))
        const stepSeconds = (running: number): number => 0.1 + (slope / 100) * (running - 1)
        const [byClock, byCountdown] = [ends(asks, stepSeconds), endsByCountdown(asks, stepSeconds)]
        for (const i of asks.keys()) expect(byClock.get(i)).toBeCloseTo(byCountdown.get(i)!, 8)
      }),
    )
  })
})

describe('stepTable', () => {
  it('asks for the time at every number running', () => {
    expect([...stepTable({ concurrency: 3, stepSeconds: (running) => running / 10 })]).toEqual([0, 0.1, 0.2, 0.3])
    expect([...stepTable({ concurrency: 2 })]).toEqual([0, 1, 1])
  })

  it.each([0, -1, 1.5, Number.NaN, 1e9])('refuses a concurrency of %s', (concurrency) => {
    expect(() => stepTable({ concurrency })).toThrow(expect.objectContaining({ code: 'NUMBER_INVALID' }))
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a step of %s seconds', (seconds) => {
    expect(() => stepTable({ concurrency: 2, stepSeconds: () => seconds })).toThrow(expect.objectContaining({ code: 'NUMBER_INVALID' }))
  })
})
