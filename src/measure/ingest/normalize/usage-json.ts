import type { ReportedUsage } from './usage.ts'

type Json = Readonly<Record<string, unknown>>

/** Langfuse's keys, and OpenAI's and Anthropic's that its clients pass on, by what they count. */
const KEYS: { readonly [K in keyof ReportedUsage]: readonly string[] } = {
  input: ['input', 'prompt_tokens', 'promptTokens', 'input_tokens'],
  cacheRead: ['input_cache_read', 'input_cached_tokens', 'cache_read_input_tokens', 'cached_tokens'],
  cacheWrite: ['input_cache_creation', 'input_cache_write', 'cache_creation_input_tokens'],
  audioInput: ['input_audio_tokens', 'input_audio'],
  imageInput: ['input_image_tokens', 'input_image'],
  output: ['output', 'completion_tokens', 'completionTokens', 'output_tokens'],
  reasoning: ['output_reasoning_tokens', 'output_reasoning', 'reasoning_tokens'],
  audioOutput: ['output_audio_tokens', 'output_audio'],
  total: ['total', 'total_tokens', 'totalTokens'],
}
/** Cache writes by their lifetime, which have one bucket. */
const WRITES = ['input_cache_creation_5m', 'input_cache_creation_1h']

export interface UsageOfJson {
  readonly reported: ReportedUsage
  /** OpenAI's own keys count parts inside the whole; Langfuse's and Anthropic's beside it. */
  readonly reads: 'inclusive' | 'exclusive'
  readonly raw: readonly (readonly [string, number])[]
}

/** Usage from an object such as Langfuse's `usageDetails`; null where it has no count. */
export function usageOfJson(json: Json): UsageOfJson | null {
  const flat: Record<string, unknown> = { ...json }
  const openai = 'prompt_tokens' in json || 'promptTokens' in json
  for (const [key, prefix] of [['prompt_tokens_details', 'input_'], ['input_tokens_details', 'input_'], ['completion_tokens_details', 'output_'], ['output_tokens_details', 'output_']] as const) {
    const details = json[key]
    if (typeof details === 'object' && details !== null) for (const [name, value] of Object.entries(details)) flat[`${prefix}${name}`] ??= value
  }
  const raw = Object.entries(flat).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  if (raw.length === 0) return null
  const first = (names: readonly string[]): number | null => {
    const name = names.find((one) => typeof flat[one] === 'number')
    return name === undefined ? null : (flat[name] as number)
  }
  const writes = WRITES.map((name) => flat[name]).filter((value) => typeof value === 'number')
  const reported = Object.fromEntries(Object.entries(KEYS).map(([field, names]) => [field, first(names)])) as unknown as ReportedUsage
  return {
    reported: writes.length === 0 ? reported : { ...reported, cacheWrite: (reported.cacheWrite ?? 0) + writes.reduce((a, b) => a + b, 0) },
    reads: openai ? 'inclusive' : 'exclusive',
    raw,
  }
}
