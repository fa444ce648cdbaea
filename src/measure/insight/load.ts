/** What of a call a mend can change. Cost in whole nano-USD, tokens in disjoint counts. */
export interface Load {
  readonly nanoUsd: number
  /** Neither read from a cache nor written to one; audio and images included. */
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly output: number
  /** How many such calls it stands for: 1, less where a mend thins out. */
  readonly weight: number
}

/** Prices of the buckets against each other; any unit. */
export interface Weights {
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly output: number
  /** Whether the price has cache reads; null = not known. */
  readonly cacheable: boolean | null
}

/**
 * Where no price is known (a call that is billed by time, a model that nobody lists): a cached token a tenth, a written one a
 * quarter more, an output token four times an input token, the usual relation in price lists of 2026. It only splits a cost that
 * is known into its parts.
 */
export const ASSUMED_WEIGHTS: Weights = { input: 1, cacheRead: 0.1, cacheWrite: 1.25, output: 4, cacheable: null }

/** Tokens of the prompt, cached or not. */
export function promptTokens({ input, cacheRead, cacheWrite }: Load): number {
  return input + cacheRead + cacheWrite
}

/** The prompt in tokens that cost as one uncached token. */
export function promptWeight(load: Load, weights: Weights): number {
  return load.input + (load.cacheRead * weights.cacheRead + load.cacheWrite * weights.cacheWrite) / weights.input
}

/** The same call with other tokens. Its cost goes with the tokens by their weights; a call without tokens keeps its cost. */
export function withTokens(load: Load, tokens: Partial<Omit<Load, 'nanoUsd' | 'weight'>>, weights: Weights): Load {
  const changed = { ...load, ...tokens }
  const before = weigh(load, weights)
  return before <= 0 ? load : { ...changed, nanoUsd: Math.round((load.nanoUsd * weigh(changed, weights)) / before) }
}

/** The same call with so many tokens of its prompt left out, cached and uncached ones in proportion. */
export function withoutPrompt(load: Load, tokens: number, weights: Weights): Load {
  const all = promptTokens(load)
  if (all <= 0) return load
  const left = 1 - Math.min(1, tokens / all)
  return withTokens(load, { input: load.input * left, cacheRead: load.cacheRead * left, cacheWrite: load.cacheWrite * left }, weights)
}

function weigh(load: Load, weights: Weights): number {
  return load.input * weights.input + load.cacheRead * weights.cacheRead + load.cacheWrite * weights.cacheWrite + load.output * weights.output
}
