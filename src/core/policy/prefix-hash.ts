/** Longest prefix that is hashed, in blocks. */
export const MOST_BLOCKS = 256

/**
 * Chained 32-bit hashes of the whole blocks of a prompt: the n-th hash stands for everything up to the end of block n, so
 * two prompts share their first n hashes exactly when they share their first n blocks (but for collisions, which only
 * misroute). At most 256 blocks; the unfinished last block has none, as in the engines. `blockBytes` is rounded up to a
 * multiple of 4 and counts UTF-16 units for a text. `salt`: what else must be equal for a cache to be shared, such as
 * the model. Four bytes a step of MurmurHash3 (Appleby, public domain). Not for secrets.
 */
export function prefixHashes(prompt: Uint8Array | string, blockBytes: number, salt = ''): number[] {
  const block = Math.max(4, Math.ceil(blockBytes / 4) * 4)
  const blocks = Math.min(MOST_BLOCKS, Math.floor(prompt.length / block))
  if (!(blocks > 0)) return []
  const hashes: number[] = []
  let state = hashText(salt)
  if (typeof prompt === 'string') {
    for (let n = 0; n < blocks; n++) hashes.push((state = textBlock(prompt, n * block, block, state)))
    return hashes
  }
  const view = new DataView(prompt.buffer, prompt.byteOffset, blocks * block)
  for (let n = 0; n < blocks; n++) hashes.push((state = byteBlock(view, n * block, block, state)))
  return hashes
}

/** A well mixed 32-bit hash of a short text. */
export function hashText(text: string, seed = 0): number {
  let hash = seed | 0
  for (let i = 0; i < text.length; i++) hash = step(hash, text.charCodeAt(i))
  return mix(hash ^ text.length)
}

function byteBlock(view: DataView, from: number, block: number, seed: number): number {
  let hash = seed
  for (let at = from; at < from + block; at += 4) hash = step(hash, view.getInt32(at, true))
  return mix(hash)
}

function textBlock(text: string, from: number, block: number, seed: number): number {
  let hash = seed
  for (let at = from; at < from + block; at += 2) hash = step(hash, text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16))
  return mix(hash)
}

function step(hash: number, word: number): number {
  const k = Math.imul(word, 0xcc9e2d51)
  const mixed = hash ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

function mix(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
