/** Shapes as platform.claude.com/docs ("Streaming messages", "Messages") and platform.openai.com/docs ("Chat") describe them; the contents are ours. */

interface Event {
  readonly type: string
  readonly [member: string]: unknown
}

export function messagesStream(events: readonly Event[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
}

export function chatStream(chunks: readonly object[], done = true): string {
  return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('') + (done ? 'data: [DONE]\n\n' : '')
}

/** Thinking, text and a tool call, with the cache in use. */
export const MESSAGE_EVENTS: readonly Event[] = [
  {
    type: 'message_start',
    message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-x', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 12, cache_creation_input_tokens: 30, cache_read_input_tokens: 200, output_tokens: 1 } },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'c2ln' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
  { type: 'ping' },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Let me ' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'see… ☔' } },
  { type: 'content_block_stop', index: 1 },
  { type: 'content_block_start', index: 2, content_block: { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} } },
  { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '' } },
  { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"city":' } },
  { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '"Kyiv"}' } },
  { type: 'content_block_stop', index: 2 },
  { type: 'content_block_start', index: 3, content_block: { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} } },
  { type: 'content_block_stop', index: 3 },
  { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { input_tokens: null, output_tokens: 40, output_tokens_details: { thinking_tokens: 10 } } },
  { type: 'message_stop' },
]

export const MESSAGE_USAGE = { inputUncached: 12, cacheWrite: 30, cacheRead: 200, output: 30, reasoning: 10 }

/** The same answer in one piece. */
export const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-x',
  content: [
    { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
    { type: 'text', text: 'Let me see… ☔' },
    { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Kyiv' } },
    { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 12, cache_creation_input_tokens: 30, cache_read_input_tokens: 200, output_tokens: 40, output_tokens_details: { thinking_tokens: 10 } },
}

export const CHAT_USAGE = { prompt_tokens: 242, completion_tokens: 40, total_tokens: 282, prompt_tokens_details: { cached_tokens: 200, cache_write_tokens: 30 }, completion_tokens_details: { reasoning_tokens: 10 } }

/** And in OpenAI's words. */
export const CHAT = {
  id: 'msg_1',
  object: 'chat.completion',
  created: 1_795_608_000,
  model: 'claude-x',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'Let me see… ☔',
        refusal: null,
        reasoning_content: 'Hm.',
        tool_calls: [
          { id: 'toolu_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Kyiv"}' } },
          { id: 'toolu_2', type: 'function', function: { name: 'now', arguments: '{}' } },
        ],
      },
      logprobs: null,
      finish_reason: 'tool_calls',
    },
  ],
  usage: CHAT_USAGE,
}

export function chatChunk(delta: object, over: object = {}): object {
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'llama', choices: [{ index: 0, delta, finish_reason: null, ...over }] }
}

export function usageChunk(usage: object = CHAT_USAGE): object {
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'llama', choices: [], usage }
}
