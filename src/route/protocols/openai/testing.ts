import type { Api } from '../../../core/call.ts'
import type { ParsedCall, ResponseReader } from '../../seams.ts'
import { parseBody } from '../parse-body.ts'
import { openaiFace } from './face.ts'

/** A call as the face parses it. */
export function parsedCall(api: Api, body: object | string): ParsedCall {
  return openaiFace.parse(api, parseBody(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), 64), {})
}

/** Feeds a reader and returns what the client gets. */
export function readAll(reader: ResponseReader, chunks: readonly (string | Buffer)[]): string {
  const out: Buffer[] = []
  for (const chunk of chunks) {
    const bytes = reader.push(Buffer.from(chunk as string))
    if (bytes !== null) out.push(Buffer.from(bytes))
  }
  const last = reader.end()
  return Buffer.concat(last === null ? out : [...out, last]).toString()
}

/** The bytes of a text, cut at these places. */
export function cutAt(text: string, places: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text)
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end))
}
