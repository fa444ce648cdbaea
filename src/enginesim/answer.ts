import { BYTES_PER_TOKEN, encode } from './tokens.ts'
import { WORDS, wordAt, wordToken } from './words.ts'

export type FinishReason = 'stop' | 'length' | 'tool_calls'

/** What will be generated for a call, fixed before the first token so that a seed replays it. */
export interface Answer {
  /** Tokens to generate. */
  readonly count: number
  readonly finish: FinishReason
  /** The stop string that ended it; null = none did. */
  readonly stopReason: string | null
  /** The function that is called with the text as its arguments; null = the text is the answer. */
  readonly tool: string | null
  /** Text of the tokens from one place up to another; empty where a stop string has cut it. */
  readonly fragment: (from: number, to: number) => string
  /** The token itself, for the prefix cache. */
  readonly token: (index: number) => number
  /** The whole text. */
  readonly text: () => string
}

export interface AnswerLength {
  /** Tokens that it would have if nothing limited it. */
  readonly natural: number
  readonly most: number
}

/** Pseudo-words, as many as wanted, ended by the first of the stop strings that comes up. */
export function wordAnswer(seed: number, { natural, most }: AnswerLength, stop: readonly string[]): Answer {
  const count = Math.min(natural, most)
  const fragment = (from: number, to: number): string => {
    let part = ''
    for (let index = from; index < to; index++) part += WORDS[wordAt(seed, index)]!
    return part
  }
  const text = (): string => fragment(0, count)
  const cut = stop.length === 0 ? null : firstStop(text(), stop)
  if (cut !== null) return { ...textAnswer(cut.text, Math.ceil(cut.end / BYTES_PER_TOKEN), null), finish: 'stop', stopReason: cut.by }
  return {
    count,
    finish: natural > most ? 'length' : 'stop',
    stopReason: null,
    tool: null,
    fragment,
    token: (index) => wordToken(wordAt(seed, index)),
    text,
  }
}

/** A text that is given (JSON for a schema or a tool), cut at `most` tokens. Non-ASCII characters are escaped, which JSON allows. */
export function jsonAnswer(value: unknown, most: number, tool: string | null): Answer {
  const text = JSON.stringify(value).replace(/[^\u0020-\u007e]/gu, (char) => [...Array(char.length).keys()].map((unit) => `\\u${char.charCodeAt(unit).toString(16).padStart(4, '0')}`).join(''))
  const whole = Math.max(1, Math.ceil(text.length / BYTES_PER_TOKEN))
  const answer = textAnswer(text.slice(0, most * BYTES_PER_TOKEN), Math.min(whole, most), tool)
  return whole > most ? { ...answer, finish: 'length' } : answer
}

function textAnswer(text: string, count: number, tool: string | null): Answer {
  const tokens = encode(text)
  return {
    count,
    finish: tool === null ? 'stop' : 'tool_calls',
    stopReason: null,
    tool,
    fragment: (from, to) => text.slice(from * BYTES_PER_TOKEN, to * BYTES_PER_TOKEN),
    token: (index) => tokens[index] ?? 0,
    text: () => text,
  }
}

function firstStop(text: string, stop: readonly string[]): { readonly text: string; readonly end: number; readonly by: string } | null {
  let best: { text: string; end: number; by: string } | null = null
  for (const by of stop) {
    const at = text.indexOf(by)
    if (at !== -1 && (best === null || at < best.text.length)) best = { text: text.slice(0, at), end: at + by.length, by }
  }
  return best
}
