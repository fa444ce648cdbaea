import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Fault } from '../faults.ts'
import { ApiError } from './api-error.ts'

/** Gives the answer of a fault that comes before the first token. False for those that come in mid-stream. */
export function answerFault(fault: Fault, response: ServerResponse, streamed: boolean): boolean {
  switch (fault.kind) {
    case 'rate-limit':
      refuse(response, new ApiError(429, 'RateLimitError', 'Too many requests.', { 'retry-after': String(fault.retryAfterSeconds) }))
      return true
    case 'error':
      refuse(response, new ApiError(500, 'InternalServerError', 'The engine failed.'))
      return true
    case 'unavailable':
      refuse(response, new ApiError(503, 'ServiceUnavailableError', 'The engine is overloaded.', { 'retry-after': String(fault.retryAfterSeconds) }))
      return true
    case 'reset':
      response.socket?.resetAndDestroy()
      return true
    case 'hang':
      return true
    case 'endless-line':
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: ')
      pour(response, Buffer.alloc(PIECE, 'x'), fault.bytes)
      return true
    case 'wrong-type':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Welcome</title><p>It works.')
      return true
    case 'gzip-bomb':
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      // A gzip file may have many members: the same small one over and over unpacks to as much as is wanted.
      pour(response, gzipSync(Buffer.alloc(PIECE)), Math.ceil(fault.bytes / PIECE) * gzipSync(Buffer.alloc(PIECE)).length)
      return true
    case 'invalid-json':
      response.writeHead(200, { 'content-type': streamed ? 'text/event-stream' : 'application/json' })
      response.end(streamed ? 'data: {"id":"chatcmpl-0","choices":[{\n\ndata: [DONE]\n\n' : '{"id":"chatcmpl-0","choices":[{')
      return true
    default:
      return false
  }
}

export function refuse(response: ServerResponse, error: ApiError): void {
  const body = error.toBody()
  response.writeHead(error.status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...error.headers }).end(body)
}

const PIECE = 2 ** 20

/** Writes `piece` until `bytes` have gone, as fast as the reader takes them. */
function pour(response: ServerResponse, piece: Buffer, bytes: number): void {
  let left = bytes
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= piece.length
      if (!response.write(piece)) {
        response.once('drain', more)
        return
      }
    }
    response.end()
  }
  more()
}
