/**
 * The linear terms of latency, in seconds. With b requests running, each of `input` prompt tokens (u of them not in the
 * prefix cache) and `output` tokens:
 *
 *   TPOT = fixed + running b + context b (input + output / 2) + stall b u / output
 *   TTFT = fixed + token u + tokenSquared u^2 + running b + queue b u
 *
 * `stall` is what the prefills of the other requests take from one that decodes; `running` and `queue` of TTFT are the
 * wait behind them. A prefill by itself has the first three terms of TTFT.
 */
export interface DecodeTerms {
  readonly fixed: number
  readonly running: number
  readonly context: number
  readonly stall: number
}

export interface PrefillTerms {
  readonly fixed: number
  readonly token: number
  readonly tokenSquared: number
  readonly running: number
  readonly queue: number
}

/** What each decode term is multiplied by, in the order of the interface. */
export function decodeFeatures(running: number, input: number, output: number, uncached = input): number[] {
  return [1, running, running * (input + output / 2), (running * uncached) / output]
}

/** What each prefill term is multiplied by, in the order of the interface. */
export function prefillFeatures(running: number, uncached: number): number[] {
  return [1, uncached, uncached * uncached, running, running * uncached]
}

export function decodeTerms(x: readonly number[]): DecodeTerms {
  return { fixed: x[0]!, running: x[1]!, context: x[2]!, stall: x[3]! }
}

export function prefillTerms(x: readonly number[]): PrefillTerms {
  return { fixed: x[0]!, token: x[1]!, tokenSquared: x[2]!, running: x[3]!, queue: x[4]! }
}

export function tpotOf(terms: DecodeTerms, running: number, input: number, output: number, uncached = input): number {
  return terms.fixed + running * (terms.running + terms.context * (input + output / 2) + (terms.stall * uncached) / output)
}

export function ttftOf(terms: PrefillTerms, running: number, uncached: number): number {
  return prefillOf(terms, uncached) + running * (terms.running + terms.queue * uncached)
}

export function prefillOf(terms: PrefillTerms, uncached: number): number {
  return terms.fixed + uncached * (terms.token + terms.tokenSquared * uncached)
}
