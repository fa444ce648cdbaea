import { isObject, parseObject, type Json } from '../json.ts'
import { refuse } from '../refuse.ts'

export interface Turns {
  /** The system prompt; null = none. */
  readonly system: string | null
  readonly messages: readonly Json[]
}

interface Turn {
  readonly role: 'user' | 'assistant' | 'system'
  content: string | Json[]
}

/** Chat messages (OpenAI) as a system prompt and messages (Anthropic). Throws CallError `not_translatable`. */
export function chatToMessages(chat: unknown, dropped: Set<string>): Turns {
  if (!Array.isArray(chat)) refuse('messages', 'messages is not a list')
  const system: string[] = []
  const turns: Turn[] = []
  for (const [index, message] of chat.entries()) {
    const path = `messages[${index}]`
    if (!isObject(message)) refuse(path, 'a message is not an object')
    noteUnknown(message, path, dropped)
    const { role, content } = message
    if (role === 'system' || role === 'developer') {
      const text = plainText(content, `${path}.content`)
      if (turns.length === 0) system.push(text)
      else turns.push({ role: 'system', content: text })
    } else if (role === 'user') addUser(turns, userContent(content, `${path}.content`))
    else if (role === 'tool') addToolResult(turns, { type: 'tool_result', tool_use_id: message['tool_call_id'], content: plainText(content, `${path}.content`) })
    else if (role === 'assistant') turns.push({ role, content: assistantContent(message, path) })
    else refuse(`${path}.role`, `the Messages API has no role ${String(role)}`)
  }
  return { system: system.length === 0 ? null : system.join('\n\n'), messages: turns.map(({ role, content }) => ({ role, content })) }
}

const MESSAGE_FIELDS: ReadonlySet<string> = new Set(['role', 'content', 'tool_calls', 'tool_call_id', 'refusal'])
/** What engines add to an answer and clients send back with the history. */
const ECHOES: ReadonlySet<string> = new Set(['reasoning', 'reasoning_content', 'reasoning_details', 'annotations', 'name', 'prompt_cache_breakpoint'])

function noteUnknown(message: Json, path: string, dropped: Set<string>): void {
  for (const [name, value] of Object.entries(message)) {
    if (MESSAGE_FIELDS.has(name) || value === null || value === undefined) continue
    if (ECHOES.has(name)) dropped.add(`messages.${name}`)
    else refuse(`${path}.${name}`, `a message of the Messages API has nothing like ${name}`)
  }
}

/** The results of one assistant turn, and what the user says next, are one user message there. */
function addToolResult(turns: Turn[], result: Json): void {
  const last = turns.at(-1)
  if (last?.role === 'user' && Array.isArray(last.content) && last.content.every((block) => block['type'] === 'tool_result')) last.content.push(result)
  else turns.push({ role: 'user', content: [result] })
}

function addUser(turns: Turn[], content: string | Json[]): void {
  const last = turns.at(-1)
  if (last?.role !== 'user' || !Array.isArray(last.content) || last.content.at(-1)?.['type'] !== 'tool_result') {
    turns.push({ role: 'user', content })
    return
  }
  last.content.push(...(typeof content === 'string' ? [{ type: 'text', text: content }] : content))
}

function userContent(content: unknown, path: string): string | Json[] {
  if (typeof content === 'string') return content
  return parts(content, path).map((part, index) => {
    const { type } = part
    if (type === 'text') return { type: 'text', text: part['text'] }
    if (type === 'image_url') return { type: 'image', source: imageSource(part['image_url'], `${path}[${index}].image_url`) }
    return refuse(`${path}[${index}]`, `a message to an Anthropic upstream cannot hold a part of type ${String(type)}`)
  })
}

function imageSource(image: unknown, path: string): Json {
  const url = isObject(image) ? image['url'] : null
  if (typeof url !== 'string') refuse(path, 'an image has no URL')
  const match = /^data:([^;,]+);base64,/u.exec(url.slice(0, 200))
  if (match !== null) return { type: 'base64', media_type: match[1]!, data: url.slice(match[0].length) }
  if (/^https?:/iu.test(url)) return { type: 'url', url }
  return refuse(path, 'an image is neither a base64 data URL nor an http URL')
}

function assistantContent(message: Json, path: string): string | Json[] {
  const { content, tool_calls: calls, refusal } = message
  const text = content === null || content === undefined ? '' : plainText(content, `${path}.content`)
  const said = text === '' && typeof refusal === 'string' ? refusal : text
  if (calls === null || calls === undefined) {
    if (said === '') refuse(`${path}.content`, 'a message of the assistant is empty')
    return said
  }
  if (!Array.isArray(calls)) refuse(`${path}.tool_calls`, 'tool_calls is not a list')
  const uses = calls.map((call, index) => toolUse(call, `${path}.tool_calls[${index}]`))
  return said === '' ? uses : [{ type: 'text', text: said }, ...uses]
}

function toolUse(call: unknown, path: string): Json {
  const definition = isObject(call) && (call['type'] === 'function' || call['type'] === undefined) ? call['function'] : null
  if (!isObject(call) || !isObject(definition)) refuse(path, 'only function calls can be translated')
  const text = definition['arguments']
  // Engines give '' for a function without parameters.
  const input = text === '' ? {} : typeof text === 'string' ? parseObject(text) : null
  if (input === null) refuse(`${path}.function.arguments`, 'the arguments are not a JSON object')
  return { type: 'tool_use', id: call['id'], name: definition['name'], input }
}

/** Text that is a string or a list of text parts. */
function plainText(content: unknown, path: string): string {
  if (typeof content === 'string') return content
  const texts = parts(content, path).map((part, index) => {
    const text = part['type'] === 'text' ? part['text'] : part['type'] === 'refusal' ? part['refusal'] : null
    return typeof text === 'string' ? text : refuse(`${path}[${index}]`, `only text can be here for an Anthropic upstream, not ${String(part['type'])}`)
  })
  return texts.join('\n\n')
}

function parts(content: unknown, path: string): readonly Json[] {
  if (Array.isArray(content) && content.every(isObject)) return content
  return refuse(path, 'the content is neither a string nor a list of parts')
}
