import type { ServerResponse } from 'node:http'
import type { BodyType } from '../../measure/ingest/body.ts'
import { partialSuccess, rpcStatus } from '../../measure/ingest/protobuf/writer.ts'

const TYPES: Readonly<Record<BodyType, string>> = { protobuf: 'application/x-protobuf', json: 'application/json' }

export function send(response: ServerResponse, status: number, type: BodyType, body: Buffer | string, headers: Readonly<Record<string, string>> = {}): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(status, { 'content-type': TYPES[type], 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store', ...headers })
  response.end(body)
}

/** OTLP's answer to a request that was taken, all or in part. */
export function sendTaken(response: ServerResponse, type: BodyType, rejected: number, message: string): void {
  const json = rejected === 0 ? {} : { partialSuccess: { rejectedSpans: String(rejected), errorMessage: message } }
  send(response, 200, type, type === 'protobuf' ? partialSuccess(rejected, rejected === 0 ? '' : message) : JSON.stringify(json))
}

export interface Failure {
  readonly status: number
  readonly code: string
  readonly rpc: number
  readonly message: string
  readonly retryAfterSeconds: number | null
}

/** In protobuf a google.rpc.Status, as OTLP asks; in JSON its members beside the error that the rest of the API answers with. */
export function sendFailure(response: ServerResponse, type: BodyType, { status, code, rpc, message, retryAfterSeconds }: Failure, headers: Readonly<Record<string, string>> = {}): void {
  const body = type === 'protobuf' ? rpcStatus(rpc, `${code}: ${message}`) : JSON.stringify({ code: rpc, message, error: { code, message } })
  send(response, status, type, body, { ...headers, ...(retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }) })
}
