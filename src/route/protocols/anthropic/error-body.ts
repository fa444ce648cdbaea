import { isObject, parseObject, textAt, type Json } from '../json.ts'

/** https://platform.claude.com/docs, "Errors". */
const TYPES: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [408, 'timeout_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
])

/** Anthropic's error JSON. `code` is ours and stable; the SDK shows it as `errorCode`. */
export function messagesError(status: number, code: string | null, message: string): Json {
  const type = TYPES.get(status) ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
  return { type: 'error', error: { type, message, ...(code === null ? {} : { details: { error_code: code } }) }, request_id: null }
}

/** An OpenAI upstream's error body for a Messages client. A body that is no error JSON is not quoted. */
export function errorFromChat(status: number, body: Buffer): Json {
  const { code, message } = parts(body)
  return messagesError(status, code, message)
}

/** An Anthropic upstream's error body for a chat client. */
export function errorToChat(status: number, body: Buffer): Json {
  const { type, message } = parts(body)
  return chatError(type ?? (status >= 500 ? 'api_error' : 'invalid_request_error'), message)
}

export function chatError(type: string, message: string): Json {
  return { error: { message, type, param: null, code: type } }
}

function parts(body: Buffer): { readonly type: string | null; readonly code: string | null; readonly message: string } {
  const json = parseObject(body.toString('utf8'))
  // vLLM up to 0.9 gives the error without the envelope.
  const error = isObject(json?.['error']) ? json['error'] : (json ?? {})
  return { type: textAt(error, 'type'), code: textAt(error, 'code'), message: textAt(error, 'message') ?? 'The upstream refused the call.' }
}
