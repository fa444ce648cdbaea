import type { TokenUsage } from '../../../core/billing/rate-card.ts'
import { countAt, isObject, objectAt, type Json } from '../json.ts'

/**
 * Anthropic's `usage` as disjoint buckets (platform.claude.com/docs, "Messages": `input_tokens` excludes what was read
 * from and written to the cache, `output_tokens` includes thinking). Null for what is no usage.
 */
export function usageOfMessage(usage: unknown): TokenUsage | null {
  if (!isObject(usage)) return null
  const input = countAt(usage, 'input_tokens')
  const output = countAt(usage, 'output_tokens')
  if (input === null && output === null) return null
  const cacheRead = countAt(usage, 'cache_read_input_tokens') ?? 0
  const cacheWrite = countAt(usage, 'cache_creation_input_tokens') ?? 0
  const reasoning = Math.min(output ?? 0, countAt(objectAt(usage, 'output_tokens_details'), 'thinking_tokens') ?? 0)
  return {
    inputUncached: input ?? 0,
    output: (output ?? 0) - reasoning,
    ...(cacheRead > 0 ? { cacheRead } : {}),
    ...(cacheWrite > 0 ? { cacheWrite } : {}),
    ...(reasoning > 0 ? { reasoning } : {}),
  }
}

/** For a Messages client. */
export function messageUsage(usage: TokenUsage): Json {
  const reasoning = usage.reasoning ?? 0
  return {
    input_tokens: (usage.inputUncached ?? 0) + (usage.audioInput ?? 0) + (usage.imageInput ?? 0),
    cache_creation_input_tokens: usage.cacheWrite ?? 0,
    cache_read_input_tokens: usage.cacheRead ?? 0,
    output_tokens: (usage.output ?? 0) + reasoning + (usage.audioOutput ?? 0),
    ...(reasoning > 0 ? { output_tokens_details: { thinking_tokens: reasoning } } : {}),
  }
}

/** For a chat client, of a Messages upstream's buckets. */
export function chatUsage(usage: TokenUsage): Json {
  const prompt = (usage.inputUncached ?? 0) + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0)
  const completion = (usage.output ?? 0) + (usage.reasoning ?? 0)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: usage.cacheRead ?? 0, cache_write_tokens: usage.cacheWrite ?? 0 },
    completion_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
  }
}
