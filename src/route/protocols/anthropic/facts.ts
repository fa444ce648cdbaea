import type { TokenUsage } from '../../../core/billing/rate-card.ts'
import { isObject, listAt, objectAt, textAt, type Json } from '../json.ts'
import { addTool } from '../prompt-shape.ts'
import { errorText, newFacts, short } from '../openai/facts.ts'
import type { FactsDraft } from '../openai/facts.ts'
import { usageOfMessage } from './usage.ts'

/** `FactsDraft` for a Messages upstream, whose stream gives the usage in two parts. */
export interface MessageFacts extends FactsDraft {
  /** Before the end of a stream: the input is final in it, the output is not. */
  usageSoFar: TokenUsage | null
  /** The same as it came. */
  reported: Json
}

export function newMessageFacts(): MessageFacts {
  return { ...newFacts(), usageSoFar: null, reported: {} }
}

/** Takes in a whole Message, or an error in its place. */
export function readMessage(facts: MessageFacts, message: Json): void {
  if (message['type'] === 'error') {
    facts.error ??= errorText(message['error'])
    return
  }
  facts.model ??= short(message['model'])
  facts.responseId ??= short(message['id'])
  facts.finishReason = short(message['stop_reason']) ?? facts.finishReason
  facts.usage = usageOfMessage(message['usage'])
  facts.complete = true
  for (const block of listAt(message, 'content')) {
    if (isObject(block) && block['type'] === 'tool_use') addTool(facts.toolsCalled, block['name'])
    const length = isObject(block) ? blockLength(block) : 0
    if (length === 0) continue
    facts.deltas++
    facts.characters += length
  }
}

/** Takes in the data of one event of a stream. */
export function readMessageEvent(facts: MessageFacts, event: Json): void {
  switch (event['type']) {
    case 'message_start': {
      const message = objectAt(event, 'message')
      facts.model ??= short(message['model'])
      facts.responseId ??= short(message['id'])
      report(facts, message['usage'])
      break
    }
    case 'content_block_start': {
      const block = objectAt(event, 'content_block')
      if (block['type'] === 'tool_use') addTool(facts.toolsCalled, block['name'])
      break
    }
    case 'content_block_delta': {
      const delta = objectAt(event, 'delta')
      const text = textAt(delta, 'text') ?? textAt(delta, 'thinking') ?? textAt(delta, 'partial_json')
      if (text === null || text === '') break
      facts.deltas++
      facts.characters += text.length
      break
    }
    case 'message_delta':
      facts.finishReason = short(objectAt(event, 'delta')['stop_reason']) ?? facts.finishReason
      report(facts, event['usage'])
      facts.usage = facts.usageSoFar
      break
    case 'message_stop':
      facts.complete = true
      break
    case 'error':
      facts.error ??= errorText(event['error'])
      break
    default: // ping, the ends of blocks, what is yet to be invented
  }
}

/** Counts are cumulative; a later part may leave out, or give as null, what an earlier one said. */
function report(facts: MessageFacts, usage: unknown): void {
  if (!isObject(usage)) return
  facts.reported = { ...facts.reported, ...Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null)) }
  facts.usageSoFar = usageOfMessage(facts.reported)
}

function blockLength(block: Json): number {
  const text = textAt(block, 'text') ?? textAt(block, 'thinking')
  if (text !== null) return text.length
  return block['type'] === 'tool_use' ? (textAt(block, 'name') ?? '').length + JSON.stringify(block['input'] ?? {}).length : 0
}
