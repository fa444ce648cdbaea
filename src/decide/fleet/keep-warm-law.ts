import { meanColdStart } from '../../core/billing/cold-start.ts'
import type { KeepWarmInput, KeepWarmPoint } from './keep-warm-point.ts'
import { known, pointExcess } from './keep-warm-point.ts'
import { levelLaw } from './level-law.ts'

/** The same point from the level law, its excess over the load scaled by `correction` and cut by cause as in `last`, the nearest simulated point. */
export function lawPoint(input: KeepWarmInput, load: number, last: KeepWarmPoint | null, correction: number): KeepWarmPoint {
  const law = pointLaw(input, load)
  const excess = law.excess * correction
  const cause = last === null || pointExcess(last) <= 0 ? { busy: 0, coldStart: law.coldStart / (law.excess || 1), rounding: 0 } : causes(last)
  const lapses = (law.starts * input.requestSeconds) / (load * input.concurrency)
  return {
    load,
    busy: load + excess * cause.busy,
    coldStart: excess * cause.coldStart,
    keepWarm: excess * (1 - cause.busy - cause.coldStart - cause.rounding),
    rounding: excess * cause.rounding,
    coldStartShare: last === null ? Math.min(1, lapses) : last.coldStartShare * Math.min(1, lapses / lapsesOf(input, last.load)),
    wait: last?.wait ?? { p50: 0, p90: 0, p99: 0 },
    peakReplicas: law.dailyPeak,
  }
}

/** How far the simulated excess is from the law's, over the last few points that have both; 1 where nothing was simulated. */
export function lawCorrection(input: KeepWarmInput, points: readonly KeepWarmPoint[]): number {
  const recent = points.slice(-3)
  const simulated = recent.reduce((sum, point) => sum + pointExcess(point) / point.load, 0)
  const predicted = recent.reduce((sum, point) => sum + pointLaw(input, point.load).excess / point.load, 0)
  return predicted > 0 ? Math.min(4, Math.max(0.5, simulated / predicted)) : 1
}

/** Shares of the excess; the rest is keep-warm. */
function causes(point: KeepWarmPoint): { busy: number; coldStart: number; rounding: number } {
  const excess = pointExcess(point)
  return { busy: (point.busy - point.load) / excess, coldStart: point.coldStart / excess, rounding: point.rounding / excess }
}

function pointLaw(input: KeepWarmInput, load: number): { excess: number; coldStart: number; starts: number; dailyPeak: number } {
  const { card, concurrency, requestSeconds } = input
  const { idleWindowSeconds, coldStart } = known(card)
  const { up, starts, dailyPeak } = levelLaw(load, concurrency, requestSeconds, idleWindowSeconds)
  const starting = card.coldStartBilled === false ? 0 : starts * meanColdStart(coldStart)
  return { excess: Math.max(0, up + starting - load), coldStart: starting, starts, dailyPeak }
}

/** Starts per request. */
function lapsesOf(input: KeepWarmInput, load: number): number {
  return Math.max(1e-12, (pointLaw(input, load).starts * input.requestSeconds) / (load * input.concurrency))
}
