import { mix } from './tokens.ts'

/** Pseudo-words of three letters after a space: each is exactly one token, and none needs escaping in JSON. */
const CONSONANTS = 'bcdfghjklmnprstvwz'
const VOWELS = 'aeiou'
const COUNT = 1024

export const WORDS: readonly string[] = Array.from({ length: COUNT }, (_, index) => {
  const first = CONSONANTS[index % CONSONANTS.length]!
  const vowel = VOWELS[Math.floor(index / CONSONANTS.length) % VOWELS.length]!
  return ` ${first}${vowel}${CONSONANTS[Math.floor(index / (CONSONANTS.length * VOWELS.length)) % CONSONANTS.length]!}`
})

const TOKENS = new Uint32Array(Uint8Array.from(Buffer.from(WORDS.join(''))).buffer)

/** Which word comes in this place of the text that `seed` stands for. */
export function wordAt(seed: number, index: number): number {
  return mix(seed + Math.imul(index + 1, 0x9e3779b9)) & (COUNT - 1)
}

/** The token of a word. */
export function wordToken(word: number): number {
  return TOKENS[word]!
}
