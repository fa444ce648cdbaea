/** Why an answer ended, from Anthropic's word to OpenAI's. */
const TO_CHAT: ReadonlyMap<unknown, string> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['pause_turn', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
])

const FROM_CHAT: ReadonlyMap<unknown, string> = new Map([
  ['stop', 'end_turn'],
  ['length', 'max_tokens'],
  ['tool_calls', 'tool_use'],
  ['function_call', 'tool_use'],
  ['content_filter', 'refusal'],
])

/** A word that we do not know ends an answer like any other: `stop`. */
export function finishReason(stopReason: unknown): string {
  return TO_CHAT.get(stopReason) ?? 'stop'
}

export interface Stop {
  readonly stop_reason: string
  readonly stop_sequence: string | null
}

/** `matched` is the stop string that vLLM and SGLang name beside the finish reason; where they do, it is told. */
export function stopOf(finish: unknown, matched: unknown): Stop {
  if (finish === 'stop' && typeof matched === 'string') return { stop_reason: 'stop_sequence', stop_sequence: matched }
  return { stop_reason: FROM_CHAT.get(finish) ?? 'end_turn', stop_sequence: null }
}

/** The stop string of a choice: `stop_reason` is vLLM's name, `matched_stop` SGLang's. */
export function matchedStop(choice: Readonly<Record<string, unknown>>): unknown {
  return choice['stop_reason'] ?? choice['matched_stop']
}
