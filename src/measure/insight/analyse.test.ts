import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { analyse, type LeanRequest } from './analyse.ts'
import { inOrder, MINUTE, MODELS, START, TraceBuilder, weightsOf } from './labelled/builder.ts'
import { twoWeeks, TWO_WEEKS } from './labelled/two-weeks.ts'
import { analysed } from './testing.ts'

async function listed(requests: AsyncIterable<LeanRequest>): Promise<LeanRequest[]> {
  const all: LeanRequest[] = []
  for await (const request of requests) all.push(request)
  return all
}

/** A tool server that nobody uses, whose whole prompt is the same each time and paid in full, and a third of the answers closed. */
function threeLeaksInOne(builder: TraceBuilder): void {
  for (let n = 0; n < 600; n++) builder.call({ at: START + n * MINUTE, feature: 'f', model: 'large', parts: [{ role: 'tools', tokens: 2000, text: 'same' }, { role: 'system', tokens: 2000, text: 'same' }], output: 300, tools: ['a', 'b'], called: [], outcome: n % 3 === 0 ? 'client-aborted' : 'ok' })
}

const closed = (output: number) => (builder: TraceBuilder): void => {
  for (let n = 0; n < 20; n++) builder.call({ at: START + n * MINUTE, feature: 'f', model: 'small', parts: [{ role: 'user', tokens: 10, text: 'x' }], output, outcome: 'client-aborted' })
}

describe('analyse', () => {
  it('counts a dollar once: each mend is credited with what is left by those before it', async () => {
    const { report } = await analysed(threeLeaksInOne)
    const lost = Object.fromEntries(report.findings.map(({ kind, lostNanoUsd }) => [kind, Number(lostNanoUsd) / 600]))
    const { input, cacheRead, output } = MODELS.large
    expect(lost['abandoned']).toBe((300 * output) / 3)
    expect(lost['unused-tools']).toBeCloseTo(2000 * input, -3)
    // Not 4,000 tokens: the tools are gone already.
    expect(Math.abs(lost['missed-cache']! / (2000 * (input - cacheRead)) - 1)).toBeLessThan(0.01)
    expect(Number(report.lostNanoUsd)).toBe(report.findings.reduce((sum, { lostNanoUsd }) => sum + Number(lostNanoUsd), 0))
    expect(Number(report.lostNanoUsd)).toBeLessThan(Number(report.spentNanoUsd))
  })

  it('the calls without the waste, of all leaks or of some', async () => {
    const { report, without } = await analysed(threeLeaksInOne)
    const lean = await listed(without())
    expect(lean).toHaveLength(600)
    // The tools' half of the prompt is gone, and what is left is read from the cache; a closed answer is not generated.
    expect(lean[1]).toEqual({ at: START + MINUTE, inputTokens: expect.closeTo(2000, -2), cachedTokens: expect.closeTo(2000, -2), outputTokens: 300, durationMs: expect.any(Number) })
    expect(lean.filter(({ outputTokens }) => outputTokens === 0)).toHaveLength(200)
    const abandoned = report.findings.find(({ kind }) => kind === 'abandoned')!
    expect((await listed(without([abandoned.id])))[0]).toMatchObject({ inputTokens: 4000, cachedTokens: 0, outputTokens: 0 })
    expect((await listed(without([])))[0]).toMatchObject({ inputTokens: 4000, outputTokens: 300 })
  })

  it('the same report and the same calls each time, and never more lost than spent', async () => {
    const builder = new TraceBuilder(seededRandom(11))
    twoWeeks(builder, 6000)
    const observations = inOrder(builder.observations)
    const source = { from: START, until: START + TWO_WEEKS, scores: () => builder.scores, observations: () => observations }
    const [first, second] = [await analyse(source, { weightsOf }), await analyse(source, { weightsOf })]
    expect(second.report).toEqual(first.report)
    expect(await listed(second.without())).toEqual(await listed(first.without()))
    const { spentNanoUsd, lostNanoUsd, findings } = first.report
    expect(findings.length).toBeGreaterThan(3)
    expect(BigInt(lostNanoUsd)).toBeLessThan(BigInt(spentNanoUsd))
    for (const { evidence, calls } of findings) expect(evidence.length).toBe(Math.min(20, calls))
  })

  it('what has no known cost is told, not taken for free', async () => {
    const { report } = await analysed((builder) => {
      const call = builder.call({ at: START, feature: 'f', model: 'small', parts: [{ role: 'user', tokens: 10, text: 'x' }], output: 1 })
      builder.observations[0] = { ...call, cost: { nanoUsd: '0', status: 'unknown', missing: [], priceVersion: 'none' } }
    })
    expect(report).toMatchObject({ calls: 1, limits: ['1 call has no known cost and counts as nothing'] })
  })

  it('days that are not whole are in no projection', async () => {
    const { report } = await analysed((builder) => {
      for (let n = 0; n < 40; n++) builder.call({ at: START + (n * 24 * 60 * MINUTE) / 10, feature: 'f', model: 'large', parts: [{ role: 'user', tokens: 10, text: 'x' }], output: 1000, outcome: 'client-aborted' })
    }, 3.5)
    // Ten a day, each 15 million nano-dollars.
    expect(report.findings).toMatchObject([{ calls: 40, monthly: { nanoUsd: '4500000000', low: '4500000000', high: '4500000000' } }])
  })

  it('nothing says nothing', async () => {
    const { report, without } = await analysed(() => {})
    expect(report).toMatchObject({ calls: 0, spentNanoUsd: '0', lostNanoUsd: '0', findings: [], limits: [] })
    expect(await listed(without())).toEqual([])
  })

  it('a leak of less than a cent is not told', async () => {
    expect((await analysed(closed(390))).report.findings).toEqual([])
    expect((await analysed(closed(410))).report.findings).toMatchObject([{ kind: 'abandoned', calls: 20 }])
  })
})
