import { InvalidArgumentError, Option, type Command } from 'commander'
import type { Precision } from '../../core/catalog/types.ts'
import { DEFAULT_RULES, type FleetRules } from '../../decide/fleet/rules.ts'
import { DEFAULT_CHOICES, type PlanChoices } from '../../decide/input/plan-choices.ts'
import { OPS_PRESETS } from '../../decide/operations.ts'
import { coldStart, count, duration, nonNegative, nonNegativeDuration, positive } from './options.ts'
import { storeTrafficOptions } from './store-traffic.ts'
import { addTrafficOptions, type TrafficOptions } from './traffic-options.ts'

export const PRECISIONS = ['fp32', 'bf16', 'fp8', 'int8', 'fp4', 'int4'] as const satisfies readonly Precision[]

/** Everything that `spillway plan` may be told. Absent = not said. */
export interface PlanOptions extends TrafficOptions, PlanChoices {
  readonly requestsPerDay?: number
  readonly pattern?: string
  readonly scale?: number
  readonly fillGaps?: boolean
  readonly offers?: string
  readonly current?: string
  readonly json?: boolean
  readonly verbose?: boolean
  readonly csv?: string
  readonly markdown?: string
  readonly pdf?: string
  readonly save?: string
}

export function addPlanOptions(command: Command): Command {
  command.optionsGroup('Traffic:')
  addTrafficOptions(command)
    .option('--requests-per-day <n>', 'describe the traffic instead: requests on each active day', positive)
    .option('--pattern <words>', 'when there is traffic: "10-18 weekdays", "8-20 weekdays, 10-16 sat" (default: 24/7)')
    .option('--scale <factor>', 'plan for so many times the traffic', positive)
    .option('--fill-gaps', 'fill possible gaps of the recording with the same time on other days; without it they count as no demand')
    .option('--input-tokens <n>', 'mean prompt tokens, for traffic without token counts', nonNegative)
    .option('--output-tokens <n>', 'mean generated tokens, for traffic without token counts', nonNegative)
    .option('--cached-share <share>', 'share of the prompt tokens found in the prefix cache, 0 to 1, for the same', share)
  storeTrafficOptions(command)
    .optionsGroup('What serves it:')
    .option('--model <id>', 'model, such as llama-3.1-70b; see `spillway catalog list models`')
    .option('--gpu <ids>', 'GPUs to consider, by comma (default: those measured for the model, or all where none is)', list)
    .option('--gpus-per-replica <n>', 'GPUs of one replica (default: the size with the fewest GPU-seconds)', whole)
    .addOption(new Option('--precision <type>', 'precision of the weights (default: as the model is published)').choices(PRECISIONS))
    .option('--slo-ttft <duration>', 'latency target for the first token, such as 1s (default: 2s)', duration)
    .option('--slo-tpot <duration>', 'latency target for each further token, such as 80ms (default: 200ms)', duration)
    .option('--replica-rps <n>', 'requests per second that one replica serves, as you measured: instead of --model', positive)
    .option('--replica-concurrency <n>', 'requests that one replica holds at once (with --replica-rps or --gpu-seconds)', whole)
    .option('--gpu-seconds [n]', 'seconds of one GPU per request, for images, audio, video, embeddings; without a number: the column of the traffic', positive)
    .option('--egress-mb <n>', 'megabytes sent per request', nonNegative)
  command
    .optionsGroup('Prices:')
    .option('--dedicated <usd>', 'own price of a dedicated replica, USD per hour', positive)
    .option('--serverless <usd>', 'own price of a serverless replica, USD per second', positive)
    .option('--egress-per-gb <usd>', 'own price of a gigabyte that leaves (with --dedicated or --serverless)', nonNegative)
    .option('--offers <file>', 'own offers, on top of the catalog')
    .option('--provider <names>', 'consider these providers only, by comma', list)
    .option('--api <ids>', 'compare with these token APIs too, such as openai/gpt-4o-mini', list)
    .option('--own-weights', 'the weights are your own (fine-tuned): APIs that serve the base model by the token do not apply')
    .option('--throughput-ratio <e>', 'throughput of a dedicated replica / a serverless one', positive, DEFAULT_CHOICES.throughputRatio)
    .option('--cold-start <p50[,p90,p99]>', 'own measured cold start, such as 12s,30s,90s', coldStart)
    .addOption(new Option('--cold-start-billed <yes|no>', 'whether the cold start is billed').argParser(yesNo))
    .option('--idle-window <duration>', 'how long an idle serverless replica stays up, billed', duration)
    .option('--serverless-cap <n>', 'most serverless replicas at once; more requests queue', whole)
    .addOption(
      new Option('--serverless-rules <map>', 'take=most-recently-used|least-recently-used, start=always|when-queue-exceeds, queue-limit=N, owner=first-free|starter')
        .argParser(fleetRules)
        .default(DEFAULT_CHOICES.serverlessRules, 'the first of each'),
    )
    .option('--idle-overhead-k <k>', 'billed / useful serverless seconds, instead of simulating them', atLeastOne)
    .option('--linear-overflow', 'bare prices: no cold start, window, rounding, egress or operations')
  command
    .optionsGroup('Limits and people:')
    .option('--residency <region>', 'data must stay there, such as eu; offers without a stated region are left out')
    .option('--real-time', 'the first token within 100 ms: no cold starts')
    .option('--budget <usd>', 'budget, USD a month', positive)
    .addOption(new Option('--platform-team <yes|no>', 'whether somebody operates GPU servers').argParser(yesNo))
    .option('--commit <months>', 'longest commitment that may be recommended', count, DEFAULT_CHOICES.commit)
    .option('--allow-spot', 'spot capacity may be recommended')
    .addOption(new Option('--ops <preset>', 'operations as a share of an engineer (default: none, not counted)').choices(Object.keys(OPS_PRESETS)).conflicts('opsMonthly'))
    .option('--ops-monthly <usd>', 'operations where dedicated replicas run, USD a month', nonNegative)
    .option('--current <file|usd>', 'current monthly cost: a file of `spillway import --out`, or dollars')
  command
    .optionsGroup('Method:')
    .addOption(new Option('--rental-term <duration>', 'shortest rental of the elastic floor').argParser(duration).default(DEFAULT_CHOICES.rentalTerm, '1h'))
    .addOption(new Option('--rental-notice <duration>', 'from the order to a replica that serves').argParser(nonNegativeDuration).default(DEFAULT_CHOICES.rentalNotice, '10m'))
    .addOption(new Option('--rental-window <duration>', 'how far back the elastic rule looks').argParser(duration).default(DEFAULT_CHOICES.rentalWindow, '30m'))
    .option('--headroom <share>', 'spare capacity of the all-dedicated plan above the peak', nonNegative, DEFAULT_CHOICES.headroom)
    .option('--growth-sd <sd>', 'uncertainty of growth: standard deviation of ln(demand), 0 to 2', growthSd, DEFAULT_CHOICES.growthSd)
    .option('--price-decline <share>', 'yearly fall of GPU prices that a commitment is judged by', share, DEFAULT_CHOICES.priceDecline)
    .option('--resamples <n>', 'resamples of days', resamples, DEFAULT_CHOICES.resamples)
    .option('--seed <n>', 'seed of every random draw', count, DEFAULT_CHOICES.seed)
  return command
    .optionsGroup('Output:')
    .option('--json', 'print JSON (docs/plan-json.md)')
    .option('--verbose', 'print every figure, assumption and source')
    .option('--csv <file>', 'write one row a scenario')
    .option('--markdown <file>', 'write the page as Markdown')
    .option('--pdf <file>', 'write the one-page comparison')
    .option('--save <title>', 'keep the plan in the data directory: the dashboard holds what is metered against the newest')
}

function list(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim()).filter((part) => part !== '')
  if (parts.length === 0) throw new InvalidArgumentError('names separated by commas are needed.')
  return parts
}

function whole(text: string): number {
  const value = count(text)
  if (value < 1 || value > 1_000_000) throw new InvalidArgumentError('a whole number from 1 to 1,000,000 is needed.')
  return value
}

function resamples(text: string): number {
  const value = count(text)
  if (value < 10 || value > 100_000) throw new InvalidArgumentError('10 to 100,000 resamples are needed.')
  return value
}

function growthSd(text: string): number {
  const value = nonNegative(text)
  if (value > 2) throw new InvalidArgumentError('a standard deviation from 0 to 2 is needed.')
  return value
}

function share(text: string): number {
  const value = nonNegative(text)
  if (value > 1) throw new InvalidArgumentError('a share from 0 to 1 is needed.')
  return value
}

function atLeastOne(text: string): number {
  const value = positive(text)
  if (value < 1) throw new InvalidArgumentError('a ratio of at least 1 is needed: no less is billed than is used.')
  return value
}

function yesNo(text: string): boolean {
  if (text === 'yes') return true
  if (text === 'no') return false
  throw new InvalidArgumentError('yes or no is needed.')
}

function fleetRules(text: string): FleetRules {
  const rules: Record<string, string | number> = { ...DEFAULT_RULES }
  const choices: Readonly<Record<string, readonly string[]>> = { take: ['most-recently-used', 'least-recently-used'], start: ['always', 'when-queue-exceeds'], owner: ['first-free', 'starter'] }
  for (const part of list(text)) {
    const [key = '', value = ''] = part.split('=').map((word) => word.trim())
    if (key === 'queue-limit') rules['queueLimit'] = count(value)
    else if (choices[key]?.includes(value)) rules[key] = value
    else throw new InvalidArgumentError(`"${part}" is no rule.`)
  }
  return rules as unknown as FleetRules
}
