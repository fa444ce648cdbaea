import type { IncomingMessage } from 'node:http'
import { tooLarge } from '../../measure/ingest/body.ts'

/** How much more than the limit is read, and dropped, so that the client has sent all and hears why it was refused. */
const PATIENCE = 4

/** Whether the announced length is beyond all patience. */
export function isFarTooLarge(bytes: number, mostBytes: number): boolean {
  return bytes > PATIENCE * mostBytes
}

/**
 * The body whole; null where the client went away. Rejects body_too_large whatever length was announced, after the body's end:
 * an answer while the client still sends would reach few of them.
 */
export function readAll(request: IncomingMessage, mostBytes: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= mostBytes) chunks.push(chunk)
      else {
        chunks = []
        if (isFarTooLarge(bytes, mostBytes)) reject(tooLarge(mostBytes))
      }
    })
    request.on('end', () => (bytes > mostBytes ? reject(tooLarge(mostBytes)) : resolve(Buffer.concat(chunks))))
    request.on('close', () => resolve(null))
    request.on('error', () => resolve(null))
  })
}
