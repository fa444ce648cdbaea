import { cpus, totalmem } from 'node:os'
import { seededRandom } from '../src/core/random.ts'
import { fixedBound, leastServerless } from '../src/decide/bounds.ts'
import type { CostTable } from '../src/decide/cost-table.ts'
import { candidateCounts, costTable } from '../src/decide/cost-table.ts'
import type { Demand } from '../src/decide/demand.ts'
import { peakOf, sliceDemand, toDemand } from '../src/decide/demand.ts'
import { holdOut } from '../src/decide/hold-out.ts'
import type { Market } from '../src/decide/market.ts'
import { linearOverflow } from '../src/decide/market.ts'
import { bestCount, fixedCosts } from '../src/decide/optimum.ts'
import { growthGrid, resampleDays } from '../src/decide/resample.ts'
import { scenarioBounds } from '../src/decide/scenario-bounds.ts'
import type { Strategy } from '../src/decide/strategies.ts'
import { allDedicated, allServerless, floorPlusTen, floorPlusTenCount, hybrid, hybridElastic, hybridHourOfDay, secondsOf, weightedRow } from '../src/decide/strategies.ts'
import { readTraffic } from '../src/measure/traffic/read-traffic.ts'

/**
 * What the planner's verdict is worth, measured on the two-week traces in examples/ with bare prices: (a) the optimum
 * against its closed form and its bound, (b) regret out of sample, (c) how often a claim of 80 % was right. Run: node
 * bench/evidence.ts
 */
const PEAKS = [3, 12, 60]
const RATIOS = [0.5, 0.58, 0.68, 0.87]
const TRACES = ['servegen-m-mid', 'servegen-m-small']
const NO_OPS = { dedicated: 0, serverless: 0 }
const CLAIM = 0.8
const ROUNDS = 400
const BINS_A_DAY = 144

const [cpu] = cpus()
console.log(`${cpus().length} x ${cpu?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`)
console.log('Traces: 14 days of 10-minute bins, scaled to a peak; serverless 1 USD/h, dedicated p/s of it.\n')

const traces = new Map<string, Demand>()
for (const name of TRACES) {
  const { bins } = await readTraffic({ file: new URL(`../examples/${name}.csv`, import.meta.url).pathname })
  traces.set(
    name,
    toDemand(bins, bins.requests.slice(), (ms) => new Date(ms).getUTCHours()),
  )
}

const scaled = (demand: Demand, peak: number): Demand => {
  const factor = peak / peakOf(demand.replicas)
  return { ...demand, replicas: demand.replicas.map((value) => value * factor) }
}
const firstWeek = (day: number): boolean => day < 7
const secondWeek = (day: number): boolean => day >= 7
const flags = ([from, to]: readonly [number, number]): number[] => Array.from({ length: 14 }, (_, day) => (day >= from && day < to ? 1 : 0))
const market = (ratio: number, noticeSeconds = 0): Market => ({
  basePerHour: ratio,
  elasticPerHour: ratio,
  termSeconds: 3600,
  noticeSeconds,
  windowSeconds: 1800,
  serverless: { perSecond: 1 / 3600, overflow: linearOverflow(), replicaCap: null },
  opsMonthly: NO_OPS,
})
const strategies = (ratio: number): Strategy[] => [
  allServerless('all-serverless', NO_OPS),
  allDedicated('all-dedicated', { perHour: ratio, egressPerRequest: 0 }, NO_OPS),
  hybrid('hybrid', NO_OPS),
  floorPlusTen('floor-plus-10', NO_OPS),
  hybridHourOfDay('hybrid-hour-of-day', NO_OPS),
  hybridElastic('hybrid-elastic', NO_OPS),
]
const tableOf = (demand: Demand, ratio: number, growths: readonly number[], notice = 0): CostTable =>
  costTable(demand, market(ratio, notice), candidateCounts(peakOf(demand.replicas), 1000), growths, ratio)
const signed = (share: number): string => `${share < -0.0005 ? '-' : '+'}${Math.abs(share * 100).toFixed(1)} %`
const row = (cells: readonly string[], widths: readonly number[]): void =>
  console.log(
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join(' ')
      .trimEnd(),
  )
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

optimum()
const cells = [...traces].flatMap(([name, demand]) => PEAKS.flatMap((peak) => RATIOS.map((ratio) => ({ name, peak, ratio, demand: scaled(demand, peak) }))))
outOfSample()
claims()

/** (a) Hybrid against the closed form over all counts, written out here on its own, and against the bounds. */
function optimum(): void {
  console.log('(a) The hybrid optimum. exact: equal to the closed form over all counts; gap: above the bound for')
  console.log('    fixed counts; sched.: above the best schedule of hourly rentals, all known beforehand.')
  console.log('    The other plans: above the hybrid.')
  const widths = [16, 5, 5, 6, 10, 6, 7, 8, 9, 9, 9]
  row(['trace', 'peak', 'p/s', 'count', 'USD/month', 'exact', 'gap', 'sched.', 'all-ded.', 'all-sls.', 'floor+10'], widths)
  for (const [name, demand] of traces) {
    for (const peak of PEAKS) {
      for (const ratio of RATIOS) {
        const d = scaled(demand, peak)
        const hours = d.binSeconds / 3600
        const closed = (count: number): number => d.replicas.reduce((sum, value) => sum + (ratio * count + Math.max(0, value - count)) * hours, 0)
        const exhaustive = Math.min(...Array.from({ length: peak + 1 }, (_, count) => closed(count)))
        const costs = fixedCosts(d, market(ratio))
        const count = bestCount(costs)
        const usd = costs[count]!
        const toMonth = 730 / (d.replicas.length * hours)
        const floor = d.replicas.reduce((least, value, t) => (d.possibleGap[t] === 1 ? least : Math.min(least, value)), Number.POSITIVE_INFINITY)
        const bounds = scenarioBounds(d, market(ratio), NO_OPS)
        const least = leastServerless(d, market(ratio).serverless!)
        row(
          [
            name,
            String(peak),
            ratio.toFixed(2),
            String(count),
            (usd * toMonth).toFixed(2),
            Math.abs(usd / exhaustive - 1) < 1e-12 ? 'yes' : 'NO',
            signed(usd / fixedBound(d, ratio, least) - 1),
            signed((usd * toMonth) / bounds.schedule.monthlyUsd - 1),
            signed(costs[peak]! / usd - 1),
            signed(costs[0]! / usd - 1),
            signed(closed(floorPlusTenCount(floor)) / usd - 1),
          ],
          widths,
        )
      }
    }
  }
  console.log()
}

/** (b) Fitted on one week, judged on the other, both ways. */
function outOfSample(): void {
  console.log(`(b) Out of sample: fitted on one week, judged on the other, both ways; ${cells.length * 2} cells. Regret`)
  console.log('    against the best fixed count and the best hour-by-hour counts of the judged week.')
  const regrets = new Map<string, { fixed: number; hourly: number }[]>()
  const closed = { at0: [] as number[], at60: [] as number[] }
  const literal: number[] = []
  for (const { demand, ratio } of cells) {
    const table = tableOf(demand, ratio, [1])
    for (const early of [true, false]) {
      const [isTrain, isTest] = early ? [firstWeek, secondWeek] : [secondWeek, firstWeek]
      const { scenarios } = holdOut(table, strategies(ratio), isTrain, isTest)
      const late = holdOut(tableOf(demand, ratio, [1], 3600), strategies(ratio), isTrain, isTest).scenarios['hybrid-elastic']!
      for (const [id, one] of Object.entries(scenarios)) regrets.set(id, [...(regrets.get(id) ?? []), { fixed: one.regretVsBestFixed, hourly: one.regretVsClairvoyant }])
      const [fixed, elastic] = [scenarios['hybrid']!.regretVsClairvoyant, scenarios['hybrid-elastic']!.regretVsClairvoyant]
      closed.at0.push((fixed - elastic) / fixed)
      closed.at60.push((fixed - late.regretVsClairvoyant) / fixed)
      literal.push(literalFloor(table, demand, isTrain) / scenarios['hybrid']!.monthlyUsd - 1)
    }
  }
  const widths = [20, 15, 8, 9, 16, 8, 9]
  row(['scenario', 'vs fixed: mean', 'min', 'max', 'vs hourly: mean', 'min', 'max'], widths)
  const range = (values: readonly number[]): string[] => [signed(mean(values)), signed(Math.min(...values)), signed(Math.max(...values))]
  for (const [id, list] of regrets) row([id, ...range(list.map(({ fixed }) => fixed)), ...range(list.map(({ hourly }) => hourly))], widths)
  const at = (id: string, of: 'fixed' | 'hourly'): number => mean(regrets.get(id)!.map((one) => one[of]))
  const overHybrid = regrets.get('floor-plus-10')!.map((one, i) => (1 + one.fixed) / (1 + regrets.get('hybrid')![i]!.fixed) - 1)
  console.log('\n    against the best hour-by-hour counts, mean:                              here     target')
  const compare = (what: string, here: string, design: string): void => row([`      ${what}`, here, design], [67, 10, 10])
  compare('a fixed count', signed(at('hybrid', 'hourly')), '+17 %')
  compare('the elastic rule, replicas at once', signed(at('hybrid-elastic', 'hourly')), '+5.4 %')
  compare('  share of the gap of the fixed count that it closes', `${(mean(closed.at0) * 100).toFixed(0)} %`, '65 %')
  compare('  the same with 60 minutes of notice', `${(mean(closed.at60) * 100).toFixed(0)} %`, '31 %')
  console.log('    against the hybrid:')
  compare('floor + 10 %, the floor outside possible gaps', signed(mean(overHybrid)), '')
  compare('  at most', signed(Math.max(...overHybrid)), '')
  compare('floor + 10 %, the floor being the lowest bin as it stands', signed(mean(literal)), '+25 %')
  compare('  at most', signed(Math.max(...literal)), '+146 %')
  console.log()
}

/** USD a month on the other week for the lowest bin of the fitted week + 10 %, gaps and all. */
function literalFloor(table: CostTable, { replicas, day }: Demand, isTrain: (day: number) => boolean): number {
  const count = floorPlusTenCount(replicas.reduce((least, value, t) => (isTrain(day[t]!) ? Math.min(least, value) : least), Number.POSITIVE_INFINITY))
  const test = Array.from({ length: table.days }, (_, one) => (isTrain(one) ? 0 : 1))
  return (weightedRow(table, table.fixed[0]!, table.counts.indexOf(count), test) * 730 * 3600) / secondsOf(table, test)
}

/** Which days a claim is made on, and which it is judged on. */
function splits(): { readonly train: readonly [number, number]; readonly test: readonly [number, number] }[] {
  const list: { train: [number, number]; test: [number, number] }[] = []
  for (const length of [5, 6, 7]) {
    for (let from = 0; from + 2 * length <= 14; from++) {
      const [a, b]: [number, number][] = [
        [from, from + length],
        [from + length, from + 2 * length],
      ]
      list.push({ train: a!, test: b! }, { train: b!, test: a! })
    }
  }
  return list
}

/** (c) A claim names the option that was cheapest in at least 80 % of resamples of the training days; it is right if that option was cheapest on the others. */
function claims(): void {
  const ranges = splits()
  console.log(`(c) Claims of ${CLAIM * 100} %: made on 5 to 7 days alone, judged on as many next to them; ${cells.length * ranges.length} cells.`)
  console.log('    Overlapping cells are not independent: read the shares, not their decimals.')
  const widths = [48, 8, 8, 8, 12]
  row(['options / method', 'cells', 'claims', 'right', 'share right'], widths)
  const count = new Map<string, { cells: number; claims: number; right: number }>()
  const cheapest = new Map<string, Map<string, number>>()
  for (const { demand, ratio } of cells) {
    const table = tableOf(demand, ratio, [1])
    for (const { train, test } of ranges) {
      const seen = tableOf(sliceDemand(demand, train[0] * BINS_A_DAY, train[1] * BINS_A_DAY), ratio, growthGrid(0.2))
      for (const [options, list] of [
        ['all six', strategies(ratio)],
        ['without hourly rentals', strategies(ratio).slice(0, 4)],
      ] as const) {
        const real = list.map((strategy) => strategy.fit(table, flags(train))(flags(test), 0))
        const winners = cheapest.get(options) ?? new Map<string, number>()
        cheapest.set(options, winners)
        const winner = list[real.findIndex((usd) => usd <= Math.min(...real) * (1 + 1e-9))]!.id
        winners.set(winner, (winners.get(winner) ?? 0) + 1)
        for (const [method, shares] of [
          ['out of bag, growth', resampleDays(seen, list, ROUNDS, seededRandom(7))!.probabilityCheapest],
          ['in-sample bootstrap', inSample(seen, list)],
        ] as const) {
          const [id, share] = Object.entries(shares).sort(([, a], [, b]) => b - a)[0]!
          const key = `${options}: ${method}`
          const sum = count.get(key) ?? { cells: 0, claims: 0, right: 0 }
          count.set(key, sum)
          sum.cells++
          if (share < CLAIM) continue
          sum.claims++
          if (real[list.findIndex((strategy) => strategy.id === id)]! <= Math.min(...real) * (1 + 1e-9)) sum.right++
        }
      }
    }
  }
  for (const [key, one] of count) row([key, String(one.cells), String(one.claims), String(one.right), `${((one.right / one.claims) * 100).toFixed(1)} %`], widths)
  for (const [options, winners] of cheapest) {
    const [id, times] = [...winners].toSorted(([, a], [, b]) => b - a)[0]!
    row([`${options}: always saying ${id}`, String(cells.length * ranges.length), String(cells.length * ranges.length), String(times), `${((times / (cells.length * ranges.length)) * 100).toFixed(1)} %`], widths)
  }
  console.log('    target: out of bag 91 % right; the in-sample bootstrap was 60 % when the method was chosen')
}

/** The usual bootstrap: fitted and judged on the same drawn days, the demand as it was. */
function inSample(table: CostTable, list: readonly Strategy[]): Record<string, number> {
  const random = seededRandom(7)
  const wins = list.map(() => 0)
  const bag = new Float64Array(table.days)
  for (let round = 0; round < ROUNDS; round++) {
    bag.fill(0)
    for (let i = 0; i < table.days; i++) bag[Math.floor(random() * table.days)]! += 1
    const usd = list.map((strategy) => strategy.fit(table, bag)(bag, 0))
    const least = Math.min(...usd)
    wins[usd.findIndex((one) => one <= least * (1 + 1e-9))]! += 1
  }
  return Object.fromEntries(list.map((strategy, i) => [strategy.id, wins[i]! / ROUNDS]))
}
