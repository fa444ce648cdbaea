interface RateBins {
  readonly binSeconds: number
  readonly requests: Float64Array
  readonly possibleGap: Uint8Array
}

/**
 * Merges bins into wider ones of `wanted` seconds, counted from the first. A wide bin with a gap in it is a gap: it
 * misses requests. Bins at the end that do not fill a wide one are left out and counted. Throws what `refuse` makes
 * where the width is no multiple.
 */
export function coarsen(bins: RateBins, wanted: number | undefined, refuse: (reason: string) => Error): RateBins & { readonly leftOver: number } {
  if (wanted === undefined || wanted === bins.binSeconds) return { ...bins, leftOver: 0 }
  const factor = wanted / bins.binSeconds
  if (!Number.isInteger(factor)) throw refuse(`the trace has bins of ${bins.binSeconds} s, which do not fit in bins of ${wanted} s`)
  const count = Math.floor(bins.requests.length / factor)
  const requests = new Float64Array(count)
  const possibleGap = new Uint8Array(count)
  for (let bin = 0; bin < count * factor; bin++) {
    const wide = Math.floor(bin / factor)
    requests[wide]! += bins.requests[bin]!
    if (bins.possibleGap[bin] === 1) possibleGap[wide] = 1
  }
  return { binSeconds: wanted, requests, possibleGap, leftOver: bins.requests.length - count * factor }
}
