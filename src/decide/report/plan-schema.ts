import Type, { type TObject, type TSchema } from 'typebox'

/**
 * The JSON of `spillway plan --json` as a schema, closed: a field that is not here is an error, so that a change of the
 * contract shows. docs/plan-json.md tells the same in words. Fields may be added, never renamed or removed, within
 * `schemaVersion` 1; readers should ignore fields that they do not know.
 */

const closed = { additionalProperties: false } as const
const text = (description: string) => Type.String({ description })
const number = (description: string) => Type.Number({ description })
const from0 = (description: string) => Type.Number({ minimum: 0, description })
const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description })
const count = (description: string) => Type.Integer({ minimum: 0, description })
const usd = (description: string) => from0(`${description}, USD a month`)
const orNull = <T extends TSchema>(schema: T, meaning: string) => Type.Union([schema, Type.Null()], { description: `${(schema as { description?: string }).description}; null: ${meaning}` })
const list = <T extends TSchema>(items: T, description: string) => Type.Array(items, { description })
const object = <T extends Record<string, TSchema>>(fields: T, description?: string): TObject<T> => Type.Object(fields, description === undefined ? closed : { ...closed, description })
const words = <T extends string[]>(values: [...T], description: string) => Type.Enum<T>(values, { description })

const scenario = object({
  id: text('stable name; offers other than the plan\'s own come after an "@"'),
  title: text('for people; may change'),
  family: words(['dedicated', 'serverless', 'hybrid', 'tokens'], 'what must be run'),
  monthlyUsd: orNull(usd('cost'), 'cannot be priced, `why` says so'),
  replicas: object({
    base: count('replicas rented all the time'),
    elasticMean: from0('mean replicas rented by the hour on top'),
    elasticMax: count('most replicas rented by the hour on top'),
    serverlessMax: count('most serverless replicas at once'),
    gpusPerReplica: count('GPUs of one replica'),
    byGpu: Type.Optional(Type.Record(Type.String(), Type.Integer({ minimum: 0 }), { description: 'replicas by GPU id, where several kinds are mixed' })),
    hourOfDay: Type.Optional(Type.Array(Type.Integer({ minimum: 0 }), { minItems: 24, maxItems: 24, description: 'replicas for each hour of the day, where there is a schedule' })),
  }, 'what runs'),
  utilization: orNull(share('useful replica-seconds / paid replica-seconds'), 'a token API'),
  breakdown: object({
    dedicatedBusy: usd('dedicated capacity that work fills'),
    dedicatedIdle: usd('the idle tax: dedicated capacity that no work fills'),
    serverlessBusy: usd('what the work would take on full serverless replicas'),
    serverlessUnfilled: usd('the rest of the serverless seconds with at least one request'),
    coldStart: usd('billed cold starts'),
    keepWarm: usd('billed idle windows'),
    rounding: usd('rounding up to the billing granularity and minimum'),
    tokens: usd('token APIs'),
    interruptions: usd('work lost to spot interruptions'),
    egress: usd('data sent out'),
    ops: usd('operations'),
  }, 'the parts of monthlyUsd, which they sum to'),
  feasible: Type.Boolean({ description: 'meets every hard constraint' }),
  considered: Type.Boolean({ description: 'may be recommended' }),
  why: list(Type.String(), 'facts for and against, as sentences'),
  lowerBoundMonthlyUsd: orNull(usd('no plan of this kind can cost less'), 'no bound is known'),
  optimalityGap: orNull(number('(monthlyUsd - lowerBoundMonthlyUsd) / lowerBoundMonthlyUsd, a share'), 'no bound is known'),
  unit: object({
    usdPerUsefulGpuHour: orNull(from0('USD per GPU-hour of useful work'), 'a token API, or no work'),
    usdPer1kRequests: orNull(from0('USD per 1,000 requests'), 'no requests'),
    usdPerMillionTokens: orNull(from0('USD per million tokens, input and output together'), 'the traffic has no token counts'),
  }, 'cost per unit of work'),
  latency: object({
    coldStartShare: orNull(share('share of requests that wait for a starting replica, for up to a cold start'), 'unknown'),
    coldStartSeconds: Type.Union([object({ p50: from0('median'), p90: from0('90th percentile'), p99: from0('99th percentile') }), Type.Null()], { description: 'length of a cold start in seconds; null: unknown, or no cold starts' }),
    queuedShare: orNull(share('share of requests that wait for a slot on a dedicated replica'), 'unknown'),
    note: text('the same in words'),
  }, 'what a request meets'),
  operations: list(Type.String(), 'what the team must run'),
  gotchas: list(Type.String(), 'traps that these offers trigger'),
  offers: list(Type.String(), 'ids of the offers used'),
  runsOn: list(object({
    role: words(['base', 'rented', 'serverless', 'api'], 'all the time, by the term, above, by the token'),
    offer: text('id of the offer'),
    gpu: orNull(text('id of the GPU'), 'an API, or not said'),
    gpusPerReplica: orNull(count('GPUs of one replica'), 'an API'),
    usd: orNull(from0('USD for one replica'), 'an API has a price list'),
    per: words(['hour', 'second', 'token'], 'what the price is for'),
    asOf: text('the date of the price, YYYY-MM-DD'),
  }), 'what to buy'),
})

const marginal = object({
  level: Type.Integer({ minimum: 1, description: 'the l-th replica' }),
  meanFill: share('mean of min(1, max(0, demand - (level - 1)))'),
  breakEven: orNull(from0('fill at which dedicated costs the same as serverless; above 1 = never'), 'no offer of one of the two kinds'),
  choice: words(['dedicated', 'serverless'], 'what serves it in the best plan with a fixed count'),
  dedicatedUsd: orNull(usd('this level on a dedicated replica'), 'no such offer'),
  serverlessUsd: orNull(usd('this level on serverless'), 'no such offer'),
  savesUsd: orNull(number('what the choice saves against the alternative, USD a month'), 'no alternative'),
})

const sensitivityEnd = object({ label: text('the value that the parameter is moved to'), monthlyUsd: usd('cost of the cheapest scenario there'), cheapest: text('its id') }, 'one end of the bar')

export const PLAN_RESULT = object(
  {
    schemaVersion: Type.Literal(1, { description: 'of this contract' }),
    scenarios: list(scenario, 'every scenario that was priced'),
    recommended: text('id of the scenario with the lowest expected cost on days that it was not fitted to'),
    lowerBoundMonthlyUsd: usd('nothing listed can cost less'),
    optimalityGap: number('(recommended - lower bound) / lower bound, a share'),
    allowed: object({ lowerBoundMonthlyUsd: usd('nothing that may be recommended can cost less'), optimalityGap: number('(recommended - that bound) / that bound, a share') }, 'the same without spot, commitments and others that are not allowed'),
    clairvoyant: Type.Union([object({ monthlyUsd: usd('cost of the best schedule'), terms: Type.Boolean({ description: 'whether whole rental terms were kept to' }) }), Type.Null()], {
      description: 'the best schedule of whole replicas that somebody who knew all of the future could choose; null: no dedicated or no serverless offer',
    }),
    marginal: list(marginal, 'one row a replica of the peak'),
    outOfSample: object({
      method: text('how it was judged, or why not'),
      available: Type.Boolean({ description: 'whether days were held out' }),
      trainDays: count('days fitted on'),
      testDays: count('days judged on'),
      bestFixedUsd: orNull(usd('the best fixed count for the held-out days'), 'nothing was held out'),
      clairvoyantHourlyUsd: orNull(usd('the best count for each hour, knowing the held-out days'), 'nothing was held out'),
      scenarios: Type.Record(
        Type.String(),
        object({ monthlyUsd: usd('cost'), regretVsBestFixed: number('cost / bestFixedUsd - 1, a share'), regretVsClairvoyant: number('cost / clairvoyantHourlyUsd - 1, a share') }),
        { description: 'by scenario id, on the held-out days' },
      ),
    }, 'the last week held out; figures are for a month like it'),
    probabilityCheapest: Type.Record(Type.String(), share('share of resamples'), { description: 'by scenario id; sums to 1; empty where nothing was measured' }),
    expected: Type.Record(Type.String(), object({ meanUsd: usd('mean'), p10Usd: usd('10th percentile'), p90Usd: usd('90th percentile') }), {
      description: 'by scenario id: cost on days that the plan was not fitted to, growth uncertainty included; empty where nothing was measured',
    }),
    verdict: text('a scenario id, or "inconclusive"'),
    verdictText: text('for people; may change'),
    family: object({ choice: text('the family that is most often cheapest'), probability: orNull(share('how often'), 'nothing was measured') }, 'what is sure even where the scenario is not'),
    whatToMeasureNext: list(Type.String(), 'what would settle the question'),
    breakEven: object({
      utilization: orNull(from0('u* = (p/s)(1 + h) / (k e)'), 'no offer of one of the two kinds'),
      k: from0('billed / useful serverless seconds'),
      throughputRatio: from0('e: dedicated / serverless throughput'),
      overheadShare: from0('h: operations / dedicated rent'),
    }, "of the plan's offers"),
    sensitivity: list(object({ parameter: text('what is moved'), low: sensitivityEnd, high: sensitivityEnd }), 'the tornado, longest bar first'),
    tree: object({
      steps: list(object({ question: text('a question'), answer: text('its answer'), numbers: text('what the answer stands on'), leadsTo: text('what follows') }), 'in the order asked'),
      conclusion: text('the title of the recommended scenario'),
      presets: list(object({ name: text('a rule of thumb'), answer: text('what it says'), because: text('why') }), 'rules of thumb, for comparison'),
    }, 'the decision tree'),
    savings: Type.Union(
      [
        object({
          currentMonthlyUsd: usd('the bill today'),
          monthlyUsd: number('what the plan saves a month in USD; negative where it costs more'),
          yearlyUsd: number('the same in 12 months'),
          source: text('where the current bill comes from'),
        }),
        Type.Null(),
      ],
      { description: 'against the current bill; null: none was given' },
    ),
    picture: object({
      startMs: orNull(number('Unix time of the first bin in milliseconds'), 'the trace has no dates'),
      binSeconds: from0('width of a bin in seconds'),
      demand: list(from0('replicas'), 'demand in replicas, one number a bin'),
      gaps: list(count('index of a bin'), 'bins that may be gaps in the recording'),
      levels: list(object({ level: count('the l-th replica'), meanFill: share('its mean fill'), choice: words(['dedicated', 'elastic', 'serverless'], 'what serves it') }), 'what serves each replica of demand in the recommended plan'),
      breakEven: from0('fill at which owning stops paying: the break-even of the first replica that the best fixed count leaves to serverless; 0 = nothing to compare'),
    }, 'what the signature picture is drawn from'),
    assumptions: list(
      object({
        name: text('what is assumed'),
        value: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()], { description: 'the value as stated; null: unknown' }),
        unit: Type.Optional(text('its unit')),
        source: text('where it comes from'),
        asOf: text('the date that it held on, YYYY-MM-DD'),
      }),
      'every number that the plan stands on',
    ),
    warnings: list(Type.String(), 'what a reader must know before using the answer'),
    traffic: object({
      source: text('file or description'),
      measured: Type.Boolean({ description: 'false where the traffic was described, not recorded' }),
      days: from0('days covered'),
      binSeconds: from0('width of a bin in seconds'),
      bins: count('number of bins'),
      requestsPerMonth: from0('requests in a 730-hour month'),
      inputTokensPerMonth: orNull(from0('input tokens in a 730-hour month'), 'the traffic has no token counts'),
      outputTokensPerMonth: orNull(from0('output tokens in a 730-hour month'), 'the traffic has no token counts'),
      floor: from0('least demand in replicas'),
      mean: from0('mean demand in replicas'),
      peak: from0('most demand in replicas'),
      possibleGapBins: count('bins that may be gaps in the recording'),
    }, 'what was planned for'),
  },
  'The answer of `spillway plan --json`. Money is in US dollars for a 730-hour month with the trace as its typical period.',
)
