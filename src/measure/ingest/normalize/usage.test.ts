import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { usualReading } from './reads.ts'
import { normalizeUsage, type ReportedUsage } from './usage.ts'
import { usageOfJson } from './usage-json.ts'

const NONE: ReportedUsage = { input: null, cacheRead: null, cacheWrite: null, audioInput: null, imageInput: null, output: null, reasoning: null, audioOutput: null, total: null }
const of = (parts: Partial<ReportedUsage>, usual: 'inclusive' | 'exclusive' = 'inclusive') => normalizeUsage({ ...NONE, ...parts }, usual)

describe('disjoint buckets', () => {
  it.each([
    ['parts inside, as OpenAI and GenAI count', { input: 1200, cacheRead: 1000, output: 300, reasoning: 200 }, 'inclusive', { inputUncached: 200, cacheRead: 1000, output: 100, reasoning: 200 }],
    ['parts beside, as Langfuse counts', { input: 200, cacheRead: 1000, output: 100, reasoning: 200 }, 'exclusive', { inputUncached: 200, cacheRead: 1000, output: 100, reasoning: 200 }],
    ['a total that only the other reading makes: inclusive after all', { input: 1200, cacheRead: 1000, output: 300, total: 1500 }, 'exclusive', { inputUncached: 200, cacheRead: 1000, output: 300 }],
    ['a total that only the other reading makes: exclusive after all', { input: 1200, cacheRead: 1000, output: 300, total: 2500 }, 'inclusive', { inputUncached: 1200, cacheRead: 1000, output: 300 }],
    ['thoughts beside the output, input inside, told by the total', { input: 1200, cacheRead: 1000, output: 100, reasoning: 200, total: 1500 }, 'inclusive', { inputUncached: 200, cacheRead: 1000, output: 100, reasoning: 200 }],
    ['less input than was read from the cache: beside it, and nothing is clamped', { input: 3, cacheRead: 900, cacheWrite: 50, output: 10 }, 'inclusive', { inputUncached: 3, cacheRead: 900, cacheWrite: 50, output: 10 }],
    ['less output than reasoning: beside it', { input: 5, output: 10, reasoning: 40 }, 'inclusive', { inputUncached: 5, output: 10, reasoning: 40 }],
    ['a total that no reading makes decides nothing', { input: 1200, cacheRead: 1000, output: 300, total: 7 }, 'inclusive', { inputUncached: 200, cacheRead: 1000, output: 300 }],
    ['audio on both sides', { input: 100, audioInput: 40, output: 50, audioOutput: 30 }, 'inclusive', { inputUncached: 60, audioInput: 40, output: 20, audioOutput: 30 }],
    ['what is not said stays unknown', { output: 5 }, 'inclusive', { output: 5 }],
    ['zeros are known', { input: 0, output: 0, cacheRead: 0 }, 'inclusive', { inputUncached: 0, output: 0 }],
  ] as const)('%s', (_, reported, usual, usage) => expect(of(reported, usual)).toEqual({ usage, invalid: [] }))

  it.each([-5, 1.5, Number.NaN, Infinity, 2 ** 60])('%s is no count: named, and the bucket is unknown', (input) => {
    expect(of({ input, output: 3 })).toEqual({ usage: { output: 3 }, invalid: ['input'] })
  })

  it('no bucket is ever negative, and the buckets make one of the sums that the counts allow', () => {
    const count = fc.nat(10_000)
    fc.assert(
      fc.property(count, count, count, count, count, fc.option(count), fc.constantFrom('inclusive', 'exclusive'), (input, cacheRead, cacheWrite, output, reasoning, total, usual) => {
        const { usage } = of({ input, cacheRead, cacheWrite, output, reasoning, total }, usual)
        const all = Object.values(usage)
        expect(Math.min(...all)).toBeGreaterThanOrEqual(0)
        const sum = all.reduce((a, b) => a + b, 0)
        const parts = cacheRead + cacheWrite
        expect([0, parts].flatMap((p) => [0, reasoning].map((r) => input + p + output + r))).toContain(sum)
      }),
    )
  })

  it('the truth is found in either reading as soon as there is a total', () => {
    const count = fc.integer({ min: 1, max: 10_000 })
    fc.assert(
      fc.property(count, count, count, count, fc.boolean(), fc.boolean(), (inputUncached, cacheRead, output, reasoning, insideIn, insideOut) => {
        // Where the parts are equal, two mixed readings make the same total and cannot be told apart.
        fc.pre(cacheRead !== reasoning)
        const total = inputUncached + cacheRead + output + reasoning
        const { usage } = of({ input: inputUncached + (insideIn ? cacheRead : 0), cacheRead, output: output + (insideOut ? reasoning : 0), reasoning, total })
        expect(usage).toEqual({ inputUncached, cacheRead, output, reasoning })
      }),
    )
  })
})

it.each([
  ['@traceloop/instrumentation-anthropic', '0.26.0', 'exclusive'],
  ['@traceloop/instrumentation-anthropic', '0.27.0', 'inclusive'],
  ['@traceloop/instrumentation-anthropic', '', 'exclusive'],
  ['@traceloop/instrumentation-anthropic', 'main', 'inclusive'],
  ['gen_ai', '1.0.0', 'inclusive'],
])('scope %s %s reads %s', (name, version, reads) => expect(usualReading({ name, version })).toBe(reads))

describe('usage as JSON', () => {
  it('Langfuse: keys of its own, cache writes of both lifetimes together', () => {
    expect(usageOfJson({ input: 1, output: 2, input_cache_creation_5m: 3, input_cache_creation_1h: 4, total: 10 })).toMatchObject({ reads: 'exclusive', reported: { input: 1, output: 2, cacheWrite: 7, total: 10 } })
  })

  it("OpenAI's own usage, with its details inside the whole", () => {
    const read = usageOfJson({ prompt_tokens: 1200, completion_tokens: 300, total_tokens: 1500, prompt_tokens_details: { cached_tokens: 1000 }, completion_tokens_details: { reasoning_tokens: 200 } })!
    expect(read.reads).toBe('inclusive')
    expect(normalizeUsage(read.reported, read.reads).usage).toEqual({ inputUncached: 200, cacheRead: 1000, output: 100, reasoning: 200 })
  })

  it('no counts = no usage', () => expect(usageOfJson({ unit: 'TOKENS', input: 'many' })).toBeNull())
})
