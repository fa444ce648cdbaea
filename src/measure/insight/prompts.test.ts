import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE, MODELS, START, type CallPlan, type TraceBuilder } from './labelled/builder.ts'
import { analysed, found } from './testing.ts'

/** Calls five minutes apart, all of `model` plain with 1,000 tokens of question. */
function calls(builder: TraceBuilder, count: number, of: (n: number) => Partial<CallPlan> & { readonly system?: number; readonly tools?: readonly string[]; readonly toolTokens?: number }, from = START): void {
  for (let n = 0; n < count; n++) {
    const { system = 0, toolTokens = 0, ...plan } = of(n)
    builder.call({ at: from + n * MINUTE, feature: 'f', model: 'plain', parts: [{ role: 'tools', tokens: toolTokens, text: 'same' }, { role: 'system', tokens: system, text: 'same' }, { role: 'user', tokens: 1000, text: 'same' }], output: 10, ...plan })
  }
}

const TOOLS = ['a', 'b', 'c', 'd']
const judged = (success: (n: number) => boolean, version: string, system: number) => (n: number) => ({ prompt: 'p', version, system, success: success(n) })
const nineOfTen = (n: number): boolean => n % 10 !== 0

describe('unused tools', () => {
  it('three of four were never called: three quarters of what all four take', async () => {
    expect(await found('unused-tools', (builder) => calls(builder, 400, (n) => ({ tools: TOOLS, toolTokens: 1000, called: n % 50 === 0 ? ['a'] : [] })))).toEqual([{ name: 'f', calls: 400, usd: expect.closeTo((400 * 750 * MODELS.plain.input) / 1e9, 1), maybe: false }])
  })

  it.each<[string, number, (n: number) => Partial<CallPlan> & { readonly toolTokens: number }]>([
    ['each was called once', 400, (n) => ({ tools: TOOLS, toolTokens: 1000, called: n < 4 ? [TOOLS[n]!] : [] })],
    ['299 calls: a tool of one in a hundred may be among them', 299, () => ({ tools: TOOLS, toolTokens: 1000 })],
    ['an application that never says which it called', 400, () => ({ tools: TOOLS, toolTokens: 1000, source: 'otlp' })],
  ])('%s: nothing', async (_, count, of) => expect(await found('unused-tools', (builder) => calls(builder, count, of))).toEqual([]))
})

/** Two sets of instructions without a name, the second so much later. */
const versions = (gap: number) => (builder: TraceBuilder): void => {
  for (const [index, tokens] of [500, 2500].entries()) calls(builder, 600, (n) => ({ parts: [{ role: 'system', tokens, text: `v${index}` }, { role: 'user', tokens: 100, text: 'same' }], success: nineOfTen(n) }), START + index * gap)
}

describe('bloat', () => {
  it('a version that takes more and does no better: the tokens more, at their price', async () => {
    expect(await found('bloat', (builder) => {
      calls(builder, 600, judged(nineOfTen, '1', 500))
      calls(builder, 600, judged(nineOfTen, '2', 2500))
    })).toEqual([{ name: 'p, version 2', calls: 600, usd: expect.closeTo((600 * 2000 * MODELS.plain.input) / 1e9, 0), maybe: false }])
  })

  it('too few judged: perhaps', async () => {
    expect(await found('bloat', (builder) => {
      calls(builder, 60, judged(nineOfTen, '1', 500))
      calls(builder, 60, judged(nineOfTen, '2', 2500))
    })).toMatchObject([{ name: 'p, version 2', maybe: true }])
  })

  it('instructions without a name that others followed; side by side they are two tasks', async () => {
    expect(await found('bloat', versions(11 * HOUR))).toMatchObject([{ maybe: false }])
    expect(await found('bloat', versions(HOUR))).toEqual([])
  })

  it.each<[string, (builder: TraceBuilder) => void]>([
    ['it does better', (builder) => { calls(builder, 600, judged((n) => n % 4 !== 0, '1', 500)); calls(builder, 600, judged(nineOfTen, '2', 2500)) }],
    ['a fifth more', (builder) => { calls(builder, 600, judged(nineOfTen, '1', 1000)); calls(builder, 600, judged(nineOfTen, '2', 1200)) }],
    ['read from the cache: it costs no more', (builder) => { calls(builder, 600, judged(nineOfTen, '1', 1000)); calls(builder, 600, (n) => ({ ...judged(nineOfTen, '2', 3000)(n), model: 'large', cacheRead: 2600 })) }],
    ['fewer than 50 calls', (builder) => { calls(builder, 600, judged(nineOfTen, '1', 500)); calls(builder, 49, judged(nineOfTen, '2', 2500)) }],
    ['only the questions are longer', (builder) => { calls(builder, 600, judged(nineOfTen, '1', 500)); calls(builder, 600, (n) => ({ prompt: 'p', version: '2', success: nineOfTen(n), parts: [{ role: 'system', tokens: 500, text: 'same' }, { role: 'user', tokens: 9000, text: 'same' }] })) }],
  ])('%s: no bloat', async (_, build) => expect(await found('bloat', build)).toEqual([]))
})

/** A place that reads nothing from a cache, and perhaps another that does. */
const uncached = (some: boolean) => (builder: TraceBuilder): void => {
  calls(builder, 100, () => ({ model: 'large', system: 5000 }))
  if (some) calls(builder, 5, () => ({ feature: 'other', model: 'large', system: 3000, cacheRead: 2000 }))
}

async function kinds(some: boolean): Promise<string[]> {
  const { report } = await analysed(uncached(some), 1, {})
  return report.findings.map(({ kind, subject }) => `${kind} ${subject.name}`)
}

describe('missed cache', () => {
  const READ = MODELS.large.input - MODELS.large.cacheRead
  const WRITE = MODELS.large.cacheWrite - MODELS.large.input

  it('the same long start within five minutes, paid in full: reading it would have cost a tenth, writing it a quarter more', async () => {
    const [finding] = await found('missed-cache', (builder) => calls(builder, 100, () => ({ model: 'large', system: 5000 })))
    // Bytes a token differ, so that the part of the prompt is known within some percent.
    expect(finding).toMatchObject({ name: 'f, large', calls: 100, maybe: false })
    expect(Math.abs(finding!.usd / ((5000 * (99 * READ - WRITE)) / 1e9) - 1)).toBeLessThan(0.05)
  })

  it('what is written to the cache anew each time, and never read', async () => {
    const [finding] = await found('missed-cache', (builder) => calls(builder, 100, () => ({ model: 'large', system: 5000, cacheWrite: 5000 })))
    expect(Math.abs(finding!.usd / ((5000 * 99 * (MODELS.large.cacheWrite - MODELS.large.cacheRead)) / 1e9) - 1)).toBeLessThan(0.05)
  })

  it('where the price is not known, other calls of the model that read from a cache show that it has one', async () => {
    expect([await kinds(false), await kinds(true)]).toEqual([[], ['missed-cache f']])
  })

  it.each<[string, (builder: TraceBuilder) => void]>([
    ['a price without cache reads', (builder) => calls(builder, 100, () => ({ system: 5000 }))],
    ['shorter than a cache takes', (builder) => calls(builder, 100, () => ({ model: 'large', system: 900 }))],
    ['more than five minutes apart', (builder) => { for (let n = 0; n < 100; n++) calls(builder, 1, () => ({ model: 'large', system: 5000 }), START + n * 6 * MINUTE) }],
    ['it is read', (builder) => calls(builder, 100, (n) => ({ model: 'large', system: 5000, cacheRead: n % 2 === 0 ? 5000 : 0 }))],
    ['another start each time', (builder) => calls(builder, 100, (n) => ({ model: 'large', parts: [{ role: 'system', tokens: 5000, text: `now ${n}` }] }))],
  ])('%s: nothing missed', async (_, build) => expect(await found('missed-cache', build)).toEqual([]))
})
