import { cheapest } from './choose-offers.ts'
import type { Demand } from './demand.ts'
import { SECONDS_PER_MONTH } from './market.ts'
import type { TokensOption } from './plan-input.ts'
import type { MonthlyUsage } from './usage.ts'

/** The tokens API that a plan may recommend: the cheapest whose bill is complete; null = none. */
export function cheapestTokens(options: readonly TokensOption[]): TokensOption | null {
  return cheapest(
    options.filter(({ missing }) => missing.length === 0),
    ({ usdByDay }) => usdByDay.reduce((sum, usd) => sum + usd, 0),
  )
}

/** An API uses no replicas; only its requests count. */
export function tokensUsage({ requests, binSeconds }: Demand): MonthlyUsage {
  const total = (requests.reduce((sum, value) => sum + value, 0) * SECONDS_PER_MONTH) / (requests.length * binSeconds)
  return {
    useful: 0,
    dedicatedBusy: 0,
    dedicatedIdle: 0,
    rented: 0,
    overflow: 0,
    serverlessBusy: 0,
    coldStart: 0,
    keepWarm: 0,
    rounding: 0,
    requests: total,
    overflowRequests: 0,
    coldRequests: null,
    rentedMean: 0,
    rentedMax: 0,
    serverlessMax: 0,
    overflowMax: 0,
    unserved: 0,
  }
}
