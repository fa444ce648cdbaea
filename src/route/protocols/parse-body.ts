import { isUtf8 } from 'node:buffer'
import { CallError } from './parse-error.ts'
import { scanJson } from './parse-spans.ts'
import type { JsonSpans } from './parse-spans.ts'

/** A request body that is a JSON object: the bytes as they came, the value, and where in the bytes its members are. */
export interface JsonBody {
  readonly bytes: Buffer
  readonly json: Readonly<Record<string, unknown>>
  readonly spans: JsonSpans
}

/**
 * Parses a body, once. The depth is checked before anything is built, a key that comes twice is refused (we and the
 * upstream could read it differently), and `__proto__` is an ordinary key without power. Throws CallError: invalid_utf8,
 * json_too_deep, invalid_json, duplicate_key.
 */
export function parseBody(bytes: Buffer, maxDepth: number): JsonBody {
  if (!isUtf8(bytes)) throw new CallError('invalid_utf8', 'The body is not valid UTF-8.')
  const spans = scanJson(bytes, maxDepth)
  if (spans.depth > maxDepth) throw new CallError('json_too_deep', `The body nests more than ${maxDepth} levels deep.`)
  const json = parsed(bytes)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new CallError('invalid_json', 'The body must be a JSON object.')
  if (Object.keys(json).length !== spans.members) throw new CallError('duplicate_key', 'The body has the same key twice.')
  return { bytes, json: json as Record<string, unknown>, spans }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    // The engine's message quotes the body: the client gets ours.
    throw new CallError('invalid_json', bytes.length === 0 ? 'The body is empty: send a JSON object.' : 'The body is not valid JSON.')
  }
}
