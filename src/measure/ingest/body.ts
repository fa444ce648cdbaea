import { createGunzip, createInflate } from 'node:zlib'
import { IngestError } from './ingest-error.ts'

export type BodyType = 'protobuf' | 'json'

/** The body's form by its content type. Throws unsupported_media_type. */
export function bodyType(contentType: string | undefined): BodyType {
  const type = (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'protobuf'
  if (type === 'application/json') return 'json'
  throw new IngestError('unsupported_media_type', 'Send application/x-protobuf or application/json.')
}

/**
 * The body as it was before compression. What it may be in the end is limited, not what it is on the way: decompression stops at
 * the limit, so that a small body cannot fill the memory. Throws body_too_large, compression_broken, unsupported_encoding.
 */
export function decompress(body: Buffer, encoding: string | undefined, mostBytes: number): Promise<Buffer> | Buffer {
  const name = (encoding ?? 'identity').trim().toLowerCase()
  if (name === 'identity' || name === '') {
    if (body.length > mostBytes) throw tooLarge(mostBytes)
    return body
  }
  if (name !== 'gzip' && name !== 'x-gzip' && name !== 'deflate') throw new IngestError('unsupported_encoding', 'Send the body with gzip, deflate or no content encoding.')
  const stream = name === 'deflate' ? createInflate() : createGunzip()
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes > mostBytes) stream.destroy(tooLarge(mostBytes))
    })
    stream.on('end', () => resolve(Buffer.concat(chunks, bytes)))
    stream.on('error', (error) => reject(error instanceof IngestError ? error : new IngestError('compression_broken', `The body is not valid ${name}, or is cut off.`)))
    stream.end(body)
  })
}

/** JSON of a body. Throws invalid_json, without any of the body in the text. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    throw new IngestError('invalid_json', 'The body is not valid JSON.')
  }
}

export function tooLarge(mostBytes: number): IngestError {
  return new IngestError('body_too_large', `The body is larger than ${mostBytes} bytes after decompression: send smaller batches.`)
}
