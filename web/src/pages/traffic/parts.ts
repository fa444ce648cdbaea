import { grayOf } from '../../charts/colors.ts'
import type { Part } from './total-series.ts'

/** Tokens by what is paid for them: disjoint, and together all there were. */
export const TOKENS: readonly Part[] = [
  ['prompt, not cached', grayOf(0), ({ inputTokens, cacheReadTokens }) => inputTokens - cacheReadTokens],
  ['prompt, read from a cache', grayOf(1), ({ cacheReadTokens }) => cacheReadTokens],
  ['answer', grayOf(2), ({ outputTokens, reasoningTokens }) => outputTokens - reasoningTokens],
  ['reasoning', grayOf(3), ({ reasoningTokens }) => reasoningTokens],
]

/** Calls that gave no whole answer. */
export const FAILURES: readonly Part[] = [
  ['failed', 'var(--waste)', ({ failed }) => failed],
  ['client went away', grayOf(3), ({ aborted }) => aborted],
]
