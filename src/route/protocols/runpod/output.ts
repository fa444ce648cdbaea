import type { UpstreamAnswer } from '../../seams.ts'
import { isObject, parseObject, textAt, type Json } from '../json.ts'
import { dataEvent, errorAnswer, jsonAnswer } from '../polling.ts'

/**
 * What worker-vllm puts out for an OpenAI request: for one answer its JSON, in a list of one since the handler is a
 * generator; for a stream server-sent events as text, several in a piece, or (with RAW_OPENAI_OUTPUT=0) lists of chunks.
 */
export function wholeOutput(output: unknown): UpstreamAnswer {
  const only = Array.isArray(output) && output.length === 1 ? (output as readonly unknown[])[0] : output
  const error = errorOfOutput(only)
  if (error !== null) return error
  const json = typeof only === 'string' ? parseObject(only) : isObject(only) ? only : null
  return json === null ? errorAnswer(502, 'job_output_unknown', 'The worker did not answer in OpenAI\'s format.') : jsonAnswer(200, json)
}

/** A piece of a stream as server-sent events. */
export function outputBytes(output: unknown): Buffer {
  if (typeof output === 'string') return Buffer.from(output)
  if (Array.isArray(output)) return Buffer.concat(output.map(outputBytes))
  if (!isObject(output)) return Buffer.alloc(0)
  return dataEvent(isError(output) ? { error: errorParts(output) } : output)
}

/** The worker's refusal, with the HTTP status that vLLM would have given; null = it is none. */
export function errorOfOutput(output: unknown): UpstreamAnswer | null {
  const only = Array.isArray(output) && output.length === 1 ? (output as readonly unknown[])[0] : output
  if (!isObject(only) || !isError(only)) return null
  const { message, code, type } = errorParts(only)
  const status = typeof code === 'number' && code >= 400 && code < 600 ? code : 502
  return jsonAnswer(status, { error: { message, type, param: null, code } })
}

function isError(output: Json): boolean {
  return output['object'] === 'error' || (output['error'] !== undefined && output['error'] !== null)
}

/** vLLM's error response is for the client (a context too long, a bad parameter); a bare text may be a stack trace. */
function errorParts(output: Json): { readonly message: string; readonly type: string; readonly code: unknown } {
  const error = isObject(output['error']) ? output['error'] : output
  return { message: textAt(error, 'message') ?? 'The worker failed.', type: textAt(error, 'type') ?? 'server_error', code: error['code'] ?? 'job_failed' }
}
