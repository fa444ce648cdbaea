import { expect, it } from 'vitest'
import type { TokenOffer } from '../../../core/catalog/types.ts'
import { priceBook } from './price-book.ts'

const offer = (provider: string, model: string, inputUncached: bigint): TokenOffer => ({
  id: `${provider}/${model}`, provider, model, openModel: null, source: 'a test', asOf: '2026-07-24',
  card: { rule: 'tokens', perMillion: { inputUncached, cacheRead: null, cacheWrite: null, output: 2_000_000n, reasoning: null, audioInput: null, audioOutput: null, imageInput: null }, tiers: [], perCall: 0n },
} as TokenOffer)
const price = priceBook([offer('openai', 'gpt-5', 1_000_000n), offer('google', 'gemini-3', 3_000_000n), offer('openai', 'shared', 1_000_000n), offer('deepinfra', 'shared', 5_000_000n), offer('deepinfra', 'meta/llama', 4_000_000n)])
const of = (provider: string | null, model: string | null, usage = { inputUncached: 10 }) => price({ provider, model, usage, at: 0 })

it.each([
  ['openai', 'gpt-5', '10'],
  ['openai', 'gpt-5-2025-08-07', '10'],
  ['openai', 'GPT-5', '10'],
  ['openai.chat', 'gpt-5', '10'],
  ['azure.ai.openai', 'gpt-5', '10'],
  [null, 'gpt-5', '10'],
  [null, 'openai/gpt-5', '10'],
  ['gcp.vertex_ai', 'gemini-3', '30'],
  ['google.generative-ai', 'gemini-3', '30'],
  ['deepinfra', 'shared', '50'],
  ['deepinfra', 'meta/llama', '40'],
])('%s %s costs %s nano-USD', (provider, model, nanoUsd) => expect(of(provider, model)).toMatchObject({ nanoUsd, status: 'complete', priceVersion: expect.stringMatching(/@2026-07-24$/u) }))

it.each([
  ['a model that nobody lists', 'openai', 'gpt-99'],
  ['no model', 'openai', null],
  ['a name that two providers have, without a provider', null, 'shared'],
  ['somebody else who serves a listed name', 'my-own-vllm', 'gpt-5'],
  ['a listed provider without that model', 'google', 'gpt-5'],
  ['a name from Object.prototype', 'constructor', 'constructor'],
])('%s is unknown, not free', (_, provider, model) => expect(of(provider, model)).toEqual({ nanoUsd: '0', status: 'unknown', missing: [], priceVersion: 'none' }))

it('a bucket without a price makes the cost partial', () => {
  expect(price({ provider: 'openai', model: 'gpt-5', usage: { inputUncached: 10, cacheRead: 5 }, at: 0 })).toMatchObject({ nanoUsd: '10', status: 'partial', missing: ['cacheRead'] })
})
