import type { ParsedCall } from '../../seams.ts'
import { countAt, isObject, type Json } from '../json.ts'

/** Shapes a prediction's output as OpenAI's answers, whole or in chunks, for the call's API. */
export class Answers {
  readonly id: string
  readonly #chat: boolean
  readonly #head: Json
  readonly #limit: unknown

  /** `created` is in Unix seconds. */
  constructor(call: ParsedCall, id: string, created: number) {
    this.id = id
    this.#chat = call.api === 'chat'
    this.#head = { id, created, model: call.model }
    this.#limit = call.json['max_completion_tokens'] ?? call.json['max_tokens']
  }

  whole(text: string, metrics: unknown): Json {
    const usage = usageOf(metrics)
    const finish = this.#reason(metrics)
    const choice = this.#chat ? { message: { role: 'assistant', content: text, refusal: null } } : { text }
    return { ...this.#head, object: this.#chat ? 'chat.completion' : 'text_completion', choices: [{ index: 0, ...choice, logprobs: null, finish_reason: finish }], ...(usage === null ? {} : { usage }) }
  }

  piece(text: string): Json {
    return this.#chunk([{ index: 0, ...(this.#chat ? { delta: { role: 'assistant', content: text } } : { text }), logprobs: null, finish_reason: null }])
  }

  finish(metrics: unknown): Json {
    return this.#chunk([{ index: 0, ...(this.#chat ? { delta: {} } : { text: '' }), logprobs: null, finish_reason: this.#reason(metrics) }])
  }

  /** The chunk that carries usage alone; null where the model reports none. */
  usage(metrics: unknown): Json | null {
    const usage = usageOf(metrics)
    return usage === null ? null : { ...this.#chunk([]), usage }
  }

  #chunk(choices: readonly Json[]): Json {
    return { ...this.#head, object: this.#chat ? 'chat.completion.chunk' : 'text_completion', choices }
  }

  /** Replicate does not say why a model stopped; that it reached the limit shows in the count. */
  #reason(metrics: unknown): string {
    const output = isObject(metrics) ? countAt(metrics, 'output_token_count') : null
    return output !== null && typeof this.#limit === 'number' && output >= this.#limit ? 'length' : 'stop'
  }
}

/** `metrics` of Replicate's own language models count tokens; of other models they do not. */
function usageOf(metrics: unknown): Json | null {
  const input = isObject(metrics) ? countAt(metrics, 'input_token_count') : null
  const output = isObject(metrics) ? countAt(metrics, 'output_token_count') : null
  if (input === null || output === null) return null
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }
}
