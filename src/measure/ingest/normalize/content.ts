import { hash } from 'node:crypto'
import type { Observation, PromptSegment } from '../../../core/observation.ts'
import type { AttributeValue } from '../span.ts'
import { clean, type Facts, MAX_NAME } from './facts.ts'

type Json = Readonly<Record<string, unknown>>

const MOST_SEGMENTS = 256
const MOST_TOOLS = 128

export interface Content {
  readonly segments: readonly PromptSegment[]
  readonly toolsDeclared: readonly string[]
  readonly toolsCalled: readonly string[]
}

/**
 * The prompt in parts, and tools declared and called, from messages in GenAI form (`role`, `parts`) or OpenAI's (`role`,
 * `content`). The text itself is not kept: its length and a hash are.
 */
export function contentOf(facts: Facts): Content {
  const declared = jsonList(facts.value('toolsDeclared'))
  const messages = jsonList(facts.value('inputMessages')).filter(isObject)
  const segments: PromptSegment[] = []
  const system = facts.value('systemPrompt')
  if (system !== undefined) segments.push(segmentOf('system', textOf(system)))
  if (declared.length > 0) segments.push(segmentOf('tools', JSON.stringify(declared)))
  const last = messages.findLastIndex(({ role }) => role === 'user')
  for (const [index, message] of messages.slice(0, MOST_SEGMENTS).entries()) segments.push(segmentOf(roleOf(message, index, last), JSON.stringify(message['parts'] ?? message['content'] ?? message)))
  return {
    segments: segments.slice(0, MOST_SEGMENTS),
    toolsDeclared: unique(declared.map(toolName)),
    toolsCalled: unique(jsonList(facts.value('outputMessages')).filter(isObject).flatMap(callsOf)),
  }
}

/** What a tool step did. Langfuse has no attribute for the tool's name: there it is the span's. */
export function toolOf(facts: Facts, spanName: string): Observation['tool'] {
  const name = facts.text('toolName') ?? clean(spanName)
  const result = facts.value('toolResult')
  return { name, argumentsHash: hashOf(canonical(facts.value('toolArguments') ?? '')), resultHash: result === undefined ? null : hashOf(canonical(result)) }
}

function roleOf(message: Json, index: number, lastUser: number): PromptSegment['role'] {
  const { role } = message
  if (role === 'system' || role === 'developer') return 'system'
  if (role === 'tool') return 'tool-result'
  return role === 'user' && index === lastUser ? 'user' : 'history'
}

function segmentOf(role: PromptSegment['role'], text: string): PromptSegment {
  return { role, bytes: Buffer.byteLength(text), hash: hashOf(text) }
}

/** 64 bits of SHA-256. */
export function hashOf(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 16)
}

/** JSON with its names in order, so that the same arguments hash alike; a text that is no JSON is itself. */
export function canonical(value: unknown): string {
  const parsed = typeof value === 'string' ? (parsedJson(value) ?? value) : value
  return JSON.stringify(parsed, (_, one: unknown) => (isObject(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : typeof one === 'bigint' ? String(one) : one)) ?? ''
}

/** A list, or one as JSON; of text in it, what is JSON is parsed. */
function jsonList(value: AttributeValue | undefined): readonly unknown[] {
  const parsed = typeof value === 'string' ? parsedJson(value) : value
  return Array.isArray(parsed) ? parsed.map((one: unknown) => (typeof one === 'string' ? (parsedJson(one) ?? one) : one)) : []
}

function parsedJson(text: string): unknown {
  const first = text.charCodeAt(0)
  if (first !== 0x5b && first !== 0x7b) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textOf(value: AttributeValue): string {
  return typeof value === 'string' ? value : canonical(value)
}

/** `{name}` or OpenAI's `{function: {name}}`. */
function toolName(tool: unknown): string | null {
  if (!isObject(tool)) return null
  const { name, function: inner, toolName: camel } = tool
  for (const one of [name, isObject(inner) ? inner['name'] : undefined, camel]) if (typeof one === 'string') return one
  return null
}

function callsOf(message: Json): (string | null)[] {
  const { parts, tool_calls: openai, toolName: bare } = message
  if (typeof bare === 'string') return [bare]
  if (Array.isArray(parts)) return parts.filter((part) => isObject(part) && part['type'] === 'tool_call').map(toolName)
  return Array.isArray(openai) ? openai.map(toolName) : []
}

function unique(names: readonly (string | null)[]): string[] {
  return [...new Set(names.filter((name) => name !== null && name !== '').map((name) => clean(name!, MAX_NAME)))].slice(0, MOST_TOOLS)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
