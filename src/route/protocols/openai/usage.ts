import type { TokenUsage } from '../../../core/billing/rate-card.ts'
import { countAt, isObject, objectAt } from '../json.ts'
import type { Json } from '../json.ts'

/**
 * OpenAI's `usage` as disjoint buckets. Its counts overlap: `prompt_tokens` includes the cached and the audio ones,
 * `completion_tokens` the reasoning and the audio ones (platform.openai.com/docs/api-reference/chat/object, and
 * /responses/object, where they are called input and output). Null for what is no usage, and for half of one: a count that
 * cannot be read is not zero, so the call is counted and its cost an estimate.
 */
export function readUsage(value: unknown): TokenUsage | null {
  if (!isObject(value)) return null
  const prompt = countAt(value, 'prompt_tokens') ?? countAt(value, 'input_tokens')
  const completion = countAt(value, 'completion_tokens') ?? countAt(value, 'output_tokens')
  const said = value['completion_tokens'] ?? value['output_tokens'] ?? null
  if (prompt === null || (completion === null && said !== null)) return null
  const input = details(value, 'prompt_tokens_details', 'input_tokens_details')
  const output = details(value, 'completion_tokens_details', 'output_tokens_details')
  // A part is never more than what is left of the whole, so that an upstream's slip cannot make a bucket negative.
  const inputs = new Whole(prompt ?? 0)
  const cacheRead = inputs.take(countAt(input, 'cached_tokens') ?? countAt(value, 'prompt_cache_hit_tokens'))
  const cacheWrite = inputs.take(countAt(input, 'cache_write_tokens'))
  const audioInput = inputs.take(countAt(input, 'audio_tokens'))
  const imageInput = inputs.take(countAt(input, 'image_tokens'))
  const outputs = new Whole(completion ?? 0)
  const reasoning = outputs.take(countAt(output, 'reasoning_tokens'))
  const audioOutput = outputs.take(countAt(output, 'audio_tokens'))
  return nonZero({ inputUncached: inputs.left, cacheRead, cacheWrite, output: outputs.left, reasoning, audioInput, audioOutput, imageInput })
}

function details(usage: Json, name: string, other: string): Json {
  return objectAt(usage, isObject(usage[name]) ? name : other)
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
  const kept: Partial<Record<keyof TokenUsage, number>> = { inputUncached: usage.inputUncached, output: usage.output }
  for (const key of ['cacheRead', 'cacheWrite', 'reasoning', 'audioInput', 'audioOutput', 'imageInput'] as const) if (usage[key] > 0) kept[key] = usage[key]
  return kept
}
