import type { IncomingMessage } from 'node:http'
import { CallError } from '../protocols/parse-error.ts'

const EMPTY = Buffer.alloc(0)

/** Refuses, by its headers alone, a body that could not be read. Throws CallError: 413 or 415. */
export function checkBodyHeaders({ headers }: IncomingMessage, maxBytes: number): void {
  const length = headers['content-length']
  if (length !== undefined && Number(length) > maxBytes) throw tooLarge(maxBytes)
  const encoding = headers['content-encoding']
  const transfer = headers['transfer-encoding']
  if (transfer !== undefined && transfer.toLowerCase() !== 'chunked') throw new CallError('unsupported_encoding', 'Send the body without a transfer encoding, or chunked.')
  if (encoding !== undefined && encoding !== 'identity') throw new CallError('unsupported_encoding', 'Send the body without a content encoding.')
  const type = headers['content-type']
  if (type !== undefined && !type.includes('json')) throw new CallError('unsupported_media_type', 'Send the body as application/json.')
}

/** Bodies up to this are read and parsed before the key is looked at: it is looked at once then. */
const SMALL_BODY_BYTES = 64 * 1024

/** Whether a body says that it is small enough to be read for anybody. */
export function isSmall({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length']) <= SMALL_BODY_BYTES
}

/**
 * Reads a body whole, up to `maxBytes`; `done` gets it, or the error, once. What comes after the limit is dropped as it
 * comes, until the connection is closed. A client that goes away in the middle is seen by its response, not here.
 */
export function readBody(req: IncomingMessage, maxBytes: number, done: (body: Buffer | CallError) => void): void {
  let first: Buffer | null = null
  let rest: Buffer[] | null = null
  let bytes = 0
  req.on('data', (chunk: Buffer) => {
    if (bytes > maxBytes) return
    bytes += chunk.length
    if (bytes > maxBytes) {
      first = rest = null
      done(tooLarge(maxBytes))
    } else if (first === null) first = chunk
    else (rest ??= [first]).push(chunk)
  })
  req.on('end', () => {
    if (bytes <= maxBytes) done(rest === null ? (first ?? EMPTY) : Buffer.concat(rest, bytes))
  })
}

function tooLarge(maxBytes: number): CallError {
  return new CallError('body_too_large', `The body is larger than ${maxBytes} bytes.`)
}
