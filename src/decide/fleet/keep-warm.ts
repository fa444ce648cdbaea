import { nonIncreasing, runningMax } from './isotonic.ts'
import { lawCorrection, lawPoint } from './keep-warm-law.ts'
import type { KeepWarmInput, KeepWarmPoint } from './keep-warm-point.ts'
import { pointExcess, simulatePoints } from './keep-warm-point.ts'
import type { OctaveTable } from './octave-table.ts'
import { lookUp, octaveTable } from './octave-table.ts'
import type { TransitionSeconds } from './transition.ts'
import { transitionSeconds } from './transition.ts'

/**
 * What a serverless pool bills for a steady load, tabulated once and looked up millions of times: g(load) in
 * replica-seconds per second. g never falls, g / load never rises, and g >= load.
 */
export interface KeepWarmCurve {
  readonly points: readonly KeepWarmPoint[]
  readonly table: OctaveTable
  /** What a change of the load adds; not in g. */
  readonly transition: TransitionSeconds
}

/** The grid, from 2^-9 = 0.002 to 2^6 = 64 replicas. */
const LOWEST_POWER = -9
const POWERS = 15
const LOWEST = 2 ** LOWEST_POWER
const HIGHEST = 2 ** (LOWEST_POWER + POWERS)
const POINTS = 26

/**
 * Builds the curve by simulating Poisson traffic at loads from 0.002 to 64 replicas, with the level law where a
 * simulation would take too long; noise that would break the curve's shape is averaged out. Against long simulations
 * mostly within 5 %, 16 % at worst, in two regimes more: some 12 % off where few replicas with many slots make the
 * true g a staircase, and 15 to 25 % (once 58 %) too high where cold starts take many times the window, since the true
 * g falls there in places. No replica cap: compare `peakReplicas` with it. Under `take: least-recently-used` a fleet
 * only ever grows, and the figures are those of some sixteen idle windows. Throws PLAN_PRICE_MISSING where the card's
 * idle window or cold start is null.
 */
export function keepWarmCurve(input: KeepWarmInput): KeepWarmCurve {
  const loads = Array.from({ length: POINTS }, (_, i) => LOWEST * 2 ** ((i * POWERS) / (POINTS - 1)))
  const simulated = simulatePoints(input, loads)
  const correction = lawCorrection(input, simulated)
  const beyond = loads.slice(simulated.length).map((load) => lawPoint(input, load, simulated.at(-1) ?? null, correction))
  const points = shaped([...simulated, ...beyond])
  return { points, table: tabulate(points), transition: transitionSeconds(input.card) }
}

/** Replica-seconds billed per second at a steady `load` (0 at 0). Beyond the grid the ratio of its end holds. Allocates nothing. */
export function billedReplicas(curve: KeepWarmCurve, load: number): number {
  return lookUp(curve.table, load)
}

/** The whole picture at a load: parts sum to `billedReplicas`, the rest between two points by the logarithm of the load. */
export function evaluate(curve: KeepWarmCurve, load: number): KeepWarmPoint {
  const at = Math.min(POINTS - 1, placeOf(Math.max(load, LOWEST)))
  const index = Math.min(POINTS - 2, Math.floor(at))
  const [a, b] = [curve.points[index]!, curve.points[index + 1]!]
  const mix = (of: (point: KeepWarmPoint) => number): number => of(a) + (of(b) - of(a)) * (at - index)
  const excess = Math.max(0, billedReplicas(curve, load) - load)
  const part = (of: (point: KeepWarmPoint) => number): number => excess * mix((point) => of(point) / (pointExcess(point) || 1))
  const [coldStart, keepWarm, rounding] = [part((point) => point.coldStart), part((point) => point.keepWarm), part((point) => point.rounding)]
  return {
    load,
    busy: load + Math.max(0, excess - coldStart - keepWarm - rounding),
    coldStart,
    keepWarm,
    rounding,
    coldStartShare: mix((point) => point.coldStartShare),
    wait: { p50: mix((point) => point.wait.p50), p90: mix((point) => point.wait.p90), p99: mix((point) => point.wait.p99) },
    peakReplicas: load <= 0 ? 0 : Math.ceil(mix((point) => point.peakReplicas) * Math.max(1, load / HIGHEST)),
  }
}

/** Makes g / load non-increasing by pooling, then g non-decreasing, and scales each point's parts to its new total. */
function shaped(raw: readonly KeepWarmPoint[]): KeepWarmPoint[] {
  const ratios = nonIncreasing(raw.map((point) => (point.load + pointExcess(point)) / point.load))
  const billed = runningMax(ratios.map((ratio, i) => ratio * raw[i]!.load))
  const peaks = runningMax(raw.map((point) => point.peakReplicas))
  return raw.map((point, i) => {
    const before = pointExcess(point)
    const scale = before > 0 ? (billed[i]! - point.load) / before : 0
    return { ...point, busy: point.load + (point.busy - point.load) * scale, coldStart: point.coldStart * scale, keepWarm: point.keepWarm * scale, rounding: point.rounding * scale, peakReplicas: peaks[i]! }
  })
}

/** Between two points g is a power of the load with an exponent from 0 to 1; the table's chords keep both of g's properties. */
function tabulate(points: readonly KeepWarmPoint[]): OctaveTable {
  const logs = points.map((point) => Math.log(point.load + pointExcess(point)))
  return octaveTable(LOWEST_POWER, POWERS, (load) => {
    const at = placeOf(load)
    const index = Math.min(POINTS - 2, Math.floor(at))
    return Math.exp(logs[index]! + (logs[index + 1]! - logs[index]!) * (at - index))
  })
}

/** Where a load of the grid lies among the points, as a fractional index. */
function placeOf(load: number): number {
  return ((Math.log2(load) - LOWEST_POWER) / POWERS) * (POINTS - 1)
}
