/**
 * JSON that keeps whole numbers of any size: a bigint is written as the text `123n`, and a text that looks like one gets a mark before
 * it. For data that passes from one of our own programs to another, such as a catalog with its exact prices.
 */
export function toExactJson(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `${one}n` : typeof one === 'string' && LOOKS_LIKE.test(one) ? `\\${one}` : one))
}

/** Reads what `toExactJson` wrote. Throws SyntaxError for text that is no JSON. */
export function fromExactJson(text: string): unknown {
  return JSON.parse(text, (_, one: unknown) => (typeof one !== 'string' ? one : NUMBER.test(one) ? BigInt(one.slice(0, -1)) : LOOKS_LIKE.test(one) ? one.slice(1) : one))
}

const NUMBER = /^-?\d+n$/u
/** A number, or one that was marked, however often. */
const LOOKS_LIKE = /^\\*-?\d+n$/u
