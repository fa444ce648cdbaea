const STEP = 0.2
/** Eighths of the capacity, up to twice of it. */
const LEVELS = 17
const ENOUGH = 4
/** What was not seen again for so long no longer counts, so a floor that was slow once is tried again. */
const FORGET_MS = 30_000

/**
 * Time to the first token of a pool's endpoints by their load, learned from what happened: exponentially weighted means
 * for each eighth of the capacity, and one slope over the uncached prompt tokens (weighted least squares about those
 * means), since a long prompt is slow on an idle endpoint too.
 */
export class TtftModel {
  readonly #count = new Int32Array(LEVELS)
  readonly #ms = new Float64Array(LEVELS)
  readonly #tokens = new Float64Array(LEVELS)
  readonly #seenAt = new Float64Array(LEVELS).fill(Number.NEGATIVE_INFINITY)
  #covariance = 0
  #variance = 0

  /** `load`: in-flight / capacity when the call was sent, without it. */
  observe(load: number, tokens: number, ms: number, at: number): void {
    if (!(ms >= 0 && tokens >= 0 && Number.isFinite(ms + tokens))) return
    const level = levelOf(load)
    if (at - this.#seenAt[level]! > FORGET_MS) this.#count[level] = 0
    this.#seenAt[level] = at
    const count = ++this.#count[level]!
    if (count === 1) {
      this.#ms[level] = ms
      this.#tokens[level] = tokens
      return
    }
    const [byTokens, byMs] = [tokens - this.#tokens[level]!, ms - this.#ms[level]!]
    // The first few are averaged plainly, so that the very first one weighs no more than the others.
    const step = Math.max(STEP, 1 / count)
    this.#covariance += STEP * (byTokens * byMs - this.#covariance)
    this.#variance += STEP * (byTokens * byTokens - this.#variance)
    this.#tokens[level]! += step * byTokens
    this.#ms[level]! += step * byMs
  }

  /** Expected ms for a usual prompt, from this load or the nearest lower one that is known (so rather too low); null = nothing known. */
  usual(load: number, now: number): number | null {
    const level = this.#known(load, now)
    return level === -1 ? null : this.#ms[level]!
  }

  /** Expected ms for this many uncached prompt tokens. */
  predict(load: number, tokens: number, now: number): number | null {
    const level = this.#known(load, now)
    if (level === -1) return null
    const slope = this.#variance > 0 ? Math.max(0, this.#covariance / this.#variance) : 0
    return Math.max(0, this.#ms[level]! + slope * (tokens - this.#tokens[level]!))
  }

  #known(load: number, now: number): number {
    for (let level = levelOf(load); level >= 0; level--) if (this.#count[level]! >= ENOUGH && now - this.#seenAt[level]! <= FORGET_MS) return level
    return -1
  }
}

function levelOf(load: number): number {
  return Math.max(0, Math.min(LEVELS - 1, Math.floor(load * 8)))
}
