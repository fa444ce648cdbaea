import type { Api } from '../../../core/call.ts'

/** Paths of the OpenAI API, from the base URL on. */
export const OPENAI_PATHS: Readonly<Record<Exclude<Api, 'messages'>, string>> = {
  chat: '/v1/chat/completions',
  completions: '/v1/completions',
  embeddings: '/v1/embeddings',
  responses: '/v1/responses',
}

/** The APIs whose streams report usage only where `stream_options.include_usage` asks for it. */
export function asksForUsage(api: Api): boolean {
  return api === 'chat' || api === 'completions'
}
