import type { MarginalLevel, PlanResult } from '../plan-result.ts'
import { percent, usd } from './format.ts'

const MOST_LINES = 6
/** A smaller share of the cost is no difference to speak of. */
const NOTICED = 0.001

/**
 * Why each replica is owned or not, in words: the rule, a line a replica (long runs that are served alike are told by
 * their ends), and what the recommended plan does better where it is not the best fixed count.
 */
export function marginalWords(result: Pick<PlanResult, 'marginal' | 'scenarios' | 'recommended'>): string[] {
  const { marginal } = result
  const first = marginal[0]
  const last = marginal.at(-1)
  if (first === undefined || last === undefined) return []
  if (marginal.every(({ breakEven }) => breakEven === null)) {
    const missing = marginal.every(({ dedicatedUsd }) => dedicatedUsd === null) ? 'dedicated' : 'serverless'
    return [`No ${missing} offer to compare with, so there is no break-even: replica 1 is filled ${percent(first.meanFill)}, replica ${last.level} ${percent(last.meanFill)}.`]
  }
  const shared = marginal.every(({ breakEven }) => percent(breakEven) === percent(first.breakEven))
  const one = (level: MarginalLevel): string => words(level, !shared)
  const lines = marginal.length <= MOST_LINES ? marginal.map(one) : runsOf(marginal).flatMap((run) => (run.length <= 2 ? run.map(one) : [one(run[0]!), together(run.slice(1, -1), one), one(run.at(-1)!)]))
  return [ruleOf(marginal, shared ? percent(first.breakEven) : null), ...lines, ...beyondFixed(result)]
}

/** What makes a replica worth owning, and for how many that holds. */
function ruleOf(marginal: readonly MarginalLevel[], breakEven: string | null): string {
  if (marginal.every((level) => level.breakEven !== null && level.breakEven > 1)) return `A dedicated replica never pays: it costs more than serverless even when it is always full (break-even ${breakEven ?? 'above 100 %'}).`
  const owned = marginal.filter(({ choice }) => choice === 'dedicated').length
  const which = owned === 0 ? 'none is' : owned === marginal.length ? (owned === 1 ? 'the only one is' : `all ${owned} are`) : owned === 1 ? `the first of ${marginal.length}` : `the first ${owned} of ${marginal.length}`
  return `A dedicated replica pays where it is filled at least ${breakEven ?? 'to its break-even'}: ${which}.`
}

function words({ level, meanFill, breakEven, choice, savesUsd }: MarginalLevel, withBreakEven: boolean): string {
  return `replica ${level} filled ${percent(meanFill)}${withBreakEven ? ` (break-even ${percent(breakEven)})` : ''} -> ${choice} saves ${usd(savesUsd)}`
}

/** The table is about a fixed count; a plan that rents by the hour, or buys tokens, answers another question. */
function beyondFixed({ scenarios, recommended }: Pick<PlanResult, 'scenarios' | 'recommended'>): string[] {
  const fixed = scenarios.find(({ id }) => id === 'hybrid')?.monthlyUsd ?? null
  const chosen = scenarios.find(({ id }) => id === recommended)
  if (fixed === null || chosen === undefined || chosen.monthlyUsd === null || chosen.id === 'hybrid' || chosen.monthlyUsd > fixed * (1 - NOTICED)) return []
  return [`That is the best fixed count (hybrid, ${usd(fixed)} a month); ${chosen.id} costs ${usd(fixed - chosen.monthlyUsd)} a month less${chosen.replicas.elasticMax > 0 ? ', since it changes the count with demand' : ''}.`]
}

function together(run: readonly MarginalLevel[], one: (level: MarginalLevel) => string): string {
  if (run.length === 1) return one(run[0]!)
  const [first, last] = [run[0]!, run.at(-1)!]
  const saved = run.reduce((sum: number | null, { savesUsd }) => (sum === null || savesUsd === null ? null : sum + savesUsd), 0)
  return `replicas ${first.level} to ${last.level} filled ${percent(first.meanFill)} to ${percent(last.meanFill)} -> ${first.choice} saves ${usd(saved)} together`
}

function runsOf(levels: readonly MarginalLevel[]): MarginalLevel[][] {
  const runs: MarginalLevel[][] = []
  for (const level of levels) {
    const last = runs.at(-1)
    if (last?.[0]?.choice === level.choice) last.push(level)
    else runs.push([level])
  }
  return runs
}
