import type { DedicatedOption, ServerlessOption } from './plan-input.ts'
import type { MonthlyUsage } from './usage.ts'

export interface GotchaInput {
  readonly usage: MonthlyUsage
  readonly dedicated: DedicatedOption | null
  readonly serverless: ServerlessOption | null
  readonly gpuKinds: number
  readonly rents: boolean
  readonly egressGbPerRequest: number | null
  readonly priceDecline: number
  /** The uncommitted price of the same replica, USD an hour; null = none in the catalog. */
  readonly marketPerHour: number | null
}

/** The traps that these offers and this traffic really trigger, each with its numbers. */
export function gotchasOf(input: GotchaInput): string[] {
  const { usage, dedicated, serverless } = input
  const traps: string[] = []
  if (serverless !== null && usage.serverlessBusy > 0) {
    const billed = usage.serverlessBusy + usage.coldStart + usage.keepWarm + usage.rounding
    const ratio = billed / usage.serverlessBusy
    if (serverless.idleWindowSeconds !== null && usage.keepWarm > 0.05 * billed)
      traps.push(
        `Idle window: ${serverless.idleWindowSeconds} s after each burst is billed, ${pct(usage.keepWarm / billed)} of the serverless seconds (billed / busy = ${ratio.toFixed(2)}).`,
      )
    if (serverless.replicaCap !== null && usage.serverlessMax > serverless.replicaCap)
      traps.push(
        `Concurrency cap: ${replicas(serverless.replicaCap)}, the peak needs ${Math.ceil(usage.serverlessMax)}; above the cap requests ${AT_CAP[serverless.atCap ?? 'unknown']}.`,
      )
    else if (serverless.replicaCap === null)
      traps.push(`Concurrency cap: not stated by the provider; the peak needs ${replicas(Math.ceil(usage.serverlessMax))} at once. Ask before you sign.`)
    if (serverless.coldStart !== null && usage.coldRequests !== null && usage.coldRequests > 0)
      traps.push(
        `Cold start: ${pct(usage.coldRequests / Math.max(1, usage.requests))} of requests wait for a starting replica; a whole start takes ${serverless.coldStart.p50} s (median) to ${serverless.coldStart.p99} s (99th percentile).`,
      )
    if (dedicated !== null && usage.dedicatedBusy > 0)
      traps.push('Drift: dedicated and serverless images must pin the same engine, CUDA, model revision and precision; compare answers weekly.')
  }
  if (dedicated !== null && dedicated.commitmentMonths !== null && input.marketPerHour !== null)
    traps.push(commitmentTrap(dedicated, dedicated.commitmentMonths, input.marketPerHour, input.priceDecline))
  if (dedicated !== null && dedicated.spot !== null) {
    const unknown = dedicated.spot.interruptionsPerHour === null ? 'How often' : dedicated.startupSeconds === null ? 'How long a replacement takes' : null
    const rate = unknown === null ? '' : ` ${unknown} is not stated: what it costs is not in this bill.`
    traps.push(`Spot: reclaimed with ${dedicated.spot.noticeSeconds === null ? 'a notice that nobody states' : `${dedicated.spot.noticeSeconds} s notice`}; calls that run longer than that are lost and retried.${rate}`)
  }
  if (input.rents) traps.push('Elastic floor: assumes that a GPU can be had within the notice at the on-demand price; it may be sold out at your peak.')
  if (input.gpuKinds > 1) traps.push(`GPU diversity: ${input.gpuKinds} kinds of replica mean as many images, benchmarks and failure modes.`)
  traps.push(...unpricedEgress(input))
  return traps
}

/** Megabytes that leave from an offer which states no price for them: they are in no bill. */
function unpricedEgress({ usage, dedicated, serverless, egressGbPerRequest }: GotchaInput): string[] {
  if (egressGbPerRequest === null || egressGbPerRequest === 0) return []
  const parts = [
    { offer: dedicated, requests: usage.requests - usage.overflowRequests },
    { offer: serverless, requests: usage.overflowRequests },
  ]
  const silent = parts.filter(({ offer, requests }) => offer !== null && offer.egressPerGb === null && requests > 0)
  return silent.map(({ offer, requests }) => `Egress: ${((requests * egressGbPerRequest) / 1000).toPrecision(2)} TB a month leave ${offer!.title}, which states no price for it: that is not in this bill.`)
}

const AT_CAP = { reject: 'are rejected', queue: 'wait', unknown: 'are rejected or wait: the provider does not say' } as const

function commitmentTrap({ perHour }: DedicatedOption, months: number, marketPerHour: number, priceDecline: number): string {
  const discount = 1 - perHour / marketPerHour
  if (discount <= 0) return `Commitment: ${months} months for no less than the hourly price of another offer.`
  const neutral = neutralDecline(discount, months / 12)
  return `Commitment: ${months} months at ${pct(discount)} off pays unless market prices fall more than ${pct(neutral)} a year (assumed: ${pct(priceDecline)}).`
}

/**
 * Yearly fall of the market price (share) at which a commitment with this discount costs as much as paying the falling
 * market price over the same term: (1 - e^(-rT)) / (rT) = 1 - discount, solved for r, given as 1 - e^(-r).
 */
export function neutralDecline(discount: number, years: number): number {
  if (discount <= 0) return 0
  let low = 0
  let high = 50
  for (let i = 0; i < 80; i++) {
    const r = (low + high) / 2
    const mean = r * years < 1e-9 ? 1 : (1 - Math.exp(-r * years)) / (r * years)
    if (mean > 1 - discount) low = r
    else high = r
  }
  return 1 - Math.exp(-low)
}

const pct = (share: number): string => (share > 0 && share < 0.001 ? 'under 0.1 %' : `${(share * 100).toFixed(1)} %`)
const replicas = (count: number): string => `${count} ${count === 1 ? 'replica' : 'replicas'}`
