import { billedTime } from '../../core/billing/billed-time.ts'
import type { ColdStart, ServerlessCard } from '../../core/billing/rate-card.ts'
import { SpillwayError } from '../../core/errors.ts'
import { exponential, seededRandom } from '../../core/random.ts'
import { coldStartSampler, meanColdStart } from '../../core/billing/cold-start.ts'
import type { Engine } from './engine.ts'
import { stepTable } from './engine.ts'
import { quantiles } from './fleet-run.ts'
import { levelLaw } from './level-law.ts'
import type { FleetRules } from './rules.ts'
import { simulateFleet } from './simulate.ts'

export interface KeepWarmInput {
  /** Its cold start and idle window must be known: put the named assumption in where the provider states none. */
  readonly card: ServerlessCard
  /** Seconds that a request stays on a replica that is full. */
  readonly requestSeconds: number
  readonly concurrency: number
  /** Seconds of one token by the number of requests running, in any unit. Absent: as fast alone as in company. */
  readonly stepTime?: (running: number) => number
  readonly rules: FleetRules
  readonly seed: number
}

/** A pool at one steady load. Rates are replica-seconds per second; `busy` is at least `load`. */
export interface KeepWarmPoint {
  /** Offered work in replicas: arrivals a second x seconds on a full replica / concurrency. */
  readonly load: number
  readonly busy: number
  /** 0 where cold starts are not billed. */
  readonly coldStart: number
  readonly keepWarm: number
  /** Rounding up and minimum. */
  readonly rounding: number
  /** Share of requests that find no warm slot and wait because of it. */
  readonly coldStartShare: number
  /** Quantiles of the wait for a slot over all requests, in seconds; p50 is 0 where most find one. */
  readonly wait: { readonly p50: number; readonly p90: number; readonly p99: number }
  readonly peakReplicas: number
}

/** At least this many requests a point, and no more than that: a budget of time for the whole curve. */
const FEWEST_REQUESTS = 600
const MOST_REQUESTS = 9000
/** A simulation has to last so many cold starts + windows, or the law is used instead. */
const FEWEST_TURNOVERS = 8
const WANTED_TURNOVERS = 16

/** The pool simulated at the first of the rising `loads`, up to the load from which that takes too long. */
export function simulatePoints(input: KeepWarmInput, loads: readonly number[]): KeepWarmPoint[] {
  const { concurrency, requestSeconds } = requireInput(input)
  const turnover = turnoverSeconds(input)
  // One stream of unit gaps for all loads: what chance does to one point it does to its neighbors, and the curve is smooth.
  const random = seededRandom(input.seed)
  const arrivals = new Float64Array(MOST_REQUESTS)
  let sum = 0
  for (let i = 0; i < MOST_REQUESTS; i++) arrivals[i] = sum += exponential(random, 1)
  const most = (MOST_REQUESTS * requestSeconds) / (turnover * FEWEST_TURNOVERS * concurrency)
  return loads.filter((load) => load <= most).map((load) => {
    const wanted = ((load * concurrency) / requestSeconds) * turnover * WANTED_TURNOVERS
    return simulatePoint(input, load, arrivals.subarray(0, Math.round(Math.min(MOST_REQUESTS, Math.max(FEWEST_REQUESTS, wanted)))))
  })
}

function simulatePoint(input: KeepWarmInput, load: number, unitArrivals: Float64Array): KeepWarmPoint {
  const { card, rules, concurrency, requestSeconds } = input
  const { idleWindowSeconds, coldStart } = known(card)
  const count = unitArrivals.length
  const until = (count * requestSeconds) / (load * concurrency)
  // Stretched so that the mean rate is exact, which takes most of the noise out.
  const stretch = until / unitArrivals[count - 1]!
  const measureFrom = Math.min(until / 4, Math.max(until / 20, turnoverSeconds(input)))
  const { serverless: pool, ...run } = simulateFleet({
    workload: { at: unitArrivals.map((at) => at * stretch), steps: new Float64Array(count).fill(requestSeconds), prefillSeconds: null },
    dedicated: null,
    serverless: { gpus: 1, engine: relativeEngine(input), idleWindowSeconds, coldStart: coldStartSampler(coldStart), replicaCap: null, atCap: 'queue', rules, warmReplicas: Math.ceil(levelLaw(load, concurrency, requestSeconds, idleWindowSeconds).up) },
    random: seededRandom(input.seed + 1),
    measureFrom,
    until,
  })
  let rounding = 0
  for (const life of pool.lives) {
    if (life.stoppedAt < measureFrom || life.stoppedAt >= until) continue
    const time = billedTime(card, life)
    rounding += (time.rounding + time.minimum) / 1e6
  }
  const waited = run.waited.subarray(run.firstRequest)
  const { p50, p90, p99 } = quantiles(waited)
  const rate = load / pool.useful
  return {
    load,
    busy: Math.max(load, pool.busy * rate),
    coldStart: card.coldStartBilled === false ? 0 : pool.coldStart * rate,
    keepWarm: pool.idle * rate,
    rounding: rounding * rate,
    coldStartShare: waited.reduce((sum, seconds) => sum + (seconds > 0 ? 1 : 0), 0) / waited.length,
    wait: { p50, p90, p99 },
    peakReplicas: pool.peak,
  }
}

/** What is billed beyond the load. */
export function pointExcess(point: KeepWarmPoint): number {
  return point.busy + point.coldStart + point.keepWarm + point.rounding - point.load
}

/** Steps of one second at full concurrency, so that a request's steps are its seconds there. */
function relativeEngine({ concurrency, stepTime }: KeepWarmInput): Engine {
  return stepTime === undefined ? { concurrency } : { concurrency, stepSeconds: (running) => stepTime(running) / stepTime(concurrency) }
}

function turnoverSeconds({ card, requestSeconds }: KeepWarmInput): number {
  const { idleWindowSeconds, coldStart } = known(card)
  return idleWindowSeconds + meanColdStart(coldStart) + requestSeconds
}

/** The two terms that a curve cannot do without. */
export function known({ idleWindowSeconds, coldStart }: ServerlessCard): { idleWindowSeconds: number; coldStart: ColdStart } {
  const missing = idleWindowSeconds === null ? 'idle window' : coldStart === null ? 'cold start' : null
  if (idleWindowSeconds === null || coldStart === null) throw new SpillwayError('PLAN_PRICE_MISSING', `the ${missing} of a serverless offer is unknown`, 'Give it, measured or assumed')
  return { idleWindowSeconds, coldStart }
}

function requireInput(input: KeepWarmInput): KeepWarmInput {
  stepTable(relativeEngine(input))
  const { idleWindowSeconds } = known(input.card)
  if (!(input.requestSeconds > 0 && input.requestSeconds < 1e7)) throw new SpillwayError('NUMBER_INVALID', `a request takes ${input.requestSeconds} s`, 'Give seconds above 0')
  if (!(idleWindowSeconds >= 0 && idleWindowSeconds < 1e7)) throw new SpillwayError('CATALOG_INVALID', `the idle window is ${idleWindowSeconds} s`, 'Give seconds, 0 or more')
  return input
}
