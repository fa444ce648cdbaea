/** USD an hour for the same calls, had they been served another way. */
export interface WhatIf {
  readonly allDedicated: number
  readonly allServerless: number
}

export interface WhatIfSettings {
  /** Requests that a replica holds within the target. */
  readonly capacity: number
  /** USD an hour of a rented replica, and of one by the second. */
  readonly dedicatedUsd: number
  readonly serverlessUsd: number
  /** How long a serverless replica stays, and is billed, after its last request; in samples. */
  readonly idleSamples: number
}

/** Samples of how many calls are under way, and the bill of serving them in one way only. */
export interface WhatIfMeter {
  readonly sample: (inFlight: number) => void
  /** Null before the first sample. */
  readonly read: () => WhatIf | null
}

/**
 * An estimate from the calls under way, as the live page needs it: replicas = calls / capacity, rounded up. All-dedicated
 * rents the most that were ever needed; all-serverless pays each second for as many as were needed within the idle window
 * before it. Cold starts are free here, so the second is a lower limit. `spillway demo --compare` simulates both.
 */
export function createWhatIf({ capacity, dedicatedUsd, serverlessUsd, idleSamples }: WhatIfSettings): WhatIfMeter {
  const recent: number[] = []
  let most = 0
  let samples = 0
  let paid = 0
  return {
    sample(inFlight) {
      const replicas = Math.ceil(inFlight / capacity)
      recent.push(replicas)
      if (recent.length > idleSamples + 1) recent.shift()
      most = Math.max(most, replicas)
      samples++
      paid += Math.max(...recent)
    },
    read: () => (samples === 0 ? null : { allDedicated: most * dedicatedUsd, allServerless: (paid / samples) * serverlessUsd }),
  }
}
