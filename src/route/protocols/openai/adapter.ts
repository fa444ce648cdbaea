import type { EndpointConfig } from '../../config-types.ts'
import type { UpstreamAdapter } from '../../seams.ts'
import { basePath, upstreamModel } from '../upstream-path.ts'
import { JsonReader } from './json-reader.ts'
import { OPENAI_PATHS } from './paths.ts'
import { upstreamBody } from './request-body.ts'
import { StreamReader } from './stream-reader.ts'

/**
 * Any server that speaks OpenAI's API. The request is the client's, byte for byte, but for the model's name and the ask
 * for usage; it carries no credentials and goes to OpenAI's own paths: `adapters.ts` sees to both. Calls of other dialects
 * are not its.
 */
export const openaiAdapter: UpstreamAdapter = {
  request(call, pool, endpoint, callId) {
    if (call.api === 'messages') throw new Error('a call of the messages API must be translated before it gets here')
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      accept: call.stream ? 'text/event-stream' : 'application/json',
      // Compressed answers could not be metered as they pass, and might expand without bound.
      'accept-encoding': 'identity',
      'x-request-id': callId,
    }
    for (const name in call.forward) headers[name] = call.forward[name]!
    return { method: 'POST', path: pathOf(endpoint) + OPENAI_PATHS[call.api], headers, body: upstreamBody(call, upstreamModel(pool, call.model)) }
  },

  response(call, _status, contentType, note) {
    return contentType.startsWith('text/event-stream') ? new StreamReader(call, note ?? null) : new JsonReader(call)
  },
}

const paths = new WeakMap<EndpointConfig, string>()

/** Parsing a URL for every call would cost more than the rest of the request. */
function pathOf(endpoint: EndpointConfig): string {
  let path = paths.get(endpoint)
  if (path === undefined) {
    path = basePath(endpoint)
    paths.set(endpoint, path)
  }
  return path
}
