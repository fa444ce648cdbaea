/**
 * Traffic as every wing sees it: requests counted in equal bins, with the moments of their token counts. Six sums a
 * bin suffice, because a request's GPU time is linear in them (core/perf/latency-model.ts); so a trace of any length
 * becomes a few arrays, in one streaming pass.
 */
export interface TrafficBins {
  /** Unix time of the start of bin 0 in ms, or null where the trace has only relative times. */
  readonly startMs: number | null
  readonly binSeconds: number
  /** Requests in each bin. May be fractional where the trace gives rates. */
  readonly requests: Float64Array
  /** Null where the trace carries no token counts. */
  readonly tokens: TokenMoments | null
  /** Sums of what the trace says of work that tokens do not tell (images, audio, embeddings); absent where it says nothing. */
  readonly work?: WorkSums
  /**
   * 1 where the bin is empty although it would usually be busy, or nearly empty (2 % of the mean) and next to such a
   * bin: perhaps the recording stopped. Such a bin is never taken as the floor; the report names the count.
   */
  readonly possibleGap: Uint8Array
}

/** Sums over the requests of each bin; null where the trace has no such column. */
export interface WorkSums {
  /** Seconds of one GPU that the requests kept busy. */
  readonly gpuSeconds: Float64Array | null
  /** Megabytes (1e6 bytes) sent to the client. */
  readonly egressMb: Float64Array | null
}

/** Sums over the requests of each bin; each array has one entry a bin. Units: tokens, tokens squared. */
export interface TokenMoments {
  /** All prompt tokens, cached or not. */
  readonly input: Float64Array
  /** Prompt tokens found in the prefix cache (0 where unknown). */
  readonly cached: Float64Array
  /** Sum of (input - cached)^2. */
  readonly uncachedSquared: Float64Array
  readonly output: Float64Array
  readonly outputSquared: Float64Array
  /** Sum of input x output. */
  readonly inputOutput: Float64Array
}
