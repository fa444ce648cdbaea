import type { TokenUsage } from './rate-card.ts'

export interface TokenTotals {
  readonly promptTokens: number
  readonly outputTokens: number
}

/** Tokens of the prompt and of the answer, over all buckets. */
export function tokenTotals({ inputUncached = 0, cacheRead = 0, cacheWrite = 0, audioInput = 0, imageInput = 0, output = 0, reasoning = 0, audioOutput = 0 }: TokenUsage): TokenTotals {
  return { promptTokens: inputUncached + cacheRead + cacheWrite + audioInput + imageInput, outputTokens: output + reasoning + audioOutput }
}
