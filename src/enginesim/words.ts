import { mix } from './tokens.ts'

/** Pseudo-words of three letters after a space: each is exactly one token, and none needs escaping in JSON. */
const CONSONANTS = 'bcdfghjklmnprstvwz'
const VOWELS = 'aeiou'
const COUNT = 1024

/**
 * What nobody should read in a demo: rude words and slurs of three such letters in some languages. The list is of whole words,
 * since each stands between spaces; what two of them would make together does not come.
 */
const NEVER = new Set(
  (
    'bum cac cak cip coc cok cuc cuk cul cum cun dic dik fag fap foc fok fuc fud fug fuk gip hag heb hun huj jap jeb kac kak koc ' +
    'kok kuc kuk kul kum kun kut lul neg nig nip nob nog pik pis pud puk sik sod suc suk tit vag vaj wog wop'
  ).split(' '),
)

export const WORDS: readonly string[] = Array.from(CONSONANTS, (last) => Array.from(VOWELS, (vowel) => Array.from(CONSONANTS, (first) => `${first}${vowel}${last}`)))
  .flat(2)
  .filter((word) => !NEVER.has(word))
  .slice(0, COUNT)
  .map((word) => ` ${word}`)

const TOKENS = new Uint32Array(Uint8Array.from(Buffer.from(WORDS.join(''))).buffer)

/** Which word comes in this place of the text that `seed` stands for. */
export function wordAt(seed: number, index: number): number {
  return mix(seed + Math.imul(index + 1, 0x9e3779b9)) & (COUNT - 1)
}

/** The token of a word. */
export function wordToken(word: number): number {
  return TOKENS[word]!
}
