import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TtftModel } from './ttft-model.ts'

function taught(points: readonly (readonly [load: number, tokens: number, ms: number])[], times = 8): TtftModel {
  const model = new TtftModel()
  for (let i = 0; i < times; i++) for (const [load, tokens, ms] of points) model.observe(load, tokens, ms, i)
  return model
}

describe('TtftModel', () => {
  it('knows nothing before it has seen a few', () => {
    const model = new TtftModel()
    for (let i = 0; i < 3; i++) model.observe(0, 100, 50, i)
    expect(model.predict(0, 100, 3)).toBeNull()
    model.observe(0, 100, 50, 3)
    expect(model.predict(0, 100, 3)).toBe(50)
  })

  it('tells loads apart, and takes the nearest lower one where it has seen nothing', () => {
    const model = taught([[0.1, 100, 50], [0.9, 100, 400]])
    expect([model.usual(0.1, 9), model.usual(0.5, 9), model.usual(0.95, 9), model.usual(7, 9)]).toEqual([50, 50, 400, 400])
    expect(taught([[0.9, 100, 400]]).usual(0.1, 9)).toBeNull()
  })

  it('learns what prompt tokens cost', () => {
    const model = taught([[0, 100, 60], [0, 1100, 160], [0, 500, 100]], 30)
    expect(model.predict(0, 100, 30)).toBeCloseTo(60, 0)
    expect(model.predict(0, 2100, 30)).toBeCloseTo(260, -1)
    expect(model.predict(0, 0, 30)).toBeGreaterThanOrEqual(0)
  })

  it('never says that longer prompts are faster', () => {
    const model = taught([[0, 100, 500], [0, 1000, 50]], 20)
    expect(model.predict(0, 5000, 20)).toBeGreaterThanOrEqual(model.predict(0, 10, 20)!)
  })

  it('follows a change', () => {
    const model = taught([[0, 100, 50]], 50)
    for (let i = 0; i < 30; i++) model.observe(0, 100, 500, 60 + i)
    expect(model.predict(0, 100, 90)).toBeGreaterThan(490)
  })

  it('forgets what it has not seen for half a minute, so that a slow floor is tried again', () => {
    const model = taught([[0, 100, 9999]])
    expect(model.predict(0, 100, 30_000)).toBe(9999)
    expect(model.predict(0, 100, 30_100)).toBeNull()
    for (let i = 0; i < 4; i++) model.observe(0, 100, 50, 40_000)
    expect(model.predict(0, 100, 40_000)).toBe(50)
  })

  it('ignores what is no time or no count', () => {
    const model = taught([[0, 100, 50]])
    for (const [tokens, ms] of [[Number.NaN, 10], [10, Number.NaN], [10, -5], [10, Number.POSITIVE_INFINITY], [-1, 10]] as const) model.observe(0, tokens, ms, 9)
    model.observe(Number.NaN, 10, 10, 9)
    expect(model.predict(0, 100, 9)).toBe(50)
  })

  it('always says a number that is no more than it could have learned', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double({ min: 0, max: 3, noNaN: true }), fc.nat(10_000), fc.nat(10_000)), { minLength: 4, maxLength: 60 }), fc.double({ min: 0, max: 3, noNaN: true }), (seen, load) => {
        const model = new TtftModel()
        for (const [at, [load, tokens, ms]] of seen.entries()) model.observe(load, tokens, ms, at)
        const usual = model.usual(load, seen.length) ?? 0
        expect(usual).toBeGreaterThanOrEqual(0)
        expect(usual).toBeLessThanOrEqual(Math.max(...seen.map(([, , ms]) => ms)))
        expect(model.predict(load, 500, seen.length) ?? 0).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})
