/**
 * The simulator's tokenizer: a token is four bytes of UTF-8, the usual rule of thumb for English. It makes counts exact
 * for whoever writes prompts for it, and text that it generated is read back as the same tokens.
 */
export const BYTES_PER_TOKEN = 4

/** The tokens of a text, at least one; the last is filled up with zero bytes. */
export function encode(text: string): Uint32Array {
  const bytes = Buffer.byteLength(text)
  const tokens = new Uint32Array(Math.max(1, Math.ceil(bytes / BYTES_PER_TOKEN)))
  Buffer.from(tokens.buffer).write(text, 'utf8')
  return tokens
}

/** Fills up to whole tokens, so that what follows begins with a token of its own. */
export function padded(text: string): string {
  const over = Buffer.byteLength(text) % BYTES_PER_TOKEN
  return over === 0 ? text : text + ' '.repeat(BYTES_PER_TOKEN - over)
}

/**
 * Hash of a block that also stands for all blocks before it: `previous` is the hash of the block before (0 = none). 52
 * bits, so that different prompts practically never share one.
 */
export function chainHash(previous: number, tokenAt: (index: number) => number, from: number, length: number): number {
  let low = mix(0x9e3779b9 ^ (previous >>> 0))
  let high = mix(0x85ebca6b ^ Math.floor(previous / 2 ** 32))
  for (let index = from; index < from + length; index++) {
    const token = tokenAt(index)
    low = Math.imul(low ^ token, 0x01000193) + high
    high = Math.imul(high ^ (token >>> 15) ^ (low >>> 7), 0x27d4eb2f) + token
  }
  return (mix(high ^ low) >>> 12) * 2 ** 32 + (mix(low) >>> 0)
}

/** Spreads 32 bits (the finalizer of MurmurHash3, public domain). */
export function mix(value: number): number {
  let x = value | 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

/** 32 bits that stand for a whole prompt. */
export function digest(tokens: Uint32Array): number {
  let hash = tokens.length
  for (const token of tokens) hash = Math.imul(hash ^ token, 0x01000193) + (hash >>> 15)
  return mix(hash)
}
