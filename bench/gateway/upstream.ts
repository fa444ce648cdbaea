import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServerResponse } from 'node:http'
import { ANSWER, ANSWER_TOKENS, PROMPT_TOKENS, TOKEN } from './answers.ts'
import { tellParent } from './child.ts'

/** An upstream that costs as little as can be: the same answer each time, or a stream. Arguments: tokens of a stream, ms between them. */

const CHUNKS = Number(process.argv[2])
const CHUNK_MS = Number(process.argv[3])

const chunk = (delta: object, finish: string | null = null): Buffer => event({ choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] })
const event = (fields: object): Buffer => Buffer.from(`data: ${JSON.stringify({ id: 'chatcmpl-0123456789abcdef0123456789abcdef', object: 'chat.completion.chunk', created: 1_764_000_000, model: 'meta-llama/Llama-3.1-8B-Instruct', ...fields })}\n\n`)
const first = chunk({ role: 'assistant', content: '' })
const token = chunk({ content: TOKEN })
const last = Buffer.concat([chunk({}, 'stop'), event({ choices: [], usage: { prompt_tokens: PROMPT_TOKENS, completion_tokens: CHUNKS, total_tokens: PROMPT_TOKENS + CHUNKS } }), Buffer.from('data: [DONE]\n\n')])
const whole = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-0123456789abcdef0123456789abcdef',
    object: 'chat.completion',
    created: 1_764_000_000,
    model: 'meta-llama/Llama-3.1-8B-Instruct',
    choices: [{ index: 0, message: { role: 'assistant', content: ANSWER }, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: PROMPT_TOKENS, completion_tokens: ANSWER_TOKENS, total_tokens: PROMPT_TOKENS + ANSWER_TOKENS },
  }),
)

const streams = new Map<ServerResponse, number>()
setInterval(() => {
  for (const [res, sent] of streams) {
    if (sent < CHUNKS) res.write(sent === 0 ? first : token)
    else res.end(last)
    if (sent < CHUNKS) streams.set(res, sent + 1)
    else streams.delete(res)
  }
}, CHUNK_MS)

const server = createServer((req, res) => {
  let stream = false
  req.on('data', (bytes: Buffer) => {
    stream ||= bytes.includes('"stream":true')
  })
  req.on('end', () => {
    if (!stream) return res.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length }).end(whole)
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.on('close', () => streams.delete(res))
    return streams.set(res, 0)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => tellParent((server.address() as AddressInfo).port))
