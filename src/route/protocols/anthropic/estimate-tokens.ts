import { isObject, listAt, type Json } from '../json.ts'
import type { JsonBody } from '../parse-body.ts'
import { CallError } from '../parse-error.ts'

/** Text: about four bytes a token (4.2 measured with OpenAI's o200k over 412 KB of English). Anthropic publishes no tokenizer. */
const BYTES_PER_TOKEN = 4
/** Most that an image costs: larger ones are scaled down (platform.claude.com/docs, "Vision": about 1,600 tokens). */
const TOKENS_PER_IMAGE = 1600
/** Upper figure for one page of a PDF ("PDF support": 1,500 to 3,000 tokens). How many pages there are is not known here. */
const TOKENS_PER_PAGE = 3000

interface Inline {
  images: number
  documents: number
  /** Bytes of base64 that are not text. */
  bytes: number
}

/** Tokens of a request's input, from its bytes: for admission, routing and `count_tokens`, never for a bill. */
export function estimateTokens({ bytes, json }: JsonBody): number {
  const inline = inlineOf(json)
  return Math.ceil(Math.max(0, bytes.length - inline.bytes) / BYTES_PER_TOKEN) + inline.images * TOKENS_PER_IMAGE + inline.documents * TOKENS_PER_PAGE
}

/**
 * The answer to `count_tokens`: an estimate, and flagged as one, since clients cut their context by it and stop working
 * without it, while no upstream but Anthropic's could count. Throws CallError for documents, whose pages it cannot see.
 */
export function countTokensAnswer(body: JsonBody): Json {
  if (inlineOf(body.json).documents > 0) throw new CallError('not_translatable', 'The tokens of documents can only be counted by their reader. Count without them.', 'messages')
  return { input_tokens: estimateTokens(body), spillway: { estimated: true, method: `${BYTES_PER_TOKEN} bytes a token, ${TOKENS_PER_IMAGE} tokens an image` } }
}

function inlineOf(json: Json): Inline {
  const inline: Inline = { images: 0, documents: 0, bytes: 0 }
  for (const message of listAt(json, 'messages')) if (isObject(message)) addBlocks(message['content'], inline)
  return inline
}

function addBlocks(content: unknown, inline: Inline): void {
  if (!Array.isArray(content)) return
  for (const block of content as readonly unknown[]) {
    if (!isObject(block)) continue
    if (block['type'] === 'image') inline.images += 1
    else if (block['type'] === 'document') inline.documents += 1
    else if (block['type'] === 'tool_result') {
      addBlocks(block['content'], inline)
      continue
    }
    const source = block['source']
    if (isObject(source) && source['type'] === 'base64' && typeof source['data'] === 'string') inline.bytes += source['data'].length
  }
}
