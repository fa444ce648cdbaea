import type { DecisionTree } from './plan-result.ts'
import type { DemandShape } from './shape.ts'

export interface TreeInput {
  readonly shape: DemandShape
  /** Mean fill above which the first dedicated replica pays; null = there is nothing to compare. */
  readonly breakEven: number | null
  /** Mean fill of the first replica, 0 where there is no demand. */
  readonly firstFill: number
  readonly dedicatedReplicas: number
  readonly days: number
  readonly measured: boolean
  readonly sloTtftSeconds: number | null
  readonly realTime: boolean
  readonly coldStartP50: number | null
  readonly residency: string | null
  readonly offersInRegion: number
  readonly budgetMonthlyUsd: number | null
  /** Whether somebody can operate GPU servers; null = not said. */
  readonly platformTeam: boolean | null
  readonly hybridUsd: number | null
  readonly serverlessUsd: number | null
  readonly dedicatedUsd: number | null
  readonly recommendedTitle: string
  readonly recommendedUsd: number | null
}

/** Demand is called steady when its floor carries at least this share of the mean. */
const STEADY = 0.5
/** ... and predictable when the hour of the day explains at least this share of its variance. */
const PREDICTABLE = 0.5

/** One tree; every answer prints the numbers that it stands on. The two rules of the guide are kept as named presets. */
export function decisionTree(input: TreeInput): DecisionTree {
  const { shape, breakEven } = input
  const steady = shape.floorShare >= STEADY
  const predictable = shape.hourOfDayExplains !== null && shape.hourOfDayExplains >= PREDICTABLE
  const steps: DecisionTree['steps'][number][] = []
  const step = (question: string, answer: string, numbers: string, leadsTo: string): void => {
    steps.push({ question, answer, numbers, leadsTo })
  }
  if (input.residency === null) step('Must data stay in a region?', 'no', 'no --residency given', 'every offer stays in play')
  else step('Must data stay in a region?', `yes, ${input.residency}`, `${input.offersInRegion} offers are stated to be there`, 'all other offers are out')
  const target = input.sloTtftSeconds === null ? 'no TTFT target' : `TTFT target ${ms(input.sloTtftSeconds)}`
  const cold = input.coldStartP50 === null ? 'cold start unknown' : `median cold start ${ms(input.coldStartP50)}`
  step(
    'Real-time (first token under 100 ms)?',
    input.realTime ? 'yes' : 'no',
    `${target}, ${cold}`,
    input.realTime ? 'a cold start breaks the target: dedicated only' : 'serverless may take part',
  )
  step(
    'Steady around the clock?',
    steady ? 'yes' : 'no',
    `floor ${num(shape.floor)} of mean ${num(shape.mean)} replicas = ${pct(shape.floorShare)}; hourly variation ${pct(shape.hourlyVariation)}`,
    steady ? 'a base is worth renting' : 'look at each replica by itself',
  )
  step(
    'Predictable by the hour of the day?',
    shape.hourOfDayExplains === null ? 'cannot tell' : predictable ? 'yes' : 'no',
    shape.hourOfDayExplains === null
      ? 'three days of traffic are needed'
      : `the hour explains ${pct(shape.hourOfDayExplains)} of the variance (each day judged by the others)`,
    predictable ? 'a schedule or pre-warming can help' : 'react to demand; do not schedule',
  )
  const [answer, leadsTo] = owns(input)
  step(
    'Is a replica busy enough to own?',
    answer,
    `replica 1 is filled ${pct(input.firstFill)}, break-even ${breakEven === null ? 'unknown (nothing to compare with)' : pct(breakEven)}; an all-dedicated fleet would be ${pct(shape.dedicatedUtilization)} utilized`,
    leadsTo,
  )
  step(
    'Who operates it?',
    input.platformTeam === null ? 'not said' : input.platformTeam ? 'a platform team' : 'nobody yet',
    worthOfOps(input),
    input.platformTeam === false ? 'count the salary with --ops-monthly before owning' : 'see the operations line',
  )
  if (input.budgetMonthlyUsd !== null && input.recommendedUsd !== null) {
    const fits = input.recommendedUsd <= input.budgetMonthlyUsd
    step(
      'Within the budget?',
      fits ? 'yes' : 'no',
      `${usd(input.recommendedUsd)} of ${usd(input.budgetMonthlyUsd)} a month`,
      fits ? 'go on' : 'cut tokens first, or change the SLO or the model',
    )
  }
  return { steps, conclusion: input.recommendedTitle, presets: [threeQuestions(shape, predictable), sixtySeconds(shape, steady, predictable)] }
}

/** Whether any replica is worth owning around the clock, and where that leads. */
function owns({ dedicatedReplicas: count, shape, dedicatedUsd, serverlessUsd }: TreeInput): readonly [string, string] {
  if (serverlessUsd === null && dedicatedUsd !== null) return ['there is no serverless offer to compare with', 'all-dedicated']
  if (dedicatedUsd === null) return ['there is no dedicated offer', 'serverless or an API']
  if (count === 0) return ['no', 'all-serverless, unless replicas can be rented by the hour']
  return [`yes, ${count} of them`, count >= Math.ceil(shape.peak) ? 'all-dedicated' : 'own the full ones, rent the rest']
}

/** What owning saves a month: the most that operating it may cost before serverless wins. */
function worthOfOps(input: TreeInput): string {
  if (input.hybridUsd === null || input.serverlessUsd === null) return 'not both a dedicated and a serverless price to compare'
  const worth = input.serverlessUsd - input.hybridUsd
  return worth <= 0
    ? 'owning saves nothing, so there is nothing to operate'
    : `owning saves ${usd(worth)} a month against all-serverless: operating it may cost up to that`
}

function threeQuestions(shape: DemandShape, predictable: boolean): DecisionTree['presets'][number] {
  const name = "the guide's 3-question test"
  const busy = shape.dedicatedUtilization
  if (busy > 0.3) return { name, answer: 'dedicated', because: `a fleet for the peak is ${pct(busy)} utilized, above 30 %` }
  if (predictable) return { name, answer: 'hybrid', because: 'spiky but predictable' }
  return { name, answer: 'serverless', because: `${pct(busy)} utilized, not predictable` }
}

function sixtySeconds(shape: DemandShape, steady: boolean, predictable: boolean): DecisionTree['presets'][number] {
  const name = "the guide's 60-second tree"
  const busy = shape.dedicatedUtilization
  if (steady)
    return busy > 0.3
      ? { name, answer: 'dedicated', because: `steady and ${pct(busy)} utilized` }
      : { name, answer: 'hybrid', because: `steady but ${pct(busy)} utilized` }
  return predictable ? { name, answer: 'hybrid', because: 'not steady, predictable' } : { name, answer: 'serverless', because: 'not steady, not predictable' }
}

const pct = (share: number): string => `${(share * 100).toFixed(1)} %`
const num = (value: number): string => value.toFixed(value < 10 ? 2 : 1)
const usd = (value: number): string => `$${value.toLocaleString('en-US', { maximumFractionDigits: 0 })}`
const ms = (seconds: number): string => (seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`)
