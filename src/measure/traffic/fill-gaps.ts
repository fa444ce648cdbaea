import type { TrafficBins } from '../../core/traffic.ts'

/**
 * The traffic with its possible gaps filled: each such bin gets the mean of the bins at the same time of the day on
 * other days, or the mean of all bins where every day has a gap there. Requests, tokens and work alike. For asking what a
 * plan would be if the recording, not the traffic, had stopped; the filled bins are no gaps any more.
 */
export function fillGaps(bins: TrafficBins): TrafficBins {
  const { possibleGap, binSeconds, tokens, work } = bins
  const perDay = Math.max(1, Math.round(86_400 / binSeconds))
  const fill = (values: Float64Array): Float64Array => {
    const sums = new Float64Array(perDay)
    const counts = new Float64Array(perDay)
    for (const [t, value] of values.entries()) {
      if (possibleGap[t] === 1) continue
      sums[t % perDay]! += value
      counts[t % perDay]! += 1
    }
    const total = sums.reduce((sum, value) => sum + value, 0)
    const all = counts.reduce((sum, value) => sum + value, 0)
    const mean = all === 0 ? 0 : total / all
    return values.map((value, t) => (possibleGap[t] === 0 ? value : counts[t % perDay]! > 0 ? sums[t % perDay]! / counts[t % perDay]! : mean))
  }
  return {
    ...bins,
    requests: fill(bins.requests),
    possibleGap: new Uint8Array(possibleGap.length),
    tokens: tokens && {
      input: fill(tokens.input),
      cached: fill(tokens.cached),
      uncachedSquared: fill(tokens.uncachedSquared),
      output: fill(tokens.output),
      outputSquared: fill(tokens.outputSquared),
      inputOutput: fill(tokens.inputOutput),
    },
    ...(work === undefined ? {} : { work: { gpuSeconds: work.gpuSeconds && fill(work.gpuSeconds), egressMb: work.egressMb && fill(work.egressMb) } }),
  }
}
