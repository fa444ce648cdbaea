import { randomFillSync } from 'node:crypto'

/** 96 bits: no two calls of one log share an id, and nobody guesses one. */
const ID_BYTES = 12
/** Asking the generator costs microseconds however little is asked for. */
const IDS_AT_ONCE = 256

/** Gives ids of calls, as `call_` and 16 characters of base64url. `fill`: a source of unpredictable bytes. */
export function callIds(fill: (bytes: Buffer) => void = randomFillSync): () => string {
  const bytes = Buffer.alloc(ID_BYTES * IDS_AT_ONCE)
  let at = bytes.length
  return () => {
    if (at === bytes.length) {
      fill(bytes)
      at = 0
    }
    at += ID_BYTES
    return `call_${bytes.toString('base64url', at - ID_BYTES, at)}`
  }
}
