import fc from 'fast-check'
import type { MarginalLevel, PlanResult, Scenario } from '../plan-result.ts'

/** Strings that try to be more than text in some face: a terminal, Markdown, HTML, a spreadsheet, Typst. */
export const HOSTILE = [
  '\u001B[31mred\u001B[0m\u0007\r\nforged line',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '| a | b |\n|---|---|\n# heading ![x](http://example.test/x.png) [y](javascript:alert(1)) `code` ~~gone~~ $x^2$',
  '=cmd|\' /C calc\'!A0',
  '@SUM(1+1)*cmd|x',
  '+1+1, "quoted", and\ta tab',
  '#panic("typst") #import "/etc/passwd" $ sum $ *bold* \\ @ref <label> #read("plan.json")',
  '"}; ${process.exit()} </svg> ]]> &amp; \u202Eabc\u2028 \u0000',
  '漢字 ünïcode 🧮',
  'x'.repeat(700),
] as const

/** A plan by hand, its numbers consistent, small enough to read in a snapshot: three owned, two by the hour, three spilled. */
export function exampleResult(over: Partial<PlanResult> = {}): PlanResult {
  const demand = Array.from({ length: 336 }, (_, hour) => (Math.floor(hour / 24) % 7 >= 5 ? 0.5 : 1) * (1 + 3.5 * (1 - Math.cos((2 * Math.PI * (hour % 24)) / 24))))
  const meanFill = (level: number): number => demand.reduce((sum, value) => sum + Math.min(1, Math.max(0, value - level + 1)), 0) / demand.length
  const levels = Array.from({ length: 8 }, (_, index) => index + 1)
  return {
    schemaVersion: 1,
    scenarios: [
      exampleScenario('hybrid-elastic', 2100, { title: 'Hybrid, elastic: 3 dedicated, up to 2 by the hour, serverless above', replicas: { base: 3, elasticMean: 0.8, elasticMax: 2, serverlessMax: 3, gpusPerReplica: 1 }, gotchas: ['Cold start: 1.2 % of requests wait 12 s (median) to 90 s (99th percentile).'] }),
      exampleScenario('hybrid', 2388.99, { title: 'Hybrid: 3 dedicated, serverless above' }),
      exampleScenario('all-serverless', 2815.71, { family: 'serverless', title: 'All-serverless (own serverless)', utilization: 0.91 }),
      exampleScenario('all-dedicated', 3504, { family: 'dedicated', title: 'All-dedicated: 8 own dedicated', utilization: 0.482, latency: { coldStartShare: 0, coldStartSeconds: null, queuedShare: 0.2, note: 'no cold starts' } }),
      exampleScenario('hybrid@spot', 1900.5, { considered: false, why: ['Spot capacity can be reclaimed at any time: allow it with --allow-spot.'] }),
      exampleScenario('tokens-api', 4100, { family: 'tokens', feasible: false, considered: false, utilization: null, why: ["Residency eu: the API's region is not stated."] }),
    ],
    recommended: 'hybrid-elastic',
    lowerBoundMonthlyUsd: 1900,
    optimalityGap: 2100 / 1900 - 1,
    allowed: { lowerBoundMonthlyUsd: 1980, optimalityGap: 2100 / 1980 - 1 },
    clairvoyant: { monthlyUsd: 1980, terms: true },
    marginal: levels.map((level): MarginalLevel => {
      const fill = meanFill(level)
      return { level, meanFill: fill, breakEven: 0.6, choice: level <= 3 ? 'dedicated' : 'serverless', dedicatedUsd: 438, serverlessUsd: 730 * fill, savesUsd: Math.abs(438 - 730 * fill) }
    }),
    outOfSample: {
      method: 'fitted on 7 days, judged on 7 held-out days',
      available: true,
      trainDays: 7,
      testDays: 7,
      bestFixedUsd: 2300,
      clairvoyantHourlyUsd: 2000,
      scenarios: { 'hybrid-elastic': { monthlyUsd: 2150, regretVsBestFixed: 2150 / 2300 - 1, regretVsClairvoyant: 2150 / 2000 - 1 } },
    },
    probabilityCheapest: { 'hybrid-elastic': 0.93, hybrid: 0.07, 'all-serverless': 0, 'all-dedicated': 0 },
    expected: { 'hybrid-elastic': { meanUsd: 2140, p10Usd: 1650, p90Usd: 2700 }, hybrid: { meanUsd: 2460, p10Usd: 1900, p90Usd: 3200 } },
    verdict: 'hybrid-elastic',
    verdictText: 'Hybrid, elastic: 3 dedicated, up to 2 by the hour, serverless above: cheapest in 93 % of resampled weeks.',
    family: { choice: 'hybrid', probability: 1 },
    whatToMeasureNext: ['After a month, compare the bill with this plan; the gap is the news.'],
    breakEven: { utilization: 0.6, k: 1, throughputRatio: 1, overheadShare: 0 },
    sensitivity: [
      { parameter: 'demand', low: { label: 'x 0.82', monthlyUsd: 1700, cheapest: 'hybrid-elastic' }, high: { label: 'x 1.22', monthlyUsd: 2600, cheapest: 'hybrid-elastic' } },
      { parameter: 'serverless price', low: { label: '-20 %', monthlyUsd: 2000, cheapest: 'all-serverless' }, high: { label: '+20 %', monthlyUsd: 2180, cheapest: 'hybrid-elastic' } },
    ],
    tree: {
      steps: [{ question: 'Steady around the clock?', answer: 'no', numbers: 'floor 0.50 of mean 3.86 replicas = 13.0 %', leadsTo: 'look at each replica by itself' }],
      conclusion: 'Hybrid, elastic',
      presets: [{ name: 'a rule of thumb', answer: 'dedicated', because: '48.2 % utilized, above 30 %' }],
    },
    savings: { currentMonthlyUsd: 3000, monthlyUsd: 900, yearlyUsd: 10800, source: 'bill.csv' },
    picture: {
      startMs: Date.UTC(2026, 10, 2),
      binSeconds: 3600,
      demand,
      gaps: [100],
      levels: levels.map((level) => ({ level, meanFill: meanFill(level), choice: level <= 3 ? 'dedicated' : level <= 5 ? 'elastic' : 'serverless' })),
      breakEven: 0.6,
    },
    assumptions: [
      { name: 'dedicated price (own dedicated)', value: 0.6, unit: 'USD/h per replica of 1 GPU', source: 'price list', asOf: '2026-11-24' },
      { name: 'cold start', value: null, unit: 'seconds', source: 'not stated by the provider', asOf: '2026-10-01' },
    ],
    warnings: ['1 empty bin (0.3 %) in busy hours may be a recording gap.'],
    traffic: { source: 'trace.csv', measured: true, days: 14, binSeconds: 3600, bins: 336, requestsPerMonth: 10_136_571, inputTokensPerMonth: null, outputTokensPerMonth: null, floor: 0.5, mean: 3.86, peak: 8, possibleGapBins: 1 },
    ...over,
  }
}

export function exampleScenario(id: string, monthlyUsd: number | null, over: Partial<Scenario> = {}): Scenario {
  const breakdown = { dedicatedBusy: 0, dedicatedIdle: 0, serverlessBusy: 0, serverlessUnfilled: 0, coldStart: 0, keepWarm: 0, rounding: 0, tokens: 0, interruptions: 0, egress: 0, ops: 0 }
  return {
    id,
    title: id,
    family: 'hybrid',
    monthlyUsd,
    replicas: { base: 3, elasticMean: 0, elasticMax: 0, serverlessMax: 5, gpusPerReplica: 1 },
    utilization: 0.862,
    breakdown: monthlyUsd === null ? breakdown : { ...breakdown, dedicatedBusy: monthlyUsd * 0.9, dedicatedIdle: monthlyUsd * 0.1 },
    feasible: true,
    considered: true,
    why: [],
    lowerBoundMonthlyUsd: 1900,
    optimalityGap: monthlyUsd === null ? null : monthlyUsd / 1900 - 1,
    unit: { usdPerUsefulGpuHour: 0.85, usdPer1kRequests: 0.2357, usdPerMillionTokens: null },
    latency: { coldStartShare: 0.012, coldStartSeconds: { p50: 12, p90: 30, p99: 90 }, queuedShare: null, note: '1.20 % of requests meet a cold start' },
    operations: ['3 inference servers of 1 GPU each to deploy, patch and watch around the clock'],
    gotchas: [],
    offers: ['own-dedicated', 'own-serverless'],
    runsOn: [
      { role: 'base', offer: 'own-dedicated', gpu: 'h100-80gb', gpusPerReplica: 1, usd: 0.6, per: 'hour', asOf: '2026-11-24' },
      { role: 'serverless', offer: 'own-serverless', gpu: 'h100-80gb', gpusPerReplica: 1, usd: 1 / 3600, per: 'second', asOf: '2026-11-24' },
    ],
    ...over,
  }
}

/** The example with every text from outside replaced by a hostile one. */
export function hostileResult(text: string): PlanResult {
  const example = exampleResult()
  const scenarios = example.scenarios.map((scenario) => ({ ...scenario, title: text, why: [text], operations: [text], gotchas: [text], offers: [text], runsOn: scenario.runsOn.map((part) => ({ ...part, offer: text, gpu: text, asOf: text })), latency: { ...scenario.latency, note: text } }))
  return {
    ...example,
    scenarios: [...scenarios, exampleScenario(`all-serverless@${text}`, 2500), exampleScenario(text, 1000, { considered: false, why: [text] })],
    verdictText: `${text}: ${text}`,
    whatToMeasureNext: [text],
    outOfSample: { ...example.outOfSample, method: text },
    sensitivity: example.sensitivity.map((bar) => ({ parameter: text, low: { ...bar.low, label: text, cheapest: text }, high: { ...bar.high, label: text } })),
    tree: { steps: [{ question: text, answer: text, numbers: text, leadsTo: text }], conclusion: text, presets: [{ name: text, answer: text, because: text }] },
    savings: { currentMonthlyUsd: 1, monthlyUsd: 1, yearlyUsd: 12, source: text },
    assumptions: [{ name: text, value: text, unit: text, source: text, asOf: text }],
    warnings: [text],
    traffic: { ...example.traffic, source: text },
  }
}

const share = fc.double({ min: 0, max: 1, noNaN: true })
const money = fc.oneof(fc.double({ min: 0, max: 1e5, noNaN: true }), fc.double({ min: 0, max: 1e18, noNaN: true }), fc.constantFrom(0, 1e-12, 0.004, 999.995, 99_999.6, 1e6 - 0.001, 1e15))
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null })
const words = fc.oneof(fc.string({ unit: 'binary', maxLength: 120 }), fc.constantFrom(...HOSTILE))
const ids = fc.uniqueArray(fc.oneof(fc.constantFrom('hybrid', 'hybrid-elastic', 'all-serverless', 'all-dedicated', 'tokens-api'), fc.string({ minLength: 1, maxLength: 60 }).map((text) => `hybrid@${text}`)), { minLength: 1, maxLength: 30 })

function anyScenario(id: string): fc.Arbitrary<Scenario> {
  return fc
    .record({ monthlyUsd: orNull(money), part: money, utilization: orNull(share), feasible: fc.boolean(), considered: fc.boolean(), family: fc.constantFrom('dedicated', 'serverless', 'hybrid', 'tokens'), title: words, why: fc.array(words, { maxLength: 3 }), unit: orNull(money), cold: orNull(share), base: fc.nat(5000) })
    .map(({ monthlyUsd, utilization, feasible, considered, family, title, why, part, unit, cold, base }) => {
      const example = exampleScenario(id, 1)
      return exampleScenario(id, monthlyUsd, {
        utilization,
        feasible,
        considered,
        family,
        title,
        why,
        replicas: { base, elasticMean: 0, elasticMax: 0, serverlessMax: 1, gpusPerReplica: 1 },
        breakdown: { ...example.breakdown, dedicatedIdle: part, egress: part },
        unit: { usdPerUsefulGpuHour: unit, usdPer1kRequests: unit, usdPerMillionTokens: unit },
        latency: { coldStartShare: cold, coldStartSeconds: cold === null ? null : example.latency.coldStartSeconds, queuedShare: cold, note: title },
      })
    })
}

/** Results that hold to the contract and to nothing else: unknowns, extremes, many scenarios, hostile texts. */
export function anyResult(): fc.Arbitrary<PlanResult> {
  return fc
    .record({ ids, demand: fc.array(fc.double({ min: 0, max: 3000, noNaN: true }), { minLength: 1, maxLength: 60 }), binSeconds: fc.constantFrom(60, 600, 3600, 7200, 86400), startMs: orNull(fc.integer({ min: 0, max: 4e12 })), breakEven: fc.oneof(share, fc.constantFrom(0, 1, 3)), text: words, usd: money, fill: share, unknown: fc.boolean(), measured: fc.boolean() })
    .chain((parts) => fc.tuple(fc.constant(parts), fc.tuple(...parts.ids.map(anyScenario)), fc.nat(parts.ids.length - 1)))
    .map(([{ demand, binSeconds, startMs, breakEven, text, usd, fill, unknown, measured }, scenarios, chosen]) => {
      const { outOfSample, breakEven: about, traffic } = exampleResult()
      const levels = Array.from({ length: Math.ceil(Math.max(...demand)) }, (_, index) => index + 1)
      const choice = (level: number): 'dedicated' | 'serverless' => (level <= levels.length / 3 ? 'dedicated' : 'serverless')
      return exampleResult({
        scenarios,
        recommended: scenarios[chosen]!.id,
        clairvoyant: unknown ? null : { monthlyUsd: usd, terms: false },
        marginal: levels.map((level) => ({ level, meanFill: fill, breakEven: unknown ? null : breakEven, choice: choice(level), dedicatedUsd: usd, serverlessUsd: unknown ? null : usd, savesUsd: unknown ? null : usd })),
        outOfSample: measured ? outOfSample : { method: 'not judged', available: false, trainDays: 0, testDays: 0, bestFixedUsd: null, clairvoyantHourlyUsd: null, scenarios: {} },
        probabilityCheapest: measured ? { [scenarios[0]!.id]: 1 } : {},
        expected: measured ? { [scenarios[0]!.id]: { meanUsd: usd, p10Usd: 0, p90Usd: usd } } : {},
        verdict: 'inconclusive',
        verdictText: text,
        savings: unknown ? null : { currentMonthlyUsd: usd, monthlyUsd: -usd, yearlyUsd: -12 * usd, source: text },
        breakEven: { ...about, utilization: unknown ? null : breakEven },
        sensitivity: unknown ? [] : [{ parameter: text, low: { label: text, monthlyUsd: 0, cheapest: text }, high: { label: '+', monthlyUsd: usd, cheapest: scenarios[0]!.id } }],
        picture: { startMs, binSeconds, demand, gaps: unknown ? [0] : [], breakEven, levels: levels.map((level) => ({ level, meanFill: fill, choice: choice(level) })) },
        assumptions: [{ name: text, value: unknown ? null : usd, source: text, asOf: '2026-11-24' }],
        warnings: [text],
        traffic: { ...traffic, source: text, measured, days: (demand.length * binSeconds) / 86400 },
      })
    })
}
