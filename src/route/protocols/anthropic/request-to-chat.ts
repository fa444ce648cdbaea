import { isObject, textAt, type Json } from '../json.ts'
import { refuse } from '../refuse.ts'
import { messagesToChat } from './turns-to-chat.ts'

/** A request in the other protocol, and the hints that it has no place for. */
export interface Translation {
  readonly json: Json
  /** Names of fields that were left out since they change no answer (caching, diagnostics); the client gets them in `x-spillway-dropped`. */
  readonly dropped: ReadonlySet<string>
}

interface Draft {
  readonly chat: Record<string, unknown>
  readonly dropped: Set<string>
}

type Field = (value: unknown, draft: Draft) => void

const copyAs = (name: string): Field => (value, draft) => {
  draft.chat[name] = value
}
const same: Readonly<Record<string, Field>> = Object.fromEntries(['model', 'max_tokens', 'temperature', 'top_p', 'top_k', 'stream'].map((name) => [name, copyAs(name)]))
const hint = (name: string): Field => (_value, draft) => {
  draft.dropped.add(name)
}
const hints: Readonly<Record<string, Field>> = Object.fromEntries(['cache_control', 'diagnostics', 'service_tier', 'speed'].map((name) => [name, hint(name)]))

/** What becomes of each field of a Messages request. A field that is not here is refused. */
const FIELDS = new Map<string, Field>(
  Object.entries({
    ...same,
    ...hints,
    system: () => {}, // with the messages
    messages: () => {}, // last, since it needs the system prompt
    stop_sequences: copyAs('stop'),
    metadata: (value, draft) => {
      const user = isObject(value) ? textAt(value, 'user_id') : null
      if (user !== null) draft.chat['user'] = user
    },
    tools: (value, draft) => {
      if (!Array.isArray(value)) refuse('tools', 'tools is not a list')
      if (value.length > 0) draft.chat['tools'] = value.map((tool, index) => functionTool(tool, `tools[${index}]`, draft))
    },
    tool_choice: (value, draft) => {
      draft.chat['tool_choice'] = toolChoice(value)
      if (isObject(value) && value['disable_parallel_tool_use'] === true) draft.chat['parallel_tool_calls'] = false
    },
    // A model that reasons does so of its own accord behind a chat upstream; there is no field that all engines take.
    thinking: (value, draft) => {
      if (!isObject(value) || value['type'] !== 'disabled') draft.dropped.add('thinking')
    },
    output_config: outputConfig,
  } satisfies Record<string, Field>),
)

/**
 * A Messages request (Anthropic) as a chat completion request (OpenAI). Throws CallError `not_translatable`, with the path of
 * the field, for what chat cannot express: server tools, documents, a prefilled answer, unknown fields.
 */
export function requestToChat(json: Json): Translation {
  const draft: Draft = { chat: {}, dropped: new Set() }
  for (const [name, value] of Object.entries(json)) {
    if (value === null || value === undefined) continue
    const field = FIELDS.get(name)
    if (field === undefined) refuse(name, `the chat protocol has nothing like ${name}`)
    field(value, draft)
  }
  draft.chat['messages'] = messagesToChat(json['system'], json['messages'], draft.dropped)
  if (draft.chat['stream'] === true) draft.chat['stream_options'] = { include_usage: true }
  return { json: draft.chat, dropped: draft.dropped }
}

function functionTool(tool: unknown, path: string, draft: Draft): Json {
  if (!isObject(tool)) refuse(path, 'a tool is not an object')
  const { type = 'custom', name, description, input_schema: parameters, strict, ...others } = tool
  if (type !== 'custom' && type !== null) refuse(`${path}.type`, `only Anthropic's own servers and models have the tool ${String(type)}`)
  for (const [key, value] of Object.entries(others)) {
    if (value === null || value === undefined || (key === 'defer_loading' && value === false)) continue
    if (key === 'cache_control' || key === 'eager_input_streaming' || key === 'input_examples') draft.dropped.add(`tools.${key}`)
    else refuse(`${path}.${key}`, `a chat tool has nothing like ${key}`)
  }
  return {
    type: 'function',
    function: { name, ...(description === undefined || description === null ? {} : { description }), parameters, ...(typeof strict === 'boolean' ? { strict } : {}) },
  }
}

function toolChoice(choice: unknown): unknown {
  const type = isObject(choice) ? choice['type'] : null
  if (type === 'auto' || type === 'none') return type
  if (type === 'any') return 'required'
  if (isObject(choice) && type === 'tool') return { type: 'function', function: { name: choice['name'] } }
  return refuse('tool_choice', 'tool_choice is none of auto, any, tool and none')
}

/** Efforts that OpenAI's `reasoning_effort` and the engines that imitate it know alike. */
const EFFORTS: ReadonlySet<unknown> = new Set(['low', 'medium', 'high'])

function outputConfig(value: unknown, draft: Draft): void {
  if (!isObject(value)) refuse('output_config', 'output_config is not an object')
  const { effort, format, ...others } = value
  const unknown = Object.keys(others)[0]
  if (unknown !== undefined) refuse(`output_config.${unknown}`, `the chat protocol has nothing like ${unknown}`)
  if (EFFORTS.has(effort)) draft.chat['reasoning_effort'] = effort
  else if (effort !== null && effort !== undefined) draft.dropped.add('output_config.effort')
  if (format === null || format === undefined) return
  if (!isObject(format) || format['type'] !== 'json_schema') refuse('output_config.format', 'the format is not a json_schema')
  draft.chat['response_format'] = { type: 'json_schema', json_schema: { name: 'answer', schema: format['schema'], strict: true } }
}
