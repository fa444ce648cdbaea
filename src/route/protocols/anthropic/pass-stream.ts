import type { ResponseReader, StreamNote } from '../../seams.ts'
import { parseObject } from '../json.ts'
import { readMessageEvent, type MessageFacts } from './facts.ts'
import { EventReader } from './readers.ts'

/** Passes a Messages stream through, event by event, and reads it. The event with the final usage gets the member `spillway`. */
export function messagesStreamReader(facts: MessageFacts, note: StreamNote | null): ResponseReader {
  return new EventReader({ seen: facts, contentType: null }, ({ data, raw }) => {
    const text = data === null ? null : data.toString('utf8')
    const json = text === null ? null : parseObject(text)
    if (json === null) return raw
    readMessageEvent(facts, json)
    if (json['type'] !== 'message_delta' || facts.usage === null) return raw
    const spillway = note?.(facts) ?? null
    return spillway === null ? raw : Buffer.from(`event: message_delta\ndata: ${JSON.stringify({ ...json, spillway })}\n\n`)
  })
}
