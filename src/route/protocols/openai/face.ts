import type { IncomingHttpHeaders } from 'node:http'
import type { Api } from '../../../core/call.ts'
import type { ParsedCall } from '../../seams.ts'
import { readAttribution } from '../parse-attribution.ts'
import type { JsonBody } from '../parse-body.ts'
import { CallError } from '../parse-error.ts'
import type { ClientFace, FaceRoute } from '../parse-face.ts'
import { OPENAI_PATHS } from './paths.ts'
import { isObject } from '../json.ts'

const CALLS: ReadonlyMap<string, FaceRoute> = new Map(Object.entries(OPENAI_PATHS).map(([api, path]) => [path, { kind: 'call', api: api as Api }]))
const MODELS = '/v1/models'
const POST_ONLY: FaceRoute = { kind: 'wrong-method', allow: 'POST' }
const GET_ONLY: FaceRoute = { kind: 'wrong-method', allow: 'GET' }

/** OpenAI's API as clients see it. */
export const openaiFace: ClientFace = {
  route(method, path) {
    const call = CALLS.get(path)
    if (call !== undefined) return method === 'POST' ? call : POST_ONLY
    if (path !== MODELS && !path.startsWith(`${MODELS}/`)) return null
    if (method !== 'GET') return GET_ONLY
    return { kind: 'models', render: path === MODELS ? listOf : modelOf(path.slice(MODELS.length + 1)) }
  },

  secret: (headers) => bearer(headers.authorization) ?? single(headers['api-key']),

  parse: parseCall,

  errorBody: ({ message, type, param, code }) => JSON.stringify({ error: { message, type, param, code } }),

  streamError(api, failure) {
    const { message, type, param, code } = failure
    if (api === 'responses') return `event: error\ndata: ${JSON.stringify({ type: 'error', code, message, param })}\n\n`
    return `data: ${JSON.stringify({ error: { message, type, param, code } })}\n\n`
  },
}

const BEARER = /^bearer +(\S+) *$/iu
const USUAL = 'Bearer sw_'

export function bearer(authorization: string | undefined): string | null {
  if (authorization === undefined || authorization.length > 4096) return null
  // As every client sends it: no need for the expression.
  if (authorization.startsWith(USUAL) && !authorization.includes(' ', USUAL.length)) return authorization.slice('Bearer '.length)
  return BEARER.exec(authorization)?.[1] ?? null
}

function single(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && header !== '' ? header : null
}

const MAX_MODEL_NAME = 256
/** English text in OpenAI's tokenizers: about four bytes a token (measured at 4.2 with o200k over 412 KB). */
const BYTES_PER_TOKEN = 4
/** What an image counts as: GPT-4o reads 1024 x 1024 in high detail as 765 tokens (OpenAI, "Images and vision"). */
const TOKENS_PER_INLINE_PART = 765
/** Output to reckon with where the call sets no limit. An estimate for reservations, not a limit. */
const DEFAULT_OUTPUT_TOKENS = 4096
const MAX_OUTPUT_TOKENS = 10_000_000

function parseCall(api: Api, body: JsonBody, headers: IncomingHttpHeaders): ParsedCall {
  const { json, bytes, spans } = body
  const model = json['model']
  if (typeof model !== 'string' || model === '') throw new CallError('invalid_value', 'The body needs a "model", as text.', 'model')
  if (model.length > MAX_MODEL_NAME) throw new CallError('invalid_value', `The name of the model is longer than ${MAX_MODEL_NAME} characters.`, 'model')
  if (spans.at.model === undefined) throw new CallError('invalid_value', 'Write the key "model" without escapes.', 'model')
  const stream = json['stream'] ?? false
  if (typeof stream !== 'boolean') throw new CallError('invalid_value', '"stream" must be true or false.', 'stream')
  requireInput(api, json)
  const { metadata, prompt } = json
  const { attribution, priority, residency, retryCount, forward } = readAttribution(headers, { user: text(json['safety_identifier']) ?? text(json['user']), metadata: isObject(metadata) ? metadata : null, prompt: api === 'responses' && isObject(prompt) ? prompt : null })
  return {
    api,
    model,
    stream: stream && api !== 'embeddings',
    body: bytes,
    json,
    spans,
    promptTokens: Math.ceil(Math.max(0, bytes.length - spans.inlineBytes) / BYTES_PER_TOKEN) + spans.inlineParts * TOKENS_PER_INLINE_PART,
    maxOutputTokens: api === 'embeddings' ? 0 : outputLimit(json),
    attribution,
    priority,
    residency,
    retryCount,
    forward,
  }
}

const INPUT: Readonly<Record<Exclude<Api, 'messages'>, string>> = { chat: 'messages', completions: 'prompt', embeddings: 'input', responses: 'input' }

/** Only what no upstream could accept is refused here; all else is the upstream's to judge. */
function requireInput(api: Api, json: Readonly<Record<string, unknown>>): void {
  if (api === 'messages') return
  const value = json[INPUT[api]]
  if (api === 'chat' && !Array.isArray(value)) throw new CallError('invalid_value', '"messages" must be a list.', 'messages')
  if (api === 'embeddings' && value === undefined) throw new CallError('invalid_value', 'The body needs an "input".', 'input')
}

function outputLimit(json: Readonly<Record<string, unknown>>): number {
  const limit = json['max_completion_tokens'] ?? json['max_output_tokens'] ?? json['max_tokens']
  const tokens = typeof limit === 'number' && limit > 0 ? Math.ceil(Math.min(limit, MAX_OUTPUT_TOKENS)) : DEFAULT_OUTPUT_TOKENS
  const n = json['n']
  return typeof n === 'number' && n > 1 ? tokens * Math.min(Math.floor(n), 128) : tokens
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function listOf(models: readonly string[], created: number): unknown {
  return { object: 'list', data: models.map((id) => model(id, created)) }
}

function modelOf(name: string): (models: readonly string[], created: number) => unknown {
  return (models, created) => {
    const id = decoded(name)
    if (!models.includes(id)) throw new CallError('model_not_found', 'There is no such model, or the key may not use it.', 'model')
    return model(id, created)
  }
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

function model(id: string, created: number): unknown {
  return { id, object: 'model', created, owned_by: 'spillway' }
}
