import { oneLine } from '../../core/errors.ts'
import type { PlanResult, Scenario } from '../plan-result.ts'
import { chosenOf, comparison, type Comparison } from './comparison.ts'
import { count, difference, duration, excess, figure, percent, plural, unitUsd, usd } from './format.ts'

/** What every face of a plan says, in the same words: short lines of plain text, nothing escaped for any markup. */
export interface Summary {
  readonly title: string
  /** The answer first: what to run, what it costs, what that saves. */
  readonly answer: readonly string[]
  /** What to buy, from whom and at what price; empty where nothing is bought. */
  readonly runsOn: string
  readonly verdict: string
  readonly traffic: string
  readonly comparison: Comparison
  readonly bound: string
  readonly outOfSample: string
  /** Questions of the decision tree with their answers, in one line. */
  readonly tree: string
  /** Scenarios that cost less than the recommended one, and why they are not it. */
  readonly cheaperBut: readonly string[]
  readonly gotchas: readonly string[]
  readonly next: readonly string[]
  readonly warnings: readonly string[]
  readonly assumptions: string
}

export function summarize(result: PlanResult): Summary {
  const chosen = chosenOf(result)
  return {
    title: oneLine(chosen?.title ?? result.recommended),
    answer: [costLine(result, chosen), ...savingLines(result, chosen)],
    runsOn: runsOnLine(chosen),
    verdict: verdictLine(result, chosen),
    traffic: trafficLine(result),
    comparison: comparison(result),
    bound: boundLine(result),
    outOfSample: outOfSampleLine(result),
    tree: result.tree.steps.map(({ question, answer }) => `${oneLine(question)} ${oneLine(answer)}`).join(' · '),
    cheaperBut: cheaperBut(result, chosen),
    gotchas: (chosen?.gotchas ?? []).map(oneLine),
    next: result.whatToMeasureNext.map(oneLine),
    warnings: result.warnings.map(oneLine),
    assumptions: assumptionsLine(result),
  }
}

/** The verdict without the title, which stands above it in every face. */
function verdictLine({ verdictText }: PlanResult, chosen: Scenario | undefined): string {
  const prefix = `${chosen?.title}: `
  return sentence(oneLine(verdictText.startsWith(prefix) ? verdictText.slice(prefix.length) : verdictText))
}

/** The cost with its interval on other days or, where none was measured, with what single assumptions do to it. */
function costLine({ sensitivity, expected, outOfSample, recommended }: PlanResult, chosen: Scenario | undefined): string {
  const parts = [`${usd(chosen?.monthlyUsd)} a month`]
  const range = expected[recommended]
  const moved = sensitivity.flatMap(({ low, high }) => [low.monthlyUsd, high.monthlyUsd]).filter(Number.isFinite)
  if (range !== undefined) parts.push(`on other days ${usd(range.meanUsd)}, 80 % interval ${usd(range.p10Usd)} to ${usd(range.p90Usd)}`)
  else if (moved.length > 0) parts.push(`${usd(Math.min(...moved))} to ${usd(Math.max(...moved))} as one assumption at a time moves`)
  const held = outOfSample.scenarios[recommended]
  if (held !== undefined) parts.push(`${usd(held.monthlyUsd)} like the ${plural(outOfSample.testDays, 'held-out day')}`)
  return `${parts.join('; ')}.`
}

function savingLines({ scenarios, savings }: PlanResult, chosen: Scenario | undefined): string[] {
  const cost = chosen?.monthlyUsd ?? null
  if (chosen === undefined || cost === null) return []
  const lines: string[] = []
  if (savings !== null) {
    const word = savings.monthlyUsd >= 0 ? 'saves' : 'costs more, by'
    lines.push(`Against the current bill of ${usd(savings.currentMonthlyUsd)} a month it ${word} ${usd(Math.abs(savings.monthlyUsd))} a month, ${usd(Math.abs(savings.yearlyUsd))} in 12 months.`)
  }
  const against = ['all-serverless', 'all-dedicated', 'tokens-api'].flatMap((id) => {
    const other = scenarios.find((scenario) => scenario.id === id)
    if (other === undefined || id === chosen.id || other.monthlyUsd === null || other.monthlyUsd <= 0) return []
    const saved = other.monthlyUsd - cost
    return [`${usd(Math.abs(saved))} (${percent(Math.abs(saved) / other.monthlyUsd)}) a month ${saved >= 0 ? 'less' : 'more'} than ${id}${other.feasible ? '' : ' (which breaks a constraint)'}`]
  })
  if (against.length > 0) lines.push(`It costs ${against.join(', ')}.`)
  return lines
}

function trafficLine({ traffic }: PlanResult): string {
  const { floor, mean, peak } = traffic
  return `${oneLine(traffic.source)}: ${traffic.measured ? `${duration(traffic.days * 86400)} measured` : 'described, not measured'}; floor ${figure(floor)}, mean ${figure(mean)}, peak ${figure(peak)} replicas; ${count(traffic.requestsPerMonth)} requests a month.`
}

function boundLine({ allowed, clairvoyant }: PlanResult): string {
  const bound = usd(allowed.lowerBoundMonthlyUsd)
  const known = clairvoyant === null ? null : usd(clairvoyant.monthlyUsd)
  const also = known === bound ? ', not even a schedule that knew all of the future' : ''
  const apart = known === null || known === bound ? '' : ` A schedule that knew all of the future would cost ${known}.`
  return `No plan that you allow can cost less than ${bound} a month${also}; this one is ${excess(allowed.optimalityGap)} above that.${apart}`
}

function runsOnLine(chosen: Scenario | undefined): string {
  const parts = chosen?.runsOn ?? []
  const replica = parts.find(({ gpusPerReplica }) => gpusPerReplica !== null)
  if (parts.length === 0) return ''
  const shared = parts.find(({ role, offer }) => role === 'base' && parts.some((other) => other.role === 'rented' && other.offer === offer))
  const offers = parts.filter(({ role, offer }) => !(role === 'rented' && offer === shared?.offer)).map(({ role, offer, usd: price, per, asOf }) => `${role === 'base' && shared !== undefined ? 'always and by the hour ' : ROLES[role]}${oneLine(offer)}${price === null ? '' : ` at $${unitUsd(price)} a replica-${per}`} (${oneLine(asOf)})`)
  const kind = replica === undefined || replica.gpu === null ? '' : `replicas of ${replica.gpusPerReplica} x ${oneLine(replica.gpu)}: `
  return `${kind}${offers.join('; ')}`
}

const ROLES = { base: '', rented: 'by the hour ', serverless: 'above it ', api: '' } as const

function outOfSampleLine({ outOfSample, recommended }: PlanResult): string {
  const { available, method, bestFixedUsd, clairvoyantHourlyUsd, scenarios } = outOfSample
  if (!available) return `${sentence(oneLine(method))}.`
  const held = scenarios[recommended]
  const own = held === undefined ? '' : `: this plan ${usd(held.monthlyUsd)}, ${difference(held.regretVsClairvoyant)} against hourly counts chosen by someone who knew the week`
  return `${sentence(oneLine(method))}${own} (${usd(clairvoyantHourlyUsd)}); the best fixed count ${usd(bestFixedUsd)}.`
}

function cheaperBut({ scenarios, recommended }: PlanResult, chosen: Scenario | undefined): string[] {
  const limit = chosen?.monthlyUsd ?? null
  if (limit === null) return []
  const cheaper = scenarios.filter((scenario) => scenario.id !== recommended && scenario.monthlyUsd !== null && scenario.monthlyUsd < limit * (1 - 1e-6))
  return cheaper.sort((a, b) => (a.monthlyUsd ?? 0) - (b.monthlyUsd ?? 0)).slice(0, 2).map(({ id, monthlyUsd, why, considered }) => `${oneLine(id)} (${usd(monthlyUsd)}): ${oneLine(why[0] ?? (considered ? 'cheaper on this trace, not on days that it was not fitted to' : 'not considered'))}`)
}

function assumptionsLine({ assumptions }: PlanResult): string {
  const dates = assumptions.map(({ asOf }) => asOf).sort()
  if (dates.length === 0) return 'no listed assumptions'
  return `${assumptions.length} assumptions, each with source and date (${oneLine(dates[0]!)} to ${oneLine(dates.at(-1)!)})`
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
