import { isObject, listAt, textAt, type Json } from '../json.ts'
import { finishReason } from './finish.ts'
import { chatUsage, usageOfMessage } from './usage.ts'

/** A Message (Anthropic) as a chat completion (OpenAI). `created` is in Unix seconds, which a Message lacks. */
export function messageToChat(message: Json, created: number): Json {
  let content: string | null = null
  let reasoning: string | null = null
  const calls: Json[] = []
  for (const block of listAt(message, 'content')) {
    if (!isObject(block)) continue
    const { type } = block
    if (type === 'text') content = (content ?? '') + (textAt(block, 'text') ?? '')
    else if (type === 'thinking') reasoning = (reasoning ?? '') + (textAt(block, 'thinking') ?? '')
    else if (type === 'tool_use') calls.push({ id: block['id'], type: 'function', function: { name: block['name'], arguments: JSON.stringify(block['input'] ?? {}) } })
  }
  const usage = usageOfMessage(message['usage'])
  return {
    id: message['id'],
    object: 'chat.completion',
    created,
    model: message['model'],
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal: null, ...(reasoning === null ? {} : { reasoning_content: reasoning }), ...(calls.length === 0 ? {} : { tool_calls: calls }) },
        logprobs: null,
        finish_reason: finishReason(message['stop_reason']),
      },
    ],
    ...(usage === null ? {} : { usage: chatUsage(usage) }),
  }
}
