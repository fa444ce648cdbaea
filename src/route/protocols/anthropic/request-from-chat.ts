import { isObject, textAt } from '../json.ts'
import { refuse } from '../refuse.ts'
import type { Json } from '../json.ts'
import type { Translation } from './request-to-chat.ts'
import { chatToMessages } from './turns-from-chat.ts'

/**
 * `max_tokens` for a client that sets none: a Messages request must have it, a chat request may leave it open. 8192 is
 * what every Claude model from 3.5 on can give; a longer answer ends with finish_reason `length`, which the client sees.
 */
export const DEFAULT_MAX_TOKENS = 8192

interface Draft {
  readonly out: Record<string, unknown>
  readonly dropped: Set<string>
}

type Field = (value: unknown, draft: Draft) => void

const copyAs = (name: string): Field => (value, draft) => {
  draft.out[name] = value
}
/** A field that is harmless at one value and has no counterpart at any other. */
const only = (name: string, ...harmless: readonly unknown[]): Field => (value) => {
  if (!harmless.includes(value)) refuse(name, `the Messages API has nothing like ${name}`)
}
const none = (name: string): Field => (value) => {
  const empty = (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0)
  if (!empty) refuse(name, `the Messages API has nothing like ${name}`)
}
const hint = (name: string): Field => (_value, draft) => {
  draft.dropped.add(name)
}
const HINTS = ['metadata', 'prediction', 'prompt_cache_key', 'prompt_cache_options', 'prompt_cache_retention', 'seed', 'service_tier']

/** What becomes of each field of a chat request. A field that is not here is refused. */
const FIELDS = new Map<string, Field>(
  Object.entries({
    ...Object.fromEntries(['model', 'top_p', 'top_k', 'stream'].map((name) => [name, copyAs(name)])),
    ...Object.fromEntries(HINTS.map((name) => [name, hint(name)])),
    ...Object.fromEntries(['frequency_penalty', 'presence_penalty'].map((name) => [name, only(name, 0)])),
    ...Object.fromEntries(['logprobs', 'store'].map((name) => [name, only(name, false)])),
    ...Object.fromEntries(['functions', 'logit_bias'].map((name) => [name, none(name)])),
    messages: () => {}, // with the system prompt, last
    max_tokens: copyAs('max_tokens'),
    max_completion_tokens: copyAs('max_tokens'),
    n: only('n', 1),
    top_logprobs: only('top_logprobs', 0),
    verbosity: only('verbosity', 'medium'),
    function_call: only('function_call', 'auto', 'none'),
    modalities: (value) => {
      if (!Array.isArray(value) || value.some((modality) => modality !== 'text')) refuse('modalities', 'the Messages API answers in text alone')
    },
    stream_options: () => {}, // what it asks for is done by the answer's side
    temperature: (value, draft) => {
      if (typeof value !== 'number' || value > 1) refuse('temperature', 'the Messages API takes temperatures from 0 to 1', 'Lower it to 1 or less')
      draft.out['temperature'] = value
    },
    stop: (value, draft) => {
      draft.out['stop_sequences'] = Array.isArray(value) ? value : [value]
    },
    user: userId,
    safety_identifier: userId,
    reasoning_effort: (value, draft) => {
      if (value === 'none' || value === 'minimal') draft.dropped.add('reasoning_effort')
      else draft.out['output_config'] = { ...asObject(draft.out['output_config']), effort: value }
    },
    response_format: (value, draft) => {
      const format = outputFormat(value)
      if (format !== null) draft.out['output_config'] = { ...asObject(draft.out['output_config']), format }
    },
    tools: (value, draft) => {
      if (!Array.isArray(value)) refuse('tools', 'tools is not a list')
      if (value.length > 0) draft.out['tools'] = value.map((tool, index) => customTool(tool, `tools[${index}]`))
    },
    tool_choice: (value, draft) => {
      draft.out['tool_choice'] = { ...asObject(draft.out['tool_choice']), ...toolChoice(value) }
    },
    parallel_tool_calls: (value, draft) => {
      if (value === false) draft.out['tool_choice'] = { type: 'auto', ...asObject(draft.out['tool_choice']), disable_parallel_tool_use: true }
    },
  } satisfies Record<string, Field>),
)

/**
 * A chat completion request (OpenAI) as a Messages request (Anthropic). Throws CallError `not_translatable`, with the
 * path of the field, for what Messages cannot express: several answers, log probabilities, penalties, audio, JSON mode
 * without a schema, unknown fields.
 */
export function requestFromChat(json: Json): Translation {
  const draft: Draft = { out: {}, dropped: new Set() }
  for (const [name, value] of Object.entries(json)) {
    if (value === null || value === undefined) continue
    const field = FIELDS.get(name)
    if (field === undefined) refuse(name, `the Messages API has nothing like ${name}`)
    field(value, draft)
  }
  const { system, messages } = chatToMessages(json['messages'], draft.dropped)
  if (system !== null) draft.out['system'] = system
  // Without tools there is no choice of them: OpenAI ignores it, Anthropic refuses it.
  if (draft.out['tools'] === undefined) delete draft.out['tool_choice']
  // "None" has no say on parallel calls.
  if (asObject(draft.out['tool_choice'])['type'] === 'none') draft.out['tool_choice'] = { type: 'none' }
  return { json: { max_tokens: DEFAULT_MAX_TOKENS, ...draft.out, messages }, dropped: draft.dropped }
}

function userId(value: unknown, draft: Draft): void {
  draft.out['metadata'] = { user_id: value }
}

function customTool(tool: unknown, path: string): Json {
  const definition = isObject(tool) && tool['type'] === 'function' ? tool['function'] : null
  if (!isObject(definition)) refuse(path, 'only function tools can be translated')
  const { name, description, parameters, strict, ...others } = definition
  const unknown = Object.keys(others)[0]
  if (unknown !== undefined) refuse(`${path}.function.${unknown}`, `a tool of the Messages API has nothing like ${unknown}`)
  return {
    name,
    ...(description === undefined || description === null ? {} : { description }),
    input_schema: parameters ?? { type: 'object', properties: {} },
    ...(typeof strict === 'boolean' ? { strict } : {}),
  }
}

function toolChoice(choice: unknown): Json {
  if (choice === 'auto' || choice === 'none') return { type: choice }
  if (choice === 'required') return { type: 'any' }
  const name = isObject(choice) && choice['type'] === 'function' && isObject(choice['function']) ? textAt(choice['function'], 'name') : null
  if (name === null) refuse('tool_choice', 'the choice is none of auto, none, required and a function')
  return { type: 'tool', name }
}

function outputFormat(format: unknown): Json | null {
  const type = isObject(format) ? format['type'] : null
  if (type === 'text') return null
  const definition = isObject(format) && type === 'json_schema' ? format['json_schema'] : null
  if (!isObject(definition) || !isObject(definition['schema'])) refuse('response_format', 'the Messages API gives JSON by a schema alone', 'Use json_schema with a schema, or ask for JSON in the prompt')
  return { type: 'json_schema', schema: definition['schema'] }
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {}
}
