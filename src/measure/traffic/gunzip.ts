import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { SpillwayError } from '../../core/errors.ts'

/** Passes bytes through, decompressed where they start with the magic bytes of gzip. Throws TRAFFIC_GZIP_BROKEN. */
export async function* gunzipIfNeeded(file: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  // The magic is two bytes, and a pipe may deliver one at a time.
  let head: Uint8Array = new Uint8Array(0)
  let ended = false
  while (head.length < 2 && !ended) {
    const next = await iterator.next()
    if (next.done === true) ended = true
    else head = head.length === 0 ? next.value : Buffer.concat([head, next.value])
  }
  const all = rejoin(head, iterator, ended)
  if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzip(file, all)
  else yield* all
}

async function* rejoin(head: Uint8Array, iterator: AsyncIterator<Uint8Array>, ended: boolean): AsyncGenerator<Uint8Array> {
  try {
    yield head
    for (let next = ended ? null : await iterator.next(); next !== null && next.done !== true; next = await iterator.next()) yield next.value
  } finally {
    await iterator.return?.()
  }
}

async function* gunzip(file: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(chunks, { objectMode: true, highWaterMark: 1 })
  const unzip = createGunzip({ chunkSize: 256 * 1024 })
  let failed: Error | null = null
  source.on('error', (error) => {
    failed = error
    unzip.destroy(error)
  })
  source.pipe(unzip)
  try {
    for await (const chunk of unzip) yield chunk as Uint8Array
  } catch (error) {
    if (failed !== null || !(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('Z_')) throw error
    const cut = error.code === 'Z_BUF_ERROR'
    throw new SpillwayError('TRAFFIC_GZIP_BROKEN', cut ? 'the gzip stream ends too early' : `the gzip stream is damaged (${error.message})`, cut ? 'Copy or download the file again: it was cut' : 'Check the file with gzip -t and copy it again', { file })
  } finally {
    source.destroy()
    unzip.destroy()
  }
}
