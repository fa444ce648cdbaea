import type { GenerationCall } from './generation-call.ts'

/** How one API says what is generated, whole or as events (each with its blank line). */
export interface Shape {
  /** Events with the first token, before it. */
  readonly open: () => string
  /** The event of the tokens from one place up to another; empty where they have no text. */
  readonly tokens: (from: number, to: number) => string
  /** The last events. */
  readonly close: (usage: Usage) => string
  /** The JSON of an answer that is not streamed. */
  readonly whole: (usage: Usage) => string
}

export interface Usage {
  readonly prompt: number
  readonly cached: number
  readonly output: number
}

/** What is the same in all events of one answer. */
export interface AnswerHead {
  readonly id: string
  /** Unix seconds. */
  readonly created: number
  readonly call: GenerationCall
}

export type ShapeOf = (head: AnswerHead) => Shape

export const DONE = 'data: [DONE]\n\n'

export function usageJson({ prompt, cached, output }: Usage): string {
  return `{"prompt_tokens":${prompt},"total_tokens":${prompt + output},"completion_tokens":${output},"prompt_tokens_details":{"cached_tokens":${cached}}}`
}
