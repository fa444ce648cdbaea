import type { PlanResult } from '../plan-result.ts'
import { usd } from './format.ts'

/** One bar of the tornado: from `from` to `to` (0 to 1 across the scale that all bars share), and what its ends say. */
export interface TornadoBar {
  readonly parameter: string
  readonly low: End
  readonly high: End
  readonly from: number
  readonly to: number
}

interface End {
  readonly label: string
  readonly monthlyUsd: number
  /** The scenario that is cheapest there, where it is not the recommended one. */
  readonly flipsTo: string | null
}

export interface Tornado {
  readonly least: number
  readonly most: number
  /** Where the recommended plan's own cost stands on the scale. */
  readonly plan: number | null
  readonly bars: readonly TornadoBar[]
  /** Parameters that move nothing that is shown. */
  readonly still: readonly string[]
}

/** The sensitivity as bars on one scale; null where nothing moves or nothing is known. */
export function tornado({ sensitivity, scenarios, recommended }: Pick<PlanResult, 'sensitivity' | 'scenarios' | 'recommended'>): Tornado | null {
  const cost = scenarios.find(({ id }) => id === recommended)?.monthlyUsd ?? null
  const known = sensitivity.filter(({ low, high }) => Number.isFinite(low.monthlyUsd) && Number.isFinite(high.monthlyUsd))
  const values = [...known.flatMap(({ low, high }) => [low.monthlyUsd, high.monthlyUsd]), ...(cost === null ? [] : [cost])]
  const [least, most] = [Math.min(...values), Math.max(...values)]
  if (known.length === 0 || most - least <= 0) return null
  const at = (usd: number): number => (usd - least) / (most - least)
  const end = (side: { readonly label: string; readonly monthlyUsd: number; readonly cheapest: string }): End => ({ label: side.label, monthlyUsd: side.monthlyUsd, flipsTo: side.cheapest === recommended ? null : side.cheapest })
  const moves = known.filter(({ low, high }) => usd(low.monthlyUsd) !== usd(high.monthlyUsd) || low.cheapest !== recommended || high.cheapest !== recommended)
  const bars = moves.map(({ parameter, low, high }) => ({
    parameter,
    low: end(low),
    high: end(high),
    from: at(Math.min(low.monthlyUsd, high.monthlyUsd)),
    to: at(Math.max(low.monthlyUsd, high.monthlyUsd)),
  }))
  return { least, most, plan: cost === null ? null : at(cost), bars, still: known.filter((bar) => !moves.includes(bar)).map(({ parameter }) => parameter) }
}

/** At which ends another scenario becomes cheapest, a line for each such scenario (those ends carry a *); and what moves nothing. */
export function notes({ bars, still }: Tornado): string[] {
  const ends = new Map<string, string[]>()
  for (const { parameter, low, high } of bars) {
    for (const { label, flipsTo } of [low, high]) if (flipsTo !== null) ends.set(flipsTo, [...(ends.get(flipsTo) ?? []), `${parameter} ${label}`])
  }
  const lines = [...ends].map(([id, where]) => `* cheapest there: ${id} (${where.join(', ')})`)
  return still.length === 0 ? lines : [...lines, `moves nothing: ${still.join(', ')}`]
}
