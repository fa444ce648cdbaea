import type { TokenUsage } from '../../../core/billing/rate-card.ts'
import type { ResponseFacts } from '../../seams.ts'
import { readUsage } from './usage.ts'
import { isObject } from '../json.ts'
import { addTool } from '../prompt-shape.ts'

/** `ResponseFacts` while a reader fills them. */
export interface FactsDraft extends ResponseFacts {
  usage: TokenUsage | null
  deltas: number
  characters: number
  finishReason: string | null
  model: string | null
  responseId: string | null
  readonly toolsCalled: string[]
  complete: boolean
  error: string | null
}

export function newFacts(): FactsDraft {
  return { usage: null, deltas: 0, characters: 0, finishReason: null, model: null, responseId: null, toolsCalled: [], complete: false, error: null }
}

/** Texts from an upstream go into records: cut. */
const MAX_TEXT = 128

export function short(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_TEXT) : null
}

/** Takes in a chat or completions object: a chunk of a stream, or the whole answer. Adds nothing where a field is absent. */
export function readCompletion(facts: FactsDraft, json: Readonly<Record<string, unknown>>): void {
  facts.model ??= short(json['model'])
  facts.responseId ??= short(json['id'])
  facts.usage = readUsage(json['usage']) ?? facts.usage
  if (json['error'] !== undefined && json['error'] !== null) facts.error ??= errorText(json['error'])
  else if (json['object'] === 'error') facts.error ??= errorText(json)
  const choices = json['choices']
  if (!Array.isArray(choices)) return
  for (const choice of choices as readonly unknown[]) {
    if (!isObject(choice)) continue
    facts.finishReason = short(choice['finish_reason']) ?? facts.finishReason
    const part = isObject(choice['delta']) ? choice['delta'] : isObject(choice['message']) ? choice['message'] : choice
    const calls = Array.isArray(part['tool_calls']) ? (part['tool_calls'] as readonly unknown[]) : null
    const characters = textLength(part) + (calls === null ? 0 : readToolCalls(facts, calls))
    if (characters === 0) continue
    facts.deltas++
    facts.characters += characters
  }
}

/** `reasoning_content` is DeepSeek's and vLLM's name, `reasoning` OpenRouter's and newer vLLM's; `text` that of completions. */
const TEXT_FIELDS = ['content', 'reasoning_content', 'reasoning', 'refusal', 'text'] as const

function textLength(part: Readonly<Record<string, unknown>>): number {
  let length = 0
  for (const field of TEXT_FIELDS) {
    const value = part[field]
    if (typeof value === 'string') length += value.length
  }
  return length
}

/** The characters of calls or of pieces of them: the name comes in the first piece alone. */
function readToolCalls(facts: FactsDraft, calls: readonly unknown[]): number {
  let length = 0
  for (const call of calls) {
    if (!isObject(call) || !isObject(call['function'])) continue
    const { name, arguments: text } = call['function']
    addTool(facts.toolsCalled, name)
    length += (typeof name === 'string' ? name.length : 0) + (typeof text === 'string' ? text.length : 0)
  }
  return length
}

/** The code of an error, or its type; never its message, which may quote anything. */
export function errorText(error: unknown): string {
  if (!isObject(error)) return 'upstream_error'
  const code = error['code']
  return (typeof code === 'number' ? `upstream_${code}` : short(code)) ?? short(error['type']) ?? 'upstream_error'
}

/** Takes in an event of a Responses stream, by its `type`, or the whole answer (which is what `response` carries). */
export function readResponsesEvent(facts: FactsDraft, json: Readonly<Record<string, unknown>>): void {
  const type = json['type']
  if (typeof type !== 'string') return
  if (type.endsWith('.delta')) {
    const delta = json['delta']
    facts.deltas++
    facts.characters += typeof delta === 'string' ? delta.length : 0
  } else if (type === 'error') {
    facts.error ??= errorText(isObject(json['error']) ? json['error'] : json)
  } else if (isObject(json['response'])) {
    readResponse(facts, json['response'])
    if (type === 'response.completed' || type === 'response.incomplete' || type === 'response.failed') facts.complete = true
  }
}

/** Takes in a Responses object. */
export function readResponse(facts: FactsDraft, response: Readonly<Record<string, unknown>>): void {
  facts.model ??= short(response['model'])
  facts.responseId ??= short(response['id'])
  const { output } = response
  // A stream tells the whole output at its end and nothing of it before.
  if (Array.isArray(output)) for (const item of output as readonly unknown[]) if (isObject(item) && item['type'] === 'function_call') addTool(facts.toolsCalled, item['name'])
  facts.usage = readUsage(response['usage']) ?? facts.usage
  const status = short(response['status'])
  if (status === 'completed') facts.finishReason = 'stop'
  if (status === 'incomplete') facts.finishReason = (isObject(response['incomplete_details']) ? short(response['incomplete_details']['reason']) : null) ?? 'incomplete'
  if (status === 'failed') facts.error ??= errorText(response['error'])
}
