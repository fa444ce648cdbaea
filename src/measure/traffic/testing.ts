import { SpillwayError } from '../../core/errors.ts'
import { readTrafficChunks } from './read-traffic.ts'
import type { ReadOptions, TrafficReading } from './reading.ts'

/** Bytes in pieces of `size`, so that tests meet every way in which a stream may be cut. */
export async function* pieces(content: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Reads traffic from a text or bytes, named `t.csv` in errors. */
export function readText(content: string | Uint8Array, options: ReadOptions = {}, size = 7): Promise<TrafficReading> {
  return readTrafficChunks({ name: 't.csv', chunks: pieces(content, size) }, options)
}

/** The error that reading ends in; fails where it does not. */
export async function failure(content: string | Uint8Array, options: ReadOptions = {}, size = 7): Promise<SpillwayError> {
  const error: unknown = await readText(content, options, size).then(
    () => null,
    (error: unknown) => error,
  )
  if (error instanceof SpillwayError) return error
  throw new Error(`no SpillwayError but ${String(error)}`)
}
