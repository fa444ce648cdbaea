import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What every answer of the provider says that it used: the truth that all clients are checked against. */
export const TRUTH = { inputUncached: 200, cacheRead: 1000, output: 100, reasoning: 200 } as const
/** gpt-5 of the catalog, nano-USD: 200 x 1.25 + 1000 x 0.125 + 300 x 10 dollars a million. */
export const TRUE_COST = String(200 * 1250 + 1000 * 125 + 300 * 10_000)
export const RESPONSE_ID = 'chatcmpl-known-1'
const MODEL = 'gpt-5-2025-08-07'
const USAGE = {
  prompt_tokens: 1200, completion_tokens: 300, total_tokens: 1500,
  prompt_tokens_details: { cached_tokens: 1000, audio_tokens: 0 }, completion_tokens_details: { reasoning_tokens: 200, audio_tokens: 0 },
}

export interface KnownProvider {
  readonly baseURL: string
  readonly close: () => void
}

/** A provider with known usage. A prompt with FAIL is refused with 429, a call with tools calls the first, embeddings use 8 tokens. */
export async function startKnownProvider(): Promise<KnownProvider> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => answer(request, response, JSON.parse(body) as Call, body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

interface Call {
  readonly messages?: readonly { readonly role: string }[]
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly input?: string | readonly string[]
  readonly encoding_format?: string
}

function answer(request: IncomingMessage, response: ServerResponse, call: Call, body: string): void {
  if (body.includes('FAIL')) return json(response, 429, { error: { message: 'slow down', type: 'rate_limit', code: 'rate_limit' } })
  if (request.url?.endsWith('/embeddings') === true) return json(response, 200, embeddings(call))
  if (call.stream === true) return stream(response, call)
  const tool = call.messages?.some(({ role }) => role === 'tool') === true ? undefined : call.tools?.[0]
  const message = tool === undefined ? { role: 'assistant', content: 'It is cold.' } : { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: tool.function.name, arguments: '{"city":"Oslo"}' } }] }
  json(response, 200, { id: RESPONSE_ID, object: 'chat.completion', created: 1, model: MODEL, choices: [{ index: 0, message, finish_reason: tool === undefined ? 'stop' : 'tool_calls', logprobs: null }], usage: USAGE })
}

function stream(response: ServerResponse, call: Call): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const event = (part: object): void => void response.write(`data: ${JSON.stringify({ id: RESPONSE_ID, object: 'chat.completion.chunk', created: 1, model: MODEL, ...part })}\n\n`)
  event({ choices: [{ index: 0, delta: { role: 'assistant', content: 'Hi' } }] })
  event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  if (call.stream_options?.include_usage === true) event({ choices: [], usage: USAGE })
  response.end('data: [DONE]\n\n')
}

function embeddings({ input = '', encoding_format: format }: Call): object {
  const vector = [0.5, 0.25]
  const embedding = format === 'base64' ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector
  const texts = typeof input === 'string' ? [input] : input
  return { object: 'list', model: 'text-embedding-3-small', data: texts.map((_, index) => ({ object: 'embedding', index, embedding })), usage: { prompt_tokens: 8, total_tokens: 8 } }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
