import type { Clock } from '../../../core/clock.ts'
import type { ParsedCall, ResponseReader, StreamNote, UpstreamAdapter } from '../../seams.ts'
import { parseObject } from '../json.ts'
import { clientAsksForUsage, upstreamBody } from '../openai/request-body.ts'
import { CallError } from '../parse-error.ts'
import { upstreamModel, upstreamPath } from '../upstream-path.ts'
import { messageToChat } from './answer-to-chat.ts'
import { errorToChat } from './error-body.ts'
import { newMessageFacts, readMessage } from './facts.ts'
import { messagesStreamReader } from './pass-stream.ts'
import { EventReader, PassingBodyReader, TranslatingBodyReader } from './readers.ts'
import { requestFromChat } from './request-from-chat.ts'
import type { Translation } from './request-to-chat.ts'
import { StreamToChat } from './stream-to-chat.ts'

/**
 * The version of the API (platform.claude.com/docs, "Versions") for translated calls and for clients that name none.
 * Not the newest: 2026-10-21 takes no `temperature`, `top_p` and `top_k`, which chat clients are used to.
 */
const ANTHROPIC_VERSION = '2023-06-01'

/**
 * An upstream of Anthropic's Messages API. Messages calls pass through byte for byte (the model's name excepted), chat
 * calls are translated; any other API is refused, as is what a chat call cannot say there (CallError `not_translatable`).
 * It needs its key as header `x-api-key`, by the pool's auth.
 */
export function createAnthropicAdapter({ clock }: { readonly clock: Clock }): UpstreamAdapter {
  const translations = new WeakMap<ParsedCall, Translation>()
  const translated = (call: ParsedCall): Translation => {
    const known = translations.get(call) ?? requestFromChat(call.json)
    translations.set(call, known)
    return known
  }
  return {
    request: (call, pool, endpoint, callId) => {
      const model = upstreamModel(pool, call.model)
      const body = call.api === 'messages' ? upstreamBody(call, model) : Buffer.from(JSON.stringify({ ...chatOnly(call, translated).json, model }))
      const headers = {
        'content-type': 'application/json',
        accept: call.stream ? 'text/event-stream' : 'application/json',
        'accept-encoding': 'identity',
        'anthropic-version': ANTHROPIC_VERSION,
        'x-request-id': callId,
        ...forwarded(call),
      }
      return { method: 'POST', path: upstreamPath(pool, endpoint, 'messages', '/v1/messages', model), headers, body }
    },
    response: (call, status, contentType, note) => {
      const streamed = contentType.startsWith('text/event-stream')
      if (call.api === 'messages') return passing(streamed, note ?? null)
      const { dropped } = chatOnly(call, translated)
      return translating(call, status, streamed, Math.floor(clock.now() / 1000), note ?? null, droppedHeader(dropped))
    },
  }
}

/** What the client is told of fields that were left out. */
export function droppedHeader(dropped: ReadonlySet<string>): Readonly<Record<string, string>> {
  return dropped.size === 0 ? {} : { 'x-spillway-dropped': [...dropped].sort().join(', ') }
}

/** A chat client's version header, if it has one, speaks of another API. */
function forwarded(call: ParsedCall): ParsedCall['forward'] {
  return call.api === 'messages' ? call.forward : Object.fromEntries(Object.entries(call.forward).filter(([name]) => !name.startsWith('anthropic-')))
}

function chatOnly(call: ParsedCall, translated: (call: ParsedCall) => Translation): Translation {
  if (call.api !== 'chat') throw new CallError('not_translatable', `An Anthropic upstream cannot serve the ${call.api} API. Ask for a model that an OpenAI-compatible upstream serves.`)
  return translated(call)
}

function passing(streamed: boolean, note: StreamNote | null): ResponseReader {
  const facts = newMessageFacts()
  if (streamed) return messagesStreamReader(facts, note)
  return new PassingBodyReader(facts, (body) => {
    const message = parseObject(body.toString('utf8'))
    if (message !== null) readMessage(facts, message)
  })
}

function translating(call: ParsedCall, status: number, streamed: boolean, created: number, note: StreamNote | null, headers: Readonly<Record<string, string>>): ResponseReader {
  const facts = newMessageFacts()
  if (streamed) {
    const stream = new StreamToChat({ facts, created, includeUsage: clientAsksForUsage(call), note })
    return new EventReader({ seen: facts, contentType: 'text/event-stream', headers }, (event) => stream.take(event))
  }
  return new TranslatingBodyReader({ seen: facts, contentType: 'application/json', headers }, (body) => {
    const message = parseObject(body.toString('utf8'))
    if (message !== null) readMessage(facts, message)
    if (status >= 400) return Buffer.from(JSON.stringify(errorToChat(status, body)))
    if (message === null) throw new CallError('upstream_invalid_response', 'The answer of the upstream is not the JSON of a message.')
    return Buffer.from(JSON.stringify(messageToChat(message, created)))
  })
}
