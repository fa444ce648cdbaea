import { expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { MOST_SCAN } from '../../store/telemetry.ts'
import { memoryTelemetry } from '../../store/telemetry/memory.ts'
import { analyse } from './analyse.ts'
import { insightsOf, type ListedPrice } from './insights-of.ts'
import { DAY, inOrder, MINUTE, MODELS, START, TraceBuilder, weightsOf } from './labelled/builder.ts'
import { twoWeeks, TWO_WEEKS } from './labelled/two-weeks.ts'

/** The labelled models as a catalog lists them. */
const PRICES: readonly ListedPrice[] = Object.entries(MODELS).map(([id, { input, cacheRead, cacheWrite, output, cacheable }]) => ({
  id,
  card: { rule: 'tokens', tiers: [], perCall: 0n, perMillion: { inputUncached: million(input), cacheRead: cacheable ? million(cacheRead) : null, cacheWrite: million(cacheWrite), output: million(output), reasoning: null, audioInput: null, audioOutput: null, imageInput: null } },
}))

function million(nano: number): bigint {
  return BigInt(nano) * 1_000_000n
}

it('what the store holds of a tenant gives the same report as the trace itself, over many pages', async () => {
  const builder = new TraceBuilder(seededRandom(4))
  twoWeeks(builder, 9000)
  const observations = inOrder(builder.observations)
  expect(observations.length).toBeGreaterThan(MOST_SCAN * 0.9)
  const store = memoryTelemetry()
  await store.append({ observations: [...observations, ...observations.map((one) => ({ ...one, tenant: 'other' }))], scores: builder.scores, at: 1 })
  const window = { from: START, until: START + TWO_WEEKS }
  const { report } = await insightsOf(store, 'default', window, PRICES)
  const direct = await analyse({ ...window, scores: () => builder.scores, observations: () => observations.filter(({ startedAt }) => startedAt < window.until) }, { weightsOf })
  expect(report).toEqual(direct.report)
  expect(report.findings.length).toBeGreaterThan(3)
})

it('a window holds its calls only', async () => {
  const builder = new TraceBuilder(seededRandom(4))
  for (let n = 0; n < 40; n++) builder.call({ at: START + n * MINUTE, feature: 'f', model: 'large', parts: [{ role: 'user', tokens: 10, text: 'x' }], output: 1000, outcome: 'client-aborted' })
  const store = memoryTelemetry()
  await store.append({ observations: builder.observations, scores: [], at: 1 })
  const callsOf = async (from: number, until: number): Promise<number> => (await insightsOf(store, 'default', { from, until })).report.calls
  expect([await callsOf(START, START + DAY), await callsOf(START + 10 * MINUTE, START + 20 * MINUTE), await callsOf(START - DAY, START)]).toEqual([40, 10, 0])
})
