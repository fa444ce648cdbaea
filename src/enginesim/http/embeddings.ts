import type { ServerResponse } from 'node:http'
import type { Fleet, Job } from '../fleet.ts'
import { LineFull } from '../fleet.ts'
import type { RealTime } from '../real-time.ts'
import { digest, mix } from '../tokens.ts'
import { ApiError, badRequest } from './api-error.ts'
import { plainPrompt } from './prompt.ts'
import type { Json } from './read-body.ts'

const DEFAULT_DIMENSIONS = 384
const MOST_DIMENSIONS = 8192
const MOST_INPUTS = 2048

/** An `/v1/embeddings` call, understood. */
export interface EmbeddingCall {
  readonly model: string
  readonly inputs: readonly Uint32Array[]
  readonly dimensions: number
  readonly base64: boolean
}

/** Throws ApiError. */
export function embeddingCall(body: Json, model: string, maxModelLen: number): EmbeddingCall {
  const { input } = body
  const inputs = (Array.isArray(input) && typeof input[0] !== 'number' ? input : [input]).map(plainPrompt)
  if (inputs.length === 0 || inputs.length > MOST_INPUTS) throw badRequest(`input must have 1 to ${MOST_INPUTS} entries.`)
  const longest = Math.max(...inputs.map(({ length }) => length))
  if (longest > maxModelLen) throw badRequest(`This model's maximum context length is ${maxModelLen} tokens. However, your request has ${longest} input tokens. Please reduce the length of the input.`)
  const dimensions = body['dimensions'] ?? DEFAULT_DIMENSIONS
  if (!Number.isSafeInteger(dimensions) || (dimensions as number) < 1 || (dimensions as number) > MOST_DIMENSIONS) throw badRequest(`dimensions must be from 1 to ${MOST_DIMENSIONS}.`)
  return { model, inputs, dimensions: dimensions as number, base64: body['encoding_format'] === 'base64' }
}

/** Each input is a request of its own in the engine; the answer goes out when all of them are read. */
export function embed(fleet: Fleet, time: RealTime, response: ServerResponse, call: EmbeddingCall, id: string, created: number): void {
  const jobs: Job[] = []
  let left = call.inputs.length
  const finish = (): void => {
    if (--left > 0) return
    fleet.counters.finished.stop++
    const body = embeddingJson(call, id, created)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
  }
  const abort = (): void => {
    for (const job of jobs) fleet.abort(job)
  }
  time.enter(() => {
    try {
      for (const prompt of call.inputs) jobs.push(fleet.submit({ prompt, outputTokens: 0, tokenAt: () => 0, onEnd: (reason) => reason === 'done' && finish() }))
    } catch (error) {
      abort()
      if (!(error instanceof LineFull)) throw error
      throw new ApiError(429, 'RateLimitError', 'Too many requests wait for a replica.', { 'retry-after': '1' })
    }
  })
  response.on('close', () => time.enter(abort))
}

function embeddingJson({ model, inputs, dimensions, base64 }: EmbeddingCall, id: string, created: number): string {
  const tokens = inputs.reduce((sum, { length }) => sum + length, 0)
  const data = inputs.map((input, index) => {
    const vector = unitVector(digest(input), dimensions)
    return { object: 'embedding', index, embedding: base64 ? Buffer.from(vector.buffer).toString('base64') : [...vector] }
  })
  return JSON.stringify({ id, object: 'list', created, model, data, usage: { prompt_tokens: tokens, total_tokens: tokens, completion_tokens: 0 } })
}

/** The same for the same input; of length 1. */
function unitVector(seed: number, dimensions: number): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, (_, index) => mix(seed + Math.imul(index + 1, 0x9e3779b9)) / 2 ** 31 - 1)
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}
