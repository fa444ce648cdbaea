import { isObject, listAt, objectAt, parseObject, textAt, type Json } from '../json.ts'
import { readUsage } from '../openai/usage.ts'
import { matchedStop, stopOf } from './finish.ts'
import { messageUsage } from './usage.ts'

/**
 * A chat completion (OpenAI) as a Message (Anthropic). Reasoning that the engine shows is not passed on: a thinking block
 * needs Anthropic's signature, and without it the client could not send the history to an Anthropic upstream.
 */
export function messageFromChat(chat: Json): Json {
  const first = listAt(chat, 'choices')[0]
  const choice = isObject(first) ? first : {}
  const message = objectAt(choice, 'message')
  const content: Json[] = []
  const text = textAt(message, 'content')
  const refusal = textAt(message, 'refusal')
  if (text !== null && text !== '') content.push({ type: 'text', text })
  if (refusal !== null && refusal !== '') content.push({ type: 'text', text: refusal })
  for (const call of listAt(message, 'tool_calls')) if (isObject(call)) content.push(toolUse(call))
  const stop = stopOf(choice['finish_reason'], matchedStop(choice))
  return {
    id: chat['id'],
    type: 'message',
    role: 'assistant',
    model: chat['model'],
    content,
    ...(refusal !== null && refusal !== '' ? { stop_reason: 'refusal', stop_sequence: null } : stop),
    usage: messageUsage(readUsage(chat['usage']) ?? {}),
  }
}

function toolUse(call: Json): Json {
  const definition = objectAt(call, 'function')
  return { type: 'tool_use', id: call['id'], name: definition['name'], input: toolInput(textAt(definition, 'arguments') ?? '') }
}

/** What no JSON object is (an answer cut at `max_tokens`, a model's slip) is kept as text, for the client to see. */
function toolInput(text: string): Json {
  if (text === '') return {}
  return parseObject(text) ?? { invalid_json: text }
}
