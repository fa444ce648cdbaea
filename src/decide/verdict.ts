import type { Doubt } from './plan-input.ts'
import type { Family } from './strategies.ts'

/** Below this share of resamples a claim is called inconclusive. */
export const CLAIM = 0.8
/** Under this many days of traffic every verdict is inconclusive. */
export const ENOUGH_DAYS = 14

export interface VerdictInput {
  readonly recommended: string
  readonly titles: Readonly<Record<string, string>>
  readonly families: Readonly<Record<string, Family>>
  readonly probabilityCheapest: Readonly<Record<string, number>>
  /** False where the traffic was described, not recorded. */
  readonly measured: boolean
  readonly days: number
  /** Whether the recommended plan meets every hard constraint and is one that the user allows. */
  readonly allowed: boolean
  /** What was assumed, with what to measure instead. */
  readonly doubts: readonly Doubt[]
}

export interface Verdict {
  /** Scenario id or `inconclusive`. */
  readonly verdict: string
  readonly text: string
  readonly family: { readonly choice: Family; readonly probability: number | null }
  readonly next: readonly string[]
}

/** What the evidence supports: the recommended scenario, its family alone, or nothing yet. */
export function verdictOf(input: VerdictInput): Verdict {
  const { recommended, probabilityCheapest, days, measured } = input
  const probability = probabilityCheapest[recommended] ?? null
  const family = leadingFamily(input)
  const title = input.titles[recommended] ?? recommended
  const next: string[] = input.doubts.map((doubt) => doubt.next)
  if (!input.allowed) {
    next.push('Loosen a constraint or add an offer that meets it: the reasons stand beside each scenario.')
    return { verdict: 'inconclusive', text: `Inconclusive: no plan that is allowed meets every constraint. ${title} comes closest.`, family, next }
  }
  if (!measured) {
    next.push('Record real traffic for two weeks: point the gateway or an access log at `spillway plan --traffic`.')
    return { verdict: 'inconclusive', text: `Inconclusive: the traffic is described, not measured. If it is as described, ${title} is cheapest.`, family, next }
  }
  if (days < ENOUGH_DAYS) {
    next.push(`Record ${round(ENOUGH_DAYS - days)} more days of traffic: a week to plan on and a week to test it on.`)
    return { verdict: 'inconclusive', text: `Inconclusive: ${round(days)} days of traffic, 14 are needed. On these days ${title} is cheapest.`, family, next }
  }
  const blocking = input.doubts.find(({ blocks }) => blocks)
  if (blocking !== undefined) {
    return { verdict: 'inconclusive', text: `Inconclusive: ${blocking.text} If that holds, ${title} is cheapest.`, family, next }
  }
  if (probability === null || probability < CLAIM) {
    const share = probability === null ? 'unknown' : percent(probability)
    const rival = Object.entries(probabilityCheapest).filter(([id]) => id !== recommended).sort(([, a], [, b]) => b - a)[0]
    if (rival !== undefined) next.push(`Between ${title} and ${input.titles[rival[0]] ?? rival[0]} (${percent(rival[1])}): four weeks of traffic, and the prices that you are really quoted.`)
    next.push('Measure what one replica serves within the SLO (--replica-rps) and the cold start of your own image: both move the answer.')
    const ahead = rival !== undefined && probability !== null && rival[1] > probability ? ` ${input.titles[rival[0]] ?? rival[0]} is cheapest in ${percent(rival[1])}, but costs more on average.` : ''
    const familyText = family.probability !== null && family.probability >= CLAIM ? ` That some ${familyName(family.choice)} plan is cheapest holds in ${percent(family.probability)}.` : ''
    return { verdict: 'inconclusive', text: `Inconclusive: ${title} is cheapest in ${share} of the resamples of its days, 80 % are needed.${ahead}${familyText}`, family, next }
  }
  next.push('After a month, compare the bill with this plan; the gap is the news.')
  return { verdict: recommended, text: `${title}: cheapest in ${percent(probability)} of the resamples of its days.`, family, next }
}

function leadingFamily(input: VerdictInput): { choice: Family; probability: number | null } {
  const sums = new Map<Family, number>()
  for (const [id, probability] of Object.entries(input.probabilityCheapest)) {
    const family = input.families[id]
    if (family !== undefined) sums.set(family, (sums.get(family) ?? 0) + probability)
  }
  const best = [...sums].sort(([, a], [, b]) => b - a)[0]
  return best === undefined ? { choice: input.families[input.recommended] ?? 'hybrid', probability: null } : { choice: best[0], probability: best[1] }
}

export function familyName(family: Family): string {
  return { dedicated: 'all-dedicated', serverless: 'all-serverless', hybrid: 'hybrid', tokens: 'tokens-API' }[family]
}

const percent = (share: number): string => (share > 0.999 && share < 1 ? '>99.9 %' : `${(share * 100).toFixed((share > 0.99 && share < 1) || (share < 0.1 && share > 0) ? 1 : 0)} %`)
const round = (days: number): string => (Math.ceil(days * 10 - 1e-9) / 10).toFixed(Number.isInteger(Math.ceil(days * 10 - 1e-9) / 10) ? 0 : 1)
