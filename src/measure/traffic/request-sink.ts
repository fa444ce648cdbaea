/**
 * Where readers put requests. Plain numbers, so that millions of rows allocate nothing. Negative = not said (cached,
 * gpuSeconds, egressMb, and input with output).
 */
export interface RequestSink {
  /**
   * One request at `ms` on the trace's clock. False where it lies so far from the others that the trace would not fit
   * in the bins; the caller reports the row.
   */
  request(ms: number, input: number, output: number, cached: number, gpuSeconds: number, egressMb: number): boolean
}

/** More than any request has; a larger count is a broken row. */
export const MAX_TOKENS = 10_000_000
/** A day of one GPU, and 1 TB: more than any one request takes. */
export const MAX_GPU_SECONDS = 86_400
export const MAX_EGRESS_MB = 1_000_000

export const TOO_FAR = 'the time lies so far from the other rows that the trace would have over 262,144 bins'
