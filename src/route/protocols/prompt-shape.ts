import { hash } from 'node:crypto'
import type { Api, PromptSegment, PromptShape } from '../../core/call.ts'
import { isObject, type Json } from './json.ts'
import type { Span } from './parse-spans.ts'

const MAX_TOOLS = 64
const MAX_NAME = 64
const HEX_DIGITS = 16

/** Told of every text of a prompt, in order. */
type Take = (segment: PromptSegment, text: string) => void

/**
 * What a prompt is made of, from the parsed body alone: lengths of texts are known, so that it costs some 20 ns a message.
 * `hashes` costs the reading of every character besides. `declared`: where the body has its tools. Null for embeddings, which have
 * no prompt.
 */
export function promptShape(api: Api, json: Json, hashes: boolean, declared?: Span): PromptShape | null {
  if (api === 'embeddings') return null
  const characters: Record<PromptSegment, number> = { system: 0, history: 0, retrieved: 0, toolResults: 0, question: 0 }
  const texts: Record<PromptSegment, string[]> | null = hashes ? { system: [], history: [], retrieved: [], toolResults: [], question: [] } : null
  walk(api, json, (segment, text) => {
    characters[segment] += text.length
    texts?.[segment].push(text)
  })
  const tools = toolNames(json)
  const shape = tools.length === 0 || declared === undefined ? { characters, tools } : { characters, tools, toolBytes: declared.end - declared.start }
  if (texts === null) return shape
  return { ...shape, hashes: hashesOf(texts, json['tools'] ?? json['functions']) }
}

/** A name of a function in a record: cut. */
export function toolName(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_NAME) : null
}

/** Adds the name of a function that an answer called, up to 64 of them. */
export function addTool(into: string[], value: unknown): void {
  const name = toolName(value)
  if (name !== null && into.length < MAX_TOOLS) into.push(name)
}

/** Of `tools` in any dialect, and of the `functions` of old: `{function: {name}}` or `{name}`; hosted tools by their type. */
function toolNames(json: Json): readonly string[] {
  const tools = json['tools'] ?? json['functions']
  const names: string[] = []
  if (!Array.isArray(tools)) return names
  for (const tool of tools as readonly unknown[]) {
    if (isObject(tool)) addTool(names, isObject(tool['function']) ? tool['function']['name'] : (tool['name'] ?? tool['type']))
  }
  return names
}

function walk(api: Api, json: Json, take: Take): void {
  // `system` is Anthropic's, `instructions` that of the Responses API.
  texts(json['system'] ?? json['instructions'], 'system', take)
  if (api === 'completions') return texts(json['prompt'], 'question', take)
  const turns = api === 'responses' ? json['input'] : json['messages']
  if (!Array.isArray(turns)) return texts(turns, 'question', take)
  const last = (turns as readonly unknown[]).findLastIndex((turn) => isObject(turn) && turn['role'] === 'user')
  for (let index = 0; index < turns.length; index++) {
    const turn: unknown = turns[index]
    if (isObject(turn)) readTurn(turn, index === last, take)
  }
}

function readTurn(turn: Json, isLast: boolean, take: Take): void {
  switch (turn['role'] ?? turn['type']) {
    case 'system':
    case 'developer':
      return texts(turn['content'], 'system', take)
    case 'tool':
    case 'function':
      return texts(turn['content'], 'toolResults', take)
    case 'function_call_output':
      return texts(turn['output'], 'toolResults', take)
    case 'user':
      return texts(turn['content'], isLast ? 'question' : 'history', take)
    default:
      texts(turn['content'], 'history', take)
      if (Array.isArray(turn['tool_calls'])) for (const call of turn['tool_calls'] as readonly unknown[]) if (isObject(call)) readCall(call['function'], take)
      readCall(turn, take)
  }
}

function readCall(call: unknown, take: Take): void {
  if (isObject(call) && typeof call['arguments'] === 'string') take('history', call['arguments'])
}

/** A text, or a list of parts with texts in them. Documents and search results were retrieved, whoever passes them on. */
function texts(content: unknown, segment: PromptSegment, take: Take): void {
  if (typeof content === 'string') return take(segment, content)
  if (!Array.isArray(content)) return
  for (const part of content as readonly unknown[]) {
    if (typeof part === 'string') take(segment, part)
    else if (!isObject(part)) continue
    else if (typeof part['text'] === 'string') take(segment, part['text'])
    else if (part['type'] === 'tool_result') texts(part['content'], 'toolResults', take)
    else if (part['type'] === 'document' || part['type'] === 'search_result') readDocument(part, take)
    else if (part['type'] === 'tool_use' && part['input'] !== undefined) take('history', JSON.stringify(part['input']))
  }
}

function readDocument(part: Json, take: Take): void {
  const { source } = part
  if (isObject(source) && source['type'] === 'text' && typeof source['data'] === 'string') take('retrieved', source['data'])
  texts(isObject(source) ? source['content'] : part['content'], 'retrieved', take)
}

function hashesOf(segments: Readonly<Record<PromptSegment, readonly string[]>>, tools: unknown): NonNullable<PromptShape['hashes']> {
  const hashes: { [segment in PromptSegment | 'tools']?: string } = {}
  for (const [segment, parts] of Object.entries(segments) as [PromptSegment, readonly string[]][]) if (parts.length > 0) hashes[segment] = digest(parts)
  if (Array.isArray(tools) && tools.length > 0) hashes.tools = digest(tools)
  return hashes
}

function digest(value: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(value), 'hex').slice(0, HEX_DIGITS)
}
