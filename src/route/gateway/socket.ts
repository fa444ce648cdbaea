import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { GatewayConfig } from '../config-types.ts'
import { failureOf } from '../protocols/parse-error.ts'
import type { CallErrorCode, CallFailure } from '../protocols/parse-error.ts'

/** How long an idle connection is kept: longer than the usual 60 s of load balancers, so that it is they who close it. */
const KEEP_ALIVE_MS = 65_000
/** Beyond the limits that the gateway watches itself, Node's own are the net. */
const NET_MS = 2000

/**
 * The socket's room: an HTTP server that reads strictly (a request with both a length and a transfer encoding, a bare LF, a
 * second length: refused, so that no request can be smuggled behind another), that drops headers which come too slowly or
 * grow too long, and that takes a limited number of connections.
 */
export function createSocketServer(config: GatewayConfig, onRequest: (req: IncomingMessage, res: ServerResponse) => void, onRefused: (code: string) => void): Server {
  const server = createServer({
    maxHeaderSize: config.limits.maxHeaderBytes,
    highWaterMark: config.limits.writeBufferBytes,
    connectionsCheckingInterval: Math.min(1000, Math.max(20, config.limits.headerMs / 4)),
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The gateway asks for it itself: Node's own answer would be no JSON.
    requireHostHeader: false,
    insecureHTTPParser: false,
    noDelay: true,
  })
  applyLimits(server, config)
  server.on('request', onRequest)
  // A body that is too large is refused before it is sent: the request's room looks at its length.
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
    if (Number(req.headers['content-length'] ?? 0) <= config.limits.maxBodyBytes) res.writeContinue()
    onRequest(req, res)
  })
  // Another expectation may be ignored (RFC 9110, 10.1.1); Node's own answer would be no JSON.
  server.on('checkExpectation', onRequest)
  server.on('clientError', (error: Error & { code?: string }, socket) => refuse(socket, error.code ?? '', onRefused))
  server.on('drop', () => onRefused('too_many_connections'))
  return server
}

/** Limits that a reload may change on an open server. */
export function applyLimits(server: Server, { limits }: GatewayConfig): void {
  server.maxConnections = limits.maxConnections
  server.headersTimeout = limits.headerMs
  server.requestTimeout = limits.headerMs + limits.bodyMs + NET_MS
}

const REFUSALS: { readonly [code: string]: readonly [CallErrorCode, string] } = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers of the request are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not come in time.'],
}

/** What cannot be parsed never becomes a request: the answer is written by hand. */
function refuse(socket: Duplex, code: string, onRefused: (code: string) => void): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [errorCode, message] = REFUSALS[code] ?? ['bad_request', 'The request is not valid HTTP.']
  const failure = failureOf(errorCode, message)
  onRefused(failure.code)
  // Node's own handler looks at this field too: a response has begun on this connection, and nothing may be put in its middle.
  const busy = (socket as Socket & { _httpMessage?: { headersSent: boolean } | null })._httpMessage?.headersSent === true
  if (busy) socket.destroy()
  else socket.end(rawAnswer(failure), () => socket.destroy())
}

const STATUS_TEXT: Readonly<Record<number, string>> = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' }

function rawAnswer({ status, code, type, message, param }: CallFailure): string {
  const body = JSON.stringify({ error: { message, type, param, code } })
  return `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? 'Error'}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
}
