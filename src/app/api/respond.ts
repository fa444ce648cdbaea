import type { ServerResponse } from 'node:http'
import { errorText } from '../../measure/query/query-error.ts'
import type { ApiError } from './api-error.ts'

export type Headers = Readonly<Record<string, string | readonly string[]>>

export function sendJson(response: ServerResponse, status: number, body: string | Uint8Array, headers: Headers = {}): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...(headers as Record<string, string>) })
  response.end(body)
}

export function sendNothing(response: ServerResponse, headers: Headers = {}): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(204, { 'cache-control': 'no-store', ...(headers as Record<string, string>) })
  response.end()
}

export function sendError(response: ServerResponse, { status, code, message, param, retryAfterSeconds }: Pick<ApiError, 'status' | 'code' | 'message' | 'param' | 'retryAfterSeconds'>, headers: Headers = {}): void {
  // What is left of a large body is not read to its end.
  const close: Headers = status === 413 ? { connection: 'close' } : {}
  sendJson(response, status, errorText({ code, message, param }), { ...(retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }), ...close, ...headers })
}
