import { encode, mix, padded } from '../tokens.ts'
import { badRequest } from './api-error.ts'
import type { Json } from './read-body.ts'

/** Patches of an image as LLaVA 1.5 reads it (24 x 24), https://huggingface.co/llava-hf/llava-1.5-7b-hf, read 2026-11-25. */
const IMAGE_TOKENS = 576

export interface ChatMessage {
  readonly role: string
  readonly text: string
}

/**
 * The messages as one prompt. Everything begins at a whole token, so that a conversation that goes on has the earlier
 * prompt and its answer as its own beginning: that is what a prefix cache finds.
 */
export function chatPrompt(messages: readonly ChatMessage[], tools: readonly unknown[]): Uint32Array {
  let text = tools.length === 0 ? '' : `${padded('<|tools|>')}${padded(JSON.stringify(tools))}</s>`
  for (const message of messages) text += `${padded(`<|${message.role}|>`)}${padded(message.text)}</s>`
  return encode(text + padded('<|assistant|>'))
}

/** Throws ApiError unless it is a list of messages with a role. */
export function chatMessages(value: unknown): ChatMessage[] {
  if (!Array.isArray(value) || value.length === 0) throw badRequest('messages must be a list of at least one message.')
  return value.map((message: unknown) => {
    if (!isObject(message) || typeof message['role'] !== 'string') throw badRequest('Each message needs a role.')
    const calls = message['tool_calls']
    return { role: message['role'], text: contentText(message['content']) + (Array.isArray(calls) ? JSON.stringify(calls) : '') }
  })
}

/** The text of a message's content, in which an image stands as a run of tokens that only the same image has. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content
  if (content === null || content === undefined) return ''
  if (!Array.isArray(content)) throw badRequest('The content of a message must be a text or a list of parts.')
  return content
    .map((part: unknown) => {
      if (!isObject(part)) throw badRequest('Each part of a content must be an object.')
      return typeof part['text'] === 'string' ? part['text'] : imageText(JSON.stringify(part))
    })
    .join('')
}

/** One prompt of `/v1/completions` or input of `/v1/embeddings`: a text, or the tokens themselves. */
export function plainPrompt(value: unknown): Uint32Array {
  if (typeof value === 'string') return encode(value)
  if (Array.isArray(value) && value.length > 0 && value.every((token) => Number.isSafeInteger(token) && token >= 0)) return Uint32Array.from(value as number[])
  throw badRequest('A prompt must be a text or a list of tokens.')
}

function imageText(part: string): string {
  let hash = 0
  for (let index = 0; index < part.length; index++) hash = mix(Math.imul(hash, 31) + part.charCodeAt(index))
  return hash.toString(36).padStart(8, '0').repeat(IMAGE_TOKENS / 2)
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
