import { fork } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { ServerlessCard } from '../src/core/billing/rate-card.ts'
import { seededRandom } from '../src/core/random.ts'
import { billedPerUseful, breakEvenFill } from '../src/decide/break-even-k.ts'
import { chooseOffers } from '../src/decide/choose-offers.ts'
import { candidateCounts, costTable } from '../src/decide/cost-table.ts'
import type { Demand } from '../src/decide/demand.ts'
import { peakOf, toDemand } from '../src/decide/demand.ts'
import { keepWarmCurve } from '../src/decide/fleet/keep-warm.ts'
import { keepWarmOverflow } from '../src/decide/fleet/overflow.ts'
import { DEFAULT_RULES } from '../src/decide/fleet/rules.ts'
import { holdOutLastWeek } from '../src/decide/hold-out.ts'
import { SECONDS_PER_MONTH } from '../src/decide/market.ts'
import { plan } from '../src/decide/plan.ts'
import type { PlanInput, ServerlessOption } from '../src/decide/plan-input.ts'
import { growthGrid, resampleDays } from '../src/decide/resample.ts'
import { scenarioBounds } from '../src/decide/scenario-bounds.ts'
import { buildScenarios } from '../src/decide/scenarios.ts'
import { sensitivity } from '../src/decide/sensitivity.ts'
import { strategiesFor } from '../src/decide/strategy-list.ts'
import { readTraffic } from '../src/measure/traffic/read-traffic.ts'

/**
 * Time of a full plan: a real 14-day trace of 2,016 bins, with the keep-warm curve simulated, every scenario, the bound,
 * 1,000 resamples and the tornado, on one thread. Run: node bench/plan.ts
 */
const PEAKS = [12, 60]
const WARM_RUNS = 15
const COLD_RUNS = 7

const card: ServerlessCard = {
  rule: 'serverless',
  perGpuSecond: 1_160_000n,
  granularitySeconds: 1,
  minimumSeconds: 0,
  idleWindowSeconds: 60,
  coldStartBilled: true,
  coldStart: { p50: 20, p90: 40, p99: 90 },
  replicaCap: null,
  atCap: null,
  egressPerGb: null,
  alwaysOnPerGpuSecond: null,
}

function serverlessOffer(): ServerlessOption {
  const curve = keepWarmCurve({ card, requestSeconds: 10, concurrency: 32, stepTime: (running) => 20 + running / 2, rules: DEFAULT_RULES, seed: 1 })
  return {
    id: 'serverless',
    title: 'serverless',
    perSecond: 0.00116,
    overflow: keepWarmOverflow(curve),
    replicaCap: null,
    atCap: null,
    idleWindowSeconds: 60,
    coldStart: card.coldStart,
    coldStartBilled: true,
    egressPerGb: null,
    region: null,
    source: 'bench',
    asOf: '2026-11-24',
  }
}

async function trace(peak: number): Promise<Demand> {
  const { bins } = await readTraffic({ file: new URL('../examples/servegen-m-mid.csv', import.meta.url).pathname })
  const factor = peak / peakOf(bins.requests)
  return toDemand(
    bins,
    bins.requests.map((requests) => requests * factor),
    (ms) => new Date(ms).getUTCHours(),
  )
}

function inputOf(demand: Demand, serverless: ServerlessOption): PlanInput {
  return {
    traffic: { source: 'servegen-m-mid', measured: true, inputTokens: null, outputTokens: null },
    replicas: [
      {
        gpu: 'h100-80gb',
        gpusPerReplica: 1,
        demand,
        slots: 32,
        requestSeconds: 10,
        throughputError: 0.16,
        dedicated: [
          {
            id: 'dedicated',
            title: 'dedicated',
            tier: 'on-demand',
            perHour: 2.69,
            startupSeconds: 300,
            commitmentMonths: null,
            spot: null,
            egressPerGb: null,
            region: null,
            source: 'bench',
            asOf: '2026-11-24',
          },
        ],
        serverless: [serverless],
        assumptions: [],
      },
    ],
    tokens: [],
    constraints: { residency: null, realTime: false, sloTtftSeconds: null, budgetMonthlyUsd: null, platformTeam: null, commitmentMonths: 0, allowSpot: false },
    ops: { dedicatedMonthly: 500, serverlessMonthly: 100, source: 'bench' },
    elastic: { termSeconds: 3600, noticeSeconds: 0, windowSeconds: 1800 },
    egressGbPerRequest: null,
    growthSd: 0.2,
    resamples: 1000,
    seed: 1,
    headroom: 0,
    priceDecline: 0.3,
    bare: false,
    current: null,
    assumptions: [],
    warnings: [],
    asOf: '2026-11-24',
  }
}

function time(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, median, high] = [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!].map((ms) => ms.toFixed(0).padStart(5))
  return `${median} ms   (${low} to ${high})`
}

/** The stages of plan(), each on its own. */
function stages(demand: Demand): void {
  const sums = new Map<string, number[]>()
  const timed = <T>(name: string, work: () => T): T => {
    const start = performance.now()
    const result = work()
    sums.set(name, [...(sums.get(name) ?? []), performance.now() - start])
    return result
  }
  for (let run = 0; run < WARM_RUNS; run++) {
    const input = inputOf(demand, timed('keep-warm curve', serverlessOffer))
    const { best, all } = timed('offers and optimum', () => chooseOffers(input))
    const { market } = best
    const rentFrom = (of: typeof market, moved: Demand): number => breakEvenFill(of, of.elasticPerHour, billedPerUseful(moved, of, best.count))
    const table = timed('cost table', () =>
      costTable(demand, market, candidateCounts(peakOf(demand.replicas), 72, [best.count]), growthGrid(0.2), rentFrom(market, demand)),
    )
    timed('scenarios and bounds', () => buildScenarios(input, best, all, table, rentFrom(market, demand)))
    timed('  of which the bounds', () => scenarioBounds(demand, market, market.opsMonthly))
    const strategies = strategiesFor(input, best, market)
    timed('1,000 resamples', () => resampleDays(table, strategies, 1000, seededRandom(1)))
    timed('held-out week', () => holdOutLastWeek(table, strategies))
    const tornado = {
      demand,
      market,
      strategies: (of: typeof market, requests: number) => strategiesFor(input, best, of, requests),
      breakEven: rentFrom,
      throughputError: 0.16,
      growthSd: 0.2,
      toMonth: SECONDS_PER_MONTH / (2016 * 600),
      random: () => seededRandom(1),
    }
    timed('tornado, 10 plans', () => sensitivity(tornado))
  }
  for (const [name, values] of sums) console.log(`  ${name.padEnd(42)} ${spread(values)}`)
}

if (process.argv[2] === '--cold') {
  const demand = await trace(Number(process.argv[3]))
  const ms = time(() => plan(inputOf(demand, serverlessOffer())))
  process.send?.(ms)
} else {
  const [cpu] = cpus()
  console.log(
    `${cpus().length} x ${cpu?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}, one thread; medians (lowest to highest)`,
  )
  for (const peak of PEAKS) {
    const demand = await trace(peak)
    console.log(`\nservegen-m-mid, ${demand.replicas.length} bins, peak of ${peak} replicas; curve, plan, bound, 1,000 resamples, tornado`)
    const cold: number[] = []
    for (let run = 0; run < COLD_RUNS; run++) cold.push(await inChild(peak))
    console.log(`  ${'first plan of a process (code still cold)'.padEnd(42)} ${spread(cold)}`)
    const warm = Array.from({ length: WARM_RUNS + 3 }, () => time(() => plan(inputOf(demand, serverlessOffer())))).slice(3)
    console.log(`  ${'later plans'.padEnd(42)} ${spread(warm)}\n  where the time goes, warm:`)
    stages(demand)
  }
}

function inChild(peak: number): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    const child = fork(import.meta.filename, ['--cold', String(peak)])
    child.once('message', (message) => {
      resolve(message as number)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the run ended with status ${code} and no result`)))
  })
}
