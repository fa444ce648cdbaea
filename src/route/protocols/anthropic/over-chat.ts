import type { EndpointConfig } from '../../config-types.ts'
import type { ParsedCall, ResponseReader, StreamNote, UpstreamAdapter } from '../../seams.ts'
import { parseObject } from '../json.ts'
import { CallError } from '../parse-error.ts'
import { droppedHeader } from './adapter.ts'
import { messageFromChat } from './answer-from-chat.ts'
import { errorFromChat } from './error-body.ts'
import { EventReader, TranslatingBodyReader } from './readers.ts'
import { requestToChat, type Translation } from './request-to-chat.ts'
import { StreamFromChat } from './stream-from-chat.ts'

interface AsChat extends Translation {
  readonly call: ParsedCall
}

/**
 * Lets an upstream that speaks chat completions serve Messages clients too: the call is translated before the adapter
 * sees it, and the answer after the adapter has read it. All other calls go to the adapter as they are.
 */
export function servingMessages(adapter: UpstreamAdapter): UpstreamAdapter {
  const translations = new WeakMap<ParsedCall, AsChat>()
  const asChat = (call: ParsedCall): AsChat => {
    const known = translations.get(call) ?? chatCall(call)
    translations.set(call, known)
    return known
  }
  const { run } = adapter
  return {
    request: (call, pool, endpoint, callId) => adapter.request(call.api === 'messages' ? forHost(asChat(call).call, endpoint) : call, pool, endpoint, callId),
    response: (call, status, contentType, note) => {
      if (call.api !== 'messages') return adapter.response(call, status, contentType, note)
      const { call: chat, dropped } = asChat(call)
      return translating(adapter.response(chat, status, contentType), status, contentType, note ?? null, droppedHeader(dropped))
    },
    ...(run === undefined ? {} : { run: (exchange) => run(exchange.call.api === 'messages' ? { ...exchange, call: asChat(exchange.call).call } : exchange) }),
  }
}

function chatCall(call: ParsedCall): AsChat {
  const { spans: _, forward, ...rest } = call
  const { json, dropped } = requestToChat(call.json)
  const others = Object.fromEntries(Object.entries(forward).filter(([name]) => !name.startsWith('anthropic-')))
  return { json, dropped, call: { ...rest, forward: others, api: 'chat', json, body: Buffer.from(JSON.stringify(json)) } }
}

/** OpenAI's own reasoning models refuse `max_tokens`, while not every engine knows its successor. */
function forHost(call: ParsedCall, endpoint: EndpointConfig): ParsedCall {
  const { hostname } = new URL(endpoint.url)
  if (hostname !== 'api.openai.com' && !hostname.endsWith('.openai.azure.com')) return call
  const { max_tokens: limit, ...rest } = call.json
  const json = { ...rest, max_completion_tokens: limit }
  return { ...call, json, body: Buffer.from(JSON.stringify(json)) }
}

function translating(inner: ResponseReader, status: number, contentType: string, note: StreamNote | null, headers: Readonly<Record<string, string>>): ResponseReader {
  const { seen } = inner
  const streamed = contentType.startsWith('text/event-stream')
  const outer = streamed ? streamReader(inner, note, headers) : new TranslatingBodyReader({ seen, contentType: 'application/json', headers }, (body) => translatedBody(status, body))
  return {
    seen,
    contentType: outer.contentType,
    headers: { ...inner.headers, ...headers },
    push: (chunk) => {
      const bytes = inner.push(chunk)
      return bytes === null ? null : outer.push(bytes)
    },
    end: () => {
      const rest = inner.end()
      const parts = [rest === null ? null : outer.push(rest), outer.end()].filter((part) => part !== null)
      return parts.length === 0 ? null : Buffer.concat(parts)
    },
  }
}

function streamReader({ seen }: ResponseReader, note: StreamNote | null, headers: Readonly<Record<string, string>>): ResponseReader {
  const stream = new StreamFromChat(seen, note)
  return new EventReader({ seen, contentType: 'text/event-stream', headers }, (event) => stream.take(event), () => stream.end())
}

function translatedBody(status: number, body: Buffer): Buffer {
  if (status >= 400) return Buffer.from(JSON.stringify(errorFromChat(status, body)))
  const chat = parseObject(body.toString('utf8'))
  if (chat === null) throw new CallError('upstream_invalid_response', 'The answer of the upstream is not the JSON of a chat completion.')
  return Buffer.from(JSON.stringify(messageFromChat(chat)))
}
