import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitGroup } from './group-fit.ts'
import type { PerfPoint } from './perf-table.ts'
import { prefillOf, tpotOf, ttftOf } from './terms.ts'

const decode = { fixed: 0.01, running: 1e-4, context: 2e-8, stall: 3e-5 }
const prefill = { fixed: 0.02, token: 4e-5, tokenSquared: 1e-9, running: 1e-3, queue: 5e-6 }
const conditions = [256, 1024, 8192].flatMap((input) => [128, 1024].flatMap((output) => [1, 4, 16, 64].map((batch) => ({ input, output, batch }))))
type Condition = (typeof conditions)[number]

/** The planted terms as measurements, each TPOT times `off`. */
function planted(off: (at: Condition, index: number) => number = () => 1, version = '1'): PerfPoint[] {
  return conditions.map((at, index) => ({ input: at.input, output: at.output, batch: at.batch, version, tpotMs: tpotOf(decode, at.batch, at.input, at.output) * 1000 * off(at, index), ttftMs: ttftOf(prefill, at.batch, at.input) * 1000 }))
}

describe('fitGroup', () => {
  it('recovers planted terms', () => {
    const fit = fitGroup(planted(), 'closed-loop')
    for (const name of ['fixed', 'running', 'context', 'stall'] as const) expect(fit.decode[name] / decode[name]).toBeCloseTo(1, 4)
    for (const name of ['fixed', 'token', 'running', 'queue'] as const) expect(fit.prefill[name] / prefill[name]).toBeCloseTo(1, 2)
    expect(prefillOf(fit.prefill, 4096)).toBeCloseTo(prefillOf(prefill, 4096), 4)
  })

  it('predicts conditions that it has not seen', () => {
    const { tpot, ttft } = fitGroup(planted(), 'closed-loop').at(32, 4096, 512)
    expect(tpot / tpotOf(decode, 32, 4096, 512)).toBeCloseTo(1, 3)
    expect(ttft / ttftOf(prefill, 32, 4096)).toBeCloseTo(1, 2)
  })

  it('does not follow one point that is off by a factor of eight', () => {
    const points = planted((_, index) => (index === 10 ? 1 / 8 : 1))
    const { tpot } = fitGroup(points, 'closed-loop').at(16, 1024, 128)
    expect(Math.abs(tpot / tpotOf(decode, 16, 1024, 128) - 1)).toBeLessThan(0.1)
  })

  it('follows the points where they bend from the line', () => {
    const points = planted(({ batch }) => (batch === 16 ? 1.2 : 1))
    const { tpot } = fitGroup(points, 'closed-loop').at(16, 1024, 1024)
    expect(tpot / tpotOf(decode, 16, 1024, 1024)).toBeGreaterThan(1.1)
  })

  it('keeps engine versions apart where they differ', () => {
    const points = [...planted(), ...planted(() => 0.7, '2')]
    const fit = fitGroup(points, 'closed-loop')
    expect(fit.at(16, 1024, 1024, '2').tpot / fit.at(16, 1024, 1024, '1').tpot).toBeLessThan(0.85)
  })

  it('leans on the prior where points are few', () => {
    const one: PerfPoint[] = [{ input: 1024, output: 1024, batch: 4, version: '', tpotMs: tpotOf(decode, 4, 1024, 1024) * 1000, ttftMs: ttftOf(prefill, 4, 1024) * 1000 }]
    const prior = (batch: number, input: number, output: number): { tpot: number; ttft: number } => ({ tpot: tpotOf(decode, batch, input, output), ttft: ttftOf(prefill, batch, input) })
    const { tpot } = fitGroup(one, 'closed-loop', prior).at(64, 8192, 1024)
    expect(tpot / tpotOf(decode, 64, 8192, 1024)).toBeCloseTo(1, 1)
  })

  it('reads isolated points: no stall, prefill of the whole batch', () => {
    const points = conditions.map(({ input, output, batch }) => ({ input, output, batch, version: '', tpotMs: 20 + batch * 0.1, ttftMs: 30 + batch * input * 0.05 }))
    const fit = fitGroup(points, 'isolated')
    expect(fit.decode.stall).toBe(0)
    expect(fit.at(8, 2048, 128).ttft).toBeCloseTo(0.03 + 8 * 2048 * 5e-5, 2)
  })

  it('never has a negative term', () => {
    const noisy = fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: conditions.length, maxLength: conditions.length })
    fc.assert(
      fc.property(noisy, (noise) => {
        const { decode: d, prefill: p, at } = fitGroup(planted((_, index) => noise[index]!), 'closed-loop')
        expect([...Object.values(d), ...Object.values(p)].every((value: number) => value >= 0)).toBe(true)
        expect(at(200, 3000, 40).tpot).toBeGreaterThan(0)
      }),
      { numRuns: 50 },
    )
  })
})
