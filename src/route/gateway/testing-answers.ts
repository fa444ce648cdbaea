import type { ServerResponse } from 'node:http'

export const CHAT = { model: 'm', messages: [{ role: 'user', content: 'Say hello.' }] }

/** An answer of the chat API. */
export function chatAnswer(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm-served',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    ...over,
  }
}

export function sendJson(res: ServerResponse, json: unknown, status = 200, headers: Record<string, string> = {}): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(json))
}

const chunk = (choices: unknown[], extra = {}): string => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm-served', choices, ...extra })}\n\n`

/** The chunks of a stream as an engine sends them: role, one delta a token, reason, usage where it was asked for, end. */
export function chatChunks(tokens: readonly string[], usage: boolean): string[] {
  const delta = (delta: unknown, finish: string | null = null): string => chunk([{ index: 0, delta, finish_reason: finish }])
  return [
    delta({ role: 'assistant', content: '' }),
    ...tokens.map((content) => delta({ content })),
    delta({}, 'stop'),
    ...(usage ? [chunk([], { usage: { prompt_tokens: 10, completion_tokens: tokens.length, total_tokens: 10 + tokens.length } })] : []),
    'data: [DONE]\n\n',
  ]
}

/** Whether a body asks for the usage in its stream. */
export function wantsUsage(body: Record<string, unknown>): boolean {
  return (body['stream_options'] as { include_usage?: boolean } | undefined)?.include_usage === true
}

export function sendStream(res: ServerResponse, chunks: readonly string[]): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const chunk of chunks) res.write(chunk)
  res.end()
}
