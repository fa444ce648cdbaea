import type { IncomingMessage } from 'node:http'
import { ApiError, badRequest } from './api-error.ts'

const MOST_BYTES = 64 * 2 ** 20

export type Json = Readonly<Record<string, unknown>>

/** Calls back once with the JSON object in the body, or with why there is none. Not at all if the client goes before the end. */
export function readJson(request: IncomingMessage, done: (body: Json | ApiError) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= MOST_BYTES) chunks.push(chunk)
  })
  request.on('end', () => done(bytes > MOST_BYTES ? new ApiError(413, 'BadRequestError', `The body is longer than ${MOST_BYTES} bytes.`) : parse(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))))
}

function parse(body: Buffer): Json | ApiError {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'))
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json
  } catch {
    // Said below.
  }
  return badRequest('The body is not a JSON object.')
}
