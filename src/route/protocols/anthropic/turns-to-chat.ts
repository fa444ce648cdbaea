import { isObject, type Json } from '../json.ts'
import { refuse } from '../refuse.ts'

/** Messages (Anthropic) with their system prompt as chat messages (OpenAI). Throws CallError `not_translatable`. */
export function messagesToChat(system: unknown, messages: unknown, dropped: Set<string>): readonly Json[] {
  if (!Array.isArray(messages)) refuse('messages', 'messages is not a list')
  const chat: Json[] = []
  if (system !== undefined && system !== null) chat.push({ role: 'system', content: plainText(system, 'system', dropped) })
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`
    if (!isObject(message)) refuse(path, 'a message is not an object')
    const { role, content } = message
    if (role === 'system') chat.push({ role, content: plainText(content, `${path}.content`, dropped) })
    else if (role === 'user') chat.push(...userTurn(content, `${path}.content`, dropped))
    else if (role === 'assistant') chat.push(assistantTurn(content, `${path}.content`, dropped))
    else refuse(`${path}.role`, 'the role is none of user, assistant and system')
  }
  if (chat.at(-1)?.['role'] === 'assistant') refuse('messages', 'the last message is the beginning of the answer, which the chat protocol cannot continue', 'End with a user message')
  return chat
}

/** Tool results become messages of their own, in front of what the user says besides. */
function userTurn(content: unknown, path: string, dropped: Set<string>): Json[] {
  if (typeof content === 'string') return [{ role: 'user', content }]
  const turn: Json[] = []
  const parts: Json[] = []
  for (const [index, block] of blocks(content, path).entries()) {
    const at = `${path}[${index}]`
    noteHints(block, dropped)
    if (block['type'] === 'tool_result') {
      if (parts.length > 0) refuse(at, 'a tool_result follows other content', 'Put the tool results first, as the Messages API demands')
      turn.push(toolMessage(block, at, dropped))
    } else parts.push(userPart(block, at))
  }
  if (parts.length > 0 || turn.length === 0) turn.push({ role: 'user', content: shortest(parts) })
  return turn
}

function userPart(block: Json, path: string): Json {
  if (block['type'] === 'text') return { type: 'text', text: block['text'] }
  if (block['type'] === 'image') return { type: 'image_url', image_url: { url: imageUrl(block, path) } }
  return refuse(path, `a chat message cannot hold a block of type ${String(block['type'])}`)
}

function imageUrl(block: Json, path: string): string {
  const source = block['source']
  if (isObject(source)) {
    const { type, media_type: mediaType, data, url } = source
    if (type === 'url' && typeof url === 'string') return url
    if (type === 'base64' && typeof mediaType === 'string' && typeof data === 'string') return `data:${mediaType};base64,${data}`
  }
  return refuse(`${path}.source`, 'an image is neither base64 nor a URL')
}

function toolMessage(block: Json, path: string, dropped: Set<string>): Json {
  const content = block['content'] ?? ''
  const text = plainText(content, `${path}.content`, dropped)
  // A chat tool message has no flag for failure, so the model is told in words.
  return { role: 'tool', tool_call_id: block['tool_use_id'], content: block['is_error'] === true ? `Error: ${text}` : text }
}

function assistantTurn(content: unknown, path: string, dropped: Set<string>): Json {
  if (typeof content === 'string') return { role: 'assistant', content }
  let text: string | null = null
  const calls: Json[] = []
  for (const [index, block] of blocks(content, path).entries()) {
    noteHints(block, dropped)
    const { type } = block
    if (type === 'text' && typeof block['text'] === 'string') text = (text ?? '') + block['text']
    else if (type === 'tool_use') calls.push({ id: block['id'], type: 'function', function: { name: block['name'], arguments: JSON.stringify(block['input'] ?? {}) } })
    // Signed by Anthropic's models and of use to them alone; earlier turns may go without.
    else if (type === 'thinking' || type === 'redacted_thinking') dropped.add('thinking')
    else refuse(`${path}[${index}]`, `a chat message of the assistant cannot hold a block of type ${String(type)}`)
  }
  return { role: 'assistant', content: calls.length > 0 ? text : (text ?? ''), ...(calls.length > 0 ? { tool_calls: calls } : {}) }
}

/** Text that is a string or a list of text blocks. */
function plainText(content: unknown, path: string, dropped: Set<string>): string {
  if (typeof content === 'string') return content
  const texts = blocks(content, path).map((block, index) => {
    noteHints(block, dropped)
    if (block['type'] === 'text' && typeof block['text'] === 'string') return block['text']
    return refuse(`${path}[${index}]`, `only text can be here for a chat upstream, not ${String(block['type'])}`)
  })
  return texts.join('\n\n')
}

function blocks(content: unknown, path: string): readonly Json[] {
  if (Array.isArray(content) && content.every(isObject)) return content
  return refuse(path, 'the content is neither a string nor a list of blocks')
}

function noteHints(block: Json, dropped: Set<string>): void {
  if (isObject(block['cache_control'])) dropped.add('cache_control')
  if (Array.isArray(block['citations']) && block['citations'].length > 0) dropped.add('citations')
}

/** One text alone as a string, which every engine takes. */
function shortest(parts: readonly Json[]): unknown {
  return parts.length === 1 && parts[0]!['type'] === 'text' ? parts[0]!['text'] : parts
}
