import type { ParsedCall } from '../../seams.ts'
import { isObject, type Json } from '../json.ts'
import { refuse } from '../refuse.ts'
import { llama3Prompt } from './llama-prompt.ts'

/**
 * The `input` of a language model on Replicate. Its models take a prompt, not messages, under names that Replicate's own
 * language models share (replicate.com/meta, "Input schema"). Throws CallError `not_translatable`.
 */
export function predictionInput(call: ParsedCall, model: string): Json {
  const { json } = call
  const input: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(json)) {
    if (value === null || value === undefined || IGNORED.has(name)) continue
    const to = NAMES.get(name)
    if (to !== undefined) input[to] = value
    else if (name === 'stop') input['stop_sequences'] = stopSequences(value)
    else if (!isHarmless(name, value)) refuse(name, `a model on Replicate has nothing like ${name}`)
  }
  return { ...(call.api === 'chat' ? promptOf(json['messages'], model) : { prompt: plainPrompt(json['prompt']) }), ...input }
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ['max_tokens', 'max_tokens'],
  ['max_completion_tokens', 'max_tokens'],
  ...['temperature', 'top_p', 'top_k', 'presence_penalty', 'frequency_penalty', 'seed'].map((name) => [name, name] as const),
])
/** Handled elsewhere, or for the gateway alone. */
const IGNORED: ReadonlySet<string> = new Set(['model', 'messages', 'prompt', 'stream', 'stream_options', 'user', 'safety_identifier', 'metadata'])

/** What asks for nothing that the model would not do anyway. */
function isHarmless(name: string, value: unknown): boolean {
  if (name === 'n' || name === 'best_of') return value === 1
  if (name === 'response_format') return isObject(value) && value['type'] === 'text'
  if (name === 'tools') return Array.isArray(value) && value.length === 0
  return (name === 'logprobs' || name === 'store' || name === 'echo' || name === 'parallel_tool_calls') && value === false
}

/** Replicate joins them by commas, so none may hold one. */
function stopSequences(value: unknown): string {
  const sequences: readonly unknown[] = Array.isArray(value) ? value : [value]
  return sequences
    .map((sequence, index) => (typeof sequence === 'string' && !sequence.includes(',') ? sequence : refuse(`stop[${index}]`, 'a stop sequence for Replicate is a text without a comma')))
    .join(',')
}

function plainPrompt(prompt: unknown): string {
  return typeof prompt === 'string' ? prompt : refuse('prompt', 'a prompt for Replicate is one text')
}

export interface Turn {
  readonly role: 'system' | 'user' | 'assistant'
  readonly text: string
}

/** One question with its system prompt goes to any model; a conversation needs the model's own template. */
function promptOf(messages: unknown, model: string): Json {
  if (!Array.isArray(messages)) refuse('messages', 'messages is not a list')
  const turns = messages.map((message, index) => turnOf(message, `messages[${index}]`))
  const system = turns.filter(({ role }) => role === 'system').map(({ text }) => text)
  const said = turns.filter(({ role }) => role !== 'system')
  const [question] = said
  if (said.length === 1 && question?.role === 'user' && turns.at(-1) === question) {
    return { ...(system.length === 0 ? {} : { system_prompt: system.join('\n\n') }), prompt: question.text }
  }
  const prompt = llama3Prompt(model, turns)
  if (prompt === null) refuse('messages', 'for a model on Replicate other than Llama 3 only one user message can be translated', 'Send a system prompt and one question, or use an upstream that takes messages')
  // The prompt is complete, so the model's own template adds nothing.
  return { prompt, prompt_template: '{prompt}' }
}

function turnOf(message: unknown, path: string): Turn {
  if (!isObject(message)) refuse(path, 'a message is not an object')
  const { role, content, tool_calls: calls } = message
  if (Array.isArray(calls) && calls.length > 0) refuse(`${path}.tool_calls`, 'a model on Replicate takes no tools')
  const name = role === 'developer' ? 'system' : role
  if (name !== 'system' && name !== 'user' && name !== 'assistant') refuse(`${path}.role`, `a model on Replicate has no role ${String(role)}`)
  return { role: name, text: textOf(content, `${path}.content`) }
}

function textOf(content: unknown, path: string): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) refuse(path, 'the content is neither a string nor a list of parts')
  return content
    .map((part, index) => (isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string' ? part['text'] : refuse(`${path}[${index}]`, 'only text can be sent to a model on Replicate')))
    .join('\n\n')
}
