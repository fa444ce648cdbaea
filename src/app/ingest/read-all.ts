import type { IncomingMessage } from 'node:http'
import { tooLarge } from '../../measure/ingest/body.ts'

/**
 * The body whole; null where the client went away. Rejects body_too_large as soon as it is, whatever length was announced; what
 * still comes then is dropped until the answer has closed the connection.
 */
export function readAll(request: IncomingMessage, mostBytes: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      if (bytes > mostBytes) return
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes <= mostBytes) return
      chunks = []
      reject(tooLarge(mostBytes))
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('close', () => resolve(null))
    request.on('error', () => resolve(null))
  })
}
