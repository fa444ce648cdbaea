import { type KeyState, REQUESTS, TOKENS } from './key-state.ts'
import { refuse, type Refused } from './refusals.ts'
import type { SlidingSum } from './sliding-sum.ts'

/**
 * Tokens that a call holds of its key's minute. Without a stated maximum the upper estimate of the output may exceed any
 * limit; a call alone may then take the whole minute, and pays for what it truly used when it settles.
 */
export function heldTokens(prompt: number, output: number, perMinute: number): number {
  return Math.max(prompt, Math.min(prompt + output, perMinute))
}

/** Why the key's rates refuse a call that holds so many tokens; null where they let it pass. */
export function overRate(key: KeyState, promptTokens: number, tokens: number, elapsed: number): Refused | null {
  const { rpm, tpm, concurrency, minute } = key
  if (concurrency !== null && key.inFlight >= concurrency) {
    return refuse(key, 429, 'concurrency_limit_exceeded', `This key may have ${concurrency} calls at once. Wait for one to finish.`, 1000)
  }
  if (minute === null) return null
  if (rpm !== null && minute.at(elapsed, REQUESTS) + 1 > rpm) {
    return refuse(key, 429, 'rate_limit_exceeded', `This key may make ${rpm} requests a minute.`, minute.waitFor(elapsed, rpm - 1, REQUESTS))
  }
  if (tpm === null) return null
  if (promptTokens > tpm) return refuse(key, 429, 'request_exceeds_rate_limit', `This prompt has about ${promptTokens} tokens, and this key may use ${tpm} a minute: it can never pass. Make it shorter.`)
  if (minute.at(elapsed, TOKENS) + tokens <= tpm) return null
  return refuse(key, 429, 'rate_limit_exceeded', `This key may use ${tpm} tokens a minute; this call may need ${tokens}.`, minute.waitFor(elapsed, tpm - tokens, TOKENS))
}

/** Counts a call and returns the second that it counts in. */
export function takeRate(minute: SlidingSum, tokens: number, elapsed: number): number {
  minute.add(elapsed, 1, REQUESTS)
  return minute.add(elapsed, tokens, TOKENS)
}
