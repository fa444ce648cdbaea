import { oneLine } from '../../core/errors.ts'
import type { PlanResult, Scenario } from '../plan-result.ts'
import { cents, difference, percent, unitUsd } from './format.ts'

/** The comparison of scenarios as a table of text, for every face. */
export interface Comparison {
  readonly columns: readonly { readonly header: string; readonly align: 'left' | 'right' }[]
  readonly rows: readonly ComparisonRow[]
  /** Scenarios that the table leaves out. */
  readonly omitted: number
  readonly note: string
}

export interface ComparisonRow {
  readonly id: string
  readonly mark: Mark
  /** One for each column. */
  readonly cells: readonly string[]
}

/** `>` recommended, `x` breaks a hard constraint, `-` for comparison only, a space for any other that could be chosen. */
export type Mark = '>' | 'x' | '-' | ' '

const MOST_ROWS = 10

export function chosenOf({ scenarios, recommended }: Pick<PlanResult, 'scenarios' | 'recommended'>): Scenario | undefined {
  return scenarios.find(({ id }) => id === recommended)
}

/** The rows of the one-page table: the named scenarios, the recommended one and the best of the rest, cheapest first. */
export function comparison(result: PlanResult): Comparison {
  const ordered = [...result.scenarios].sort((a, b) => Number(b.feasible) - Number(a.feasible) || cost(a) - cost(b))
  const named = ordered.filter(({ id }) => !id.includes('@') || id === result.recommended)
  // Another offer that leads to the same bill (none of it is used) tells nothing.
  const rest = ordered.filter((scenario) => !named.some(({ id, monthlyUsd }) => id === scenario.id || (monthlyUsd !== null && monthlyUsd === scenario.monthlyUsd)))
  const room = Math.max(0, MOST_ROWS - named.length)
  const shown = new Set([...named, ...rest.slice(0, Math.min(2, room))])
  const rows = comparisonRows(result, ordered.filter((scenario) => shown.has(scenario)))
  const marks = new Set(rows.map(({ mark }) => mark))
  const notes = ['> recommended', ...(marks.has('x') ? ['x breaks a constraint'] : []), ...(marks.has('-') ? ['- comparison only'] : [])]
  const omitted = ordered.length - rows.length
  notes.push('held out: a month like the days not fitted', 'idle tax: paid capacity that no work fills', 'cold: wait for a start')
  if (omitted > 0) notes.push(`${omitted} more in CSV and --verbose`)
  return { columns: columnsOf(result), rows, omitted, note: notes.join('; ') }
}

/** Any scenarios as rows of that table. */
export function comparisonRows(result: PlanResult, scenarios: readonly Scenario[]): ComparisonRow[] {
  const chosen = chosenOf(result)
  const coarse = isCoarse(result)
  return scenarios.map((scenario) => ({ id: scenario.id, mark: markOf(scenario, result.recommended), cells: cellsOf(result, scenario, chosen?.monthlyUsd ?? null, coarse) }))
}

/** Whether the bills are so large that a table shows whole dollars. */
export function isCoarse({ scenarios }: Pick<PlanResult, 'scenarios'>): boolean {
  return scenarios.some(({ monthlyUsd }) => monthlyUsd !== null && Math.abs(monthlyUsd) >= 1e6)
}

function columnsOf(result: PlanResult): Comparison['columns'] {
  const figures = ['$/month', 'vs plan', 'held out', 'utilized', 'idle tax', 'P(best)', byTokens(result) ? '$/1M tok' : '$/1k req', 'cold']
  return [{ header: 'scenario', align: 'left' }, ...figures.map((header) => ({ header, align: 'right' as const }))]
}

function cellsOf(result: PlanResult, scenario: Scenario, recommendedUsd: number | null, coarse: boolean): string[] {
  const { id, monthlyUsd, utilization, breakdown, unit, latency } = scenario
  const probability = result.probabilityCheapest[id]
  return [
    oneLine(id),
    cents(monthlyUsd, coarse),
    id === result.recommended ? '' : difference(relative(monthlyUsd, recommendedUsd)),
    result.outOfSample.scenarios[id] === undefined ? '' : cents(result.outOfSample.scenarios[id].monthlyUsd, coarse),
    scenario.family === 'tokens' ? '' : percent(utilization),
    scenario.family === 'tokens' ? '' : cents(breakdown.dedicatedIdle + breakdown.serverlessUnfilled, coarse),
    probability === undefined ? '' : percent(probability),
    unitUsd(byTokens(result) ? unit.usdPerMillionTokens : unit.usdPer1kRequests),
    scenario.family === 'tokens' ? '' : percent(latency.coldStartShare),
  ]
}

function byTokens({ scenarios }: PlanResult): boolean {
  return scenarios.some(({ unit }) => unit.usdPerMillionTokens !== null)
}

function relative(usd: number | null, to: number | null): number | null {
  if (usd === null || to === null) return null
  return usd === to ? 0 : to > 0 ? usd / to - 1 : null
}

function markOf({ id, feasible, considered }: Scenario, recommended: string): Mark {
  if (id === recommended) return '>'
  return feasible ? (considered ? ' ' : '-') : 'x'
}


function cost({ monthlyUsd }: Scenario): number {
  return monthlyUsd ?? Number.POSITIVE_INFINITY
}
