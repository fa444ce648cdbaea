import { describe, expect, it } from 'vitest'
import type { ResponseFacts } from '../seams.ts'
import { parsedCall } from '../protocols/openai/testing.ts'
import { meter, usdText } from './meter.ts'
import { HOURLY_CARD, TOKENS_CARD } from './testing.ts'

const CALL = { ...parsedCall('chat', { model: 'm', messages: [] }), promptTokens: 100 }
const SEEN: ResponseFacts = { usage: null, deltas: 0, characters: 0, finishReason: null, model: null, responseId: null, toolsCalled: [], complete: false, error: null }

describe('meter', () => {
  it('prices reported usage exactly', () => {
    expect(meter(TOKENS_CARD, 1, CALL, { ...SEEN, usage: { inputUncached: 1000, output: 10 } }, 0)).toEqual({ usage: { inputUncached: 1000, output: 10 }, usageSource: 'upstream', cost: 1_020_000n, status: 'complete', missing: [] })
  })

  it('says what had no price', () => {
    expect(meter(TOKENS_CARD, 1, CALL, { ...SEEN, usage: { inputUncached: 1, audioInput: 5 } }, 0)).toMatchObject({ status: 'partial', missing: ['audioInput'] })
  })

  it('counts what came by where no usage was reported, and says that it is an estimate', () => {
    expect(meter(TOKENS_CARD, 1, CALL, { ...SEEN, deltas: 7, characters: 20 }, 0)).toEqual({ usage: { inputUncached: 100, output: 7 }, usageSource: 'counted', cost: 114_000n, status: 'estimated', missing: [] })
    // Engines that send several tokens in a chunk: characters tell more.
    expect(meter(TOKENS_CARD, 1, CALL, { ...SEEN, deltas: 2, characters: 41 }, 0).usage.output).toBe(11)
    expect(meter(TOKENS_CARD, 1, CALL, null, 0).usage).toEqual({ inputUncached: 100, output: 0 })
  })

  it('takes the input from what the upstream reported before its stream broke off', () => {
    const usageSoFar = { inputUncached: 12, cacheRead: 200, output: 1 }
    expect(meter(TOKENS_CARD, 1, CALL, { ...SEEN, usageSoFar, deltas: 7, characters: 20 }, 0)).toEqual({ usage: { inputUncached: 12, cacheRead: 200, output: 7 }, usageSource: 'counted', cost: 46_000n, status: 'estimated', missing: [] })
  })

  it('gives a call its share of a replica that is paid by time', () => {
    // $3.60 an hour for a GPU is a microdollar a millisecond; two GPUs for a second.
    expect(meter(HOURLY_CARD, 2, CALL, { ...SEEN, usage: { inputUncached: 1, output: 1 } }, 1000)).toMatchObject({ cost: 2_000_000n, status: 'estimated', usageSource: 'upstream' })
  })
})

describe('usdText', () => {
  it.each([
    [0n, '0'],
    [1n, '0.000000001'],
    [20_000n, '0.00002'],
    [1_000_000_000n, '1'],
    [12_340_000_000n, '12.34'],
    [-5n, '-0.000000005'],
  ])('%s nano-USD', (nano, text) => {
    expect(usdText(nano)).toBe(text)
  })
})
