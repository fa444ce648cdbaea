import type { IncomingHttpHeaders } from 'node:http'
import type { ParsedCall } from '../../seams.ts'
import { objectAt, textAt } from '../json.ts'
import { bearer } from '../openai/face.ts'
import { readAttribution } from '../parse-attribution.ts'
import type { JsonBody } from '../parse-body.ts'
import { CallError } from '../parse-error.ts'
import type { ClientFace, FaceRoute } from '../parse-face.ts'
import { messagesError } from './error-body.ts'
import { countTokensAnswer, estimateTokens } from './estimate-tokens.ts'

const POST_ONLY: FaceRoute = { kind: 'wrong-method', allow: 'POST' }
const NO_SUCH_PATH: FaceRoute = { kind: 'no-such-path' }
const CALL: FaceRoute = { kind: 'call', api: 'messages' }
const COUNT: FaceRoute = { kind: 'local', answer: (body) => ({ status: 200, json: countTokensAnswer(body) }) }
const MODELS: FaceRoute = { kind: 'models', render: modelList }

/** Anthropic's Messages API as clients see it. It comes before OpenAI's face, whose `/v1/models` it shares by the version header. */
export const anthropicFace: ClientFace = {
  route(method, path, headers) {
    if (path === '/v1/messages') return method === 'POST' ? CALL : POST_ONLY
    if (path === '/v1/messages/count_tokens') return method === 'POST' ? COUNT : POST_ONLY
    if (path.startsWith('/v1/messages/')) return NO_SUCH_PATH
    return path === '/v1/models' && method === 'GET' && headers['anthropic-version'] !== undefined ? MODELS : null
  },

  secret: (headers) => single(headers['x-api-key']) ?? bearer(headers.authorization),

  parse: (_api, body, headers) => parseMessages(body, headers),

  errorBody: ({ status, code, message }) => JSON.stringify(messagesError(status, code, message)),

  streamError: (_api, { status, code, message }) => `event: error\ndata: ${JSON.stringify(messagesError(status, code, message))}\n\n`,
}

const MAX_MODEL_NAME = 256
const MAX_OUTPUT_TOKENS = 10_000_000
const MAX_HEADER = 1024

function parseMessages(body: JsonBody, headers: IncomingHttpHeaders): ParsedCall {
  const { json, bytes, spans } = body
  const model = json['model']
  if (typeof model !== 'string' || model === '') throw new CallError('invalid_value', 'The body needs a "model", as text.', 'model')
  if (model.length > MAX_MODEL_NAME) throw new CallError('invalid_value', `The name of the model is longer than ${MAX_MODEL_NAME} characters.`, 'model')
  if (spans.at.model === undefined) throw new CallError('invalid_value', 'Write the key "model" without escapes.', 'model')
  const stream = json['stream'] ?? false
  if (typeof stream !== 'boolean') throw new CallError('invalid_value', '"stream" must be true or false.', 'stream')
  if (!Array.isArray(json['messages'])) throw new CallError('invalid_value', '"messages" must be a list.', 'messages')
  const limit = json['max_tokens']
  if (typeof limit !== 'number' || !Number.isSafeInteger(limit) || limit < 1) throw new CallError('invalid_value', 'The body needs "max_tokens", a whole number of 1 or more.', 'max_tokens')
  const { attribution, priority, residency, retryCount, forward } = readAttribution(headers, { user: textAt(objectAt(json, 'metadata'), 'user_id'), metadata: null })
  return {
    api: 'messages',
    model,
    stream,
    body: bytes,
    json,
    spans,
    promptTokens: estimateTokens(body),
    maxOutputTokens: Math.min(limit, MAX_OUTPUT_TOKENS),
    attribution,
    priority,
    residency,
    retryCount,
    forward: { ...forward, ...anthropicHeaders(headers) },
  }
}

/** Version and beta features go on to an Anthropic upstream. */
function anthropicHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of ['anthropic-version', 'anthropic-beta']) {
    const value = single(headers[name])
    if (value !== null && value.length <= MAX_HEADER) kept[name] = value
  }
  return kept
}

function single(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && header !== '' ? header : null
}

function modelList(models: readonly string[], createdSeconds: number): unknown {
  const created = new Date(createdSeconds * 1000).toISOString()
  const data = models.map((id) => ({ type: 'model', id, display_name: id, created_at: created }))
  return { data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null }
}
