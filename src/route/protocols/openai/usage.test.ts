import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readUsage } from './usage.ts'

describe('readUsage', () => {
  it.each([
    ['a plain one', { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }, { inputUncached: 10, output: 5 }],
    ['cached and reasoning parts', { prompt_tokens: 100, completion_tokens: 50, prompt_tokens_details: { cached_tokens: 64 }, completion_tokens_details: { reasoning_tokens: 20 } }, { inputUncached: 36, cacheRead: 64, output: 30, reasoning: 20 }],
    ['audio on both sides', { prompt_tokens: 30, completion_tokens: 40, prompt_tokens_details: { audio_tokens: 10, cached_tokens: 5 }, completion_tokens_details: { audio_tokens: 25 } }, { inputUncached: 15, cacheRead: 5, audioInput: 10, output: 15, audioOutput: 25 }],
    ["the Responses API's names", { input_tokens: 20, output_tokens: 8, input_tokens_details: { cached_tokens: 4 }, output_tokens_details: { reasoning_tokens: 3 } }, { inputUncached: 16, cacheRead: 4, output: 5, reasoning: 3 }],
    ["DeepSeek's cache", { prompt_tokens: 20, completion_tokens: 1, prompt_cache_hit_tokens: 12, prompt_cache_miss_tokens: 8 }, { inputUncached: 8, cacheRead: 12, output: 1 }],
    ['embeddings', { prompt_tokens: 7, total_tokens: 7 }, { inputUncached: 7, output: 0 }],
    ['details that are null', { prompt_tokens: 7, completion_tokens: 1, prompt_tokens_details: null, completion_tokens_details: null }, { inputUncached: 7, output: 1 }],
    ['parts larger than the whole', { prompt_tokens: 5, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 9 }, completion_tokens_details: { reasoning_tokens: 9 } }, { inputUncached: 0, cacheRead: 5, output: 0, reasoning: 2 }],
  ])('reads %s', (_, usage, expected) => {
    expect(readUsage(usage)).toEqual(expected)
  })

  it.each([[null], [undefined], [3], ['x'], [[]], [{}], [{ prompt_tokens: -1 }], [{ prompt_tokens: 1.5 }], [{ prompt_tokens: '7' }], [{ completion_tokens: 5 }], [{ prompt_tokens: -1, completion_tokens: 5 }], [{ prompt_tokens: 5, completion_tokens: 1e308 }], [{ prompt_tokens: 5, completion_tokens: 'x' }]])('takes %j for no usage', (value) => {
    expect(readUsage(value)).toBeNull()
  })

  it('counts every token in one bucket, whatever the upstream reports', () => {
    const count = fc.integer({ min: 0, max: 1000 })
    const details = fc.record({ cached_tokens: count, audio_tokens: count, reasoning_tokens: count, image_tokens: count, cache_write_tokens: count }, { requiredKeys: [] })
    fc.assert(
      fc.property(count, count, details, details, (prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details) => {
        const usage = readUsage({ prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details })!
        const values = Object.values(usage)
        expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
        expect(values.reduce((sum, value) => sum + value, 0)).toBe(prompt_tokens + completion_tokens)
      }),
    )
  })
})
