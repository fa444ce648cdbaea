import type { TokenUsage } from '../../../core/billing/rate-card.ts'
import { count, isObject } from '../json.ts'
import type { Json } from '../json.ts'

/**
 * OpenAI's `usage` as disjoint buckets. Its counts overlap: `prompt_tokens` includes the cached and the audio ones,
 * `completion_tokens` the reasoning and the audio ones (platform.openai.com/docs/api-reference/chat/object, and
 * /responses/object, where they are called input and output). Null for what is no usage, and for half of one: a count that
 * cannot be read is not zero, so the call is counted and its cost an estimate.
 */
export function readUsage(value: unknown): TokenUsage | null {
  if (!isObject(value)) return null
  const prompt = count(value['prompt_tokens']) ?? count(value['input_tokens'])
  const said = value['completion_tokens'] ?? value['output_tokens'] ?? null
  const completion = count(value['completion_tokens']) ?? count(value['output_tokens'])
  if (prompt === null || (completion === null && said !== null)) return null
  const input = details(value['prompt_tokens_details'], value['input_tokens_details'])
  const output = details(value['completion_tokens_details'], value['output_tokens_details'])
  // A part is never more than what is left of the whole, so that an upstream's slip cannot make a bucket negative.
  const inputs = new Whole(prompt ?? 0)
  const cacheRead = inputs.take(count(input['cached_tokens']) ?? count(value['prompt_cache_hit_tokens']))
  const cacheWrite = inputs.take(count(input['cache_write_tokens']))
  const audioInput = inputs.take(count(input['audio_tokens']))
  const imageInput = inputs.take(count(input['image_tokens']))
  const outputs = new Whole(completion ?? 0)
  const reasoning = outputs.take(count(output['reasoning_tokens']))
  const audioOutput = outputs.take(count(output['audio_tokens']))
  return nonZero({ inputUncached: inputs.left, cacheRead, cacheWrite, output: outputs.left, reasoning, audioInput, audioOutput, imageInput })
}

const NO_DETAILS: Json = {}

function details(value: unknown, other: unknown): Json {
  return isObject(value) ? value : isObject(other) ? other : NO_DETAILS
}

class Whole {
  left: number

  constructor(total: number) {
    this.left = total
  }

  take(part: number | null): number {
    const taken = Math.min(part ?? 0, this.left)
    this.left -= taken
    return taken
  }
}

function nonZero(usage: Required<TokenUsage>): TokenUsage {
  const { inputUncached, output, cacheRead, cacheWrite, reasoning, audioInput, audioOutput, imageInput } = usage
  const kept: Partial<Record<keyof TokenUsage, number>> = { inputUncached, output }
  if (cacheRead + cacheWrite + reasoning + audioInput + audioOutput + imageInput === 0) return kept
  for (const key of ['cacheRead', 'cacheWrite', 'reasoning', 'audioInput', 'audioOutput', 'imageInput'] as const) if (usage[key] > 0) kept[key] = usage[key]
  return kept
}
