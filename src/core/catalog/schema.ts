import Type, { type TSchema } from 'typebox'
import { TOKEN_BUCKETS, type TokenBucket } from '../billing/rate-card.ts'

/**
 * The shape of catalog JSON, shipped and the user's own. Every field says in `description` what belongs there, in words
 * that follow "give": an error quotes them. A field that may be null may also be left out: both mean unknown.
 */

const closed = { additionalProperties: false } as const
const USD = '^\\d{1,6}(\\.\\d{1,18})?$'

const id = Type.String({ pattern: '^[a-z0-9][a-z0-9._/-]{0,99}$', description: 'an id of small letters, digits, dots, dashes and slashes' })
const words = (description: string, maxLength = 200) => Type.String({ minLength: 1, maxLength, description })
const usd = (per: string) => Type.String({ pattern: USD, description: `US dollars per ${per} as a decimal string, such as "1.39"` })
const above0 = (description: string) => Type.Number({ exclusiveMinimum: 0, maximum: 1e9, description })
const from0 = (description: string) => Type.Number({ minimum: 0, maximum: 1e9, description })
const count = (description: string) => Type.Integer({ minimum: 1, maximum: 1e9, description })
const oneOf = <T extends string[]>(...values: [...T]) => Type.Enum<T>(values, { description: `one of ${values.join(', ')}` })

function orUnknown<T extends TSchema>(schema: T) {
  const { description } = schema as { description?: string }
  return Type.Optional(Type.Union([schema, Type.Null()], { description: `${description}, or null where it is unknown` }))
}

const sourced = {
  source: words('the document that the figure comes from: a URL, or a repository path with its commit', 500),
  asOf: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'the date of the figure as YYYY-MM-DD' }),
  note: Type.Optional(words('a note', 2000)),
  own: Type.Optional(Type.Boolean({ description: 'true or false; Spillway sets it for entries of your own file' })),
}
const aliases = Type.Optional(Type.Array(words('another name'), { maxItems: 50, description: 'a list of other names' }))

export const GPU = Type.Object(
  {
    id,
    name: words('the name to show'),
    aliases,
    memoryGb: above0('the memory in gigabytes'),
    memoryBandwidthGBps: orUnknown(above0('the memory bandwidth in gigabytes per second')),
    bf16Tflops: orUnknown(above0('the dense bf16 peak in TFLOPS')),
    fp8Tflops: orUnknown(above0('the dense fp8 peak in TFLOPS')),
    ...sourced,
  },
  closed,
)

export const MODEL = Type.Object(
  {
    id,
    name: words('the name to show'),
    aliases,
    task: oneOf('generation', 'embedding'),
    parametersB: above0('the parameters in billions'),
    activeB: above0('the parameters that one token uses, in billions; the same as parametersB unless the model is a mixture of experts'),
    layers: orUnknown(count('the number of layers')),
    attentionHeads: orUnknown(count('the number of attention heads')),
    kvHeads: orUnknown(count('the number of key-value heads')),
    headDim: orUnknown(count('the size of a head')),
    kvBytesPerToken: orUnknown(above0('the bytes of KV cache per token at 16 bits')),
    contextTokens: orUnknown(count('the longest context in tokens')),
    defaultPrecision: oneOf('fp32', 'bf16', 'fp8', 'int8', 'fp4', 'int4'),
    ...sourced,
  },
  closed,
)

const egressPerGb = orUnknown(usd('gigabyte sent out ("0" where the provider says that it is free)'))
const granularitySeconds = above0('the seconds to a multiple of which billed time is rounded up')
const minimumSeconds = from0('the shortest billed time in seconds, 0 for none')

const DEDICATED = Type.Object(
  {
    rule: Type.Literal('dedicated'),
    perGpuHour: usd('GPU and hour'),
    granularitySeconds,
    minimumSeconds,
    startupSeconds: orUnknown(from0('the seconds from order to serving')),
    commitment: Type.Optional(
      Type.Union(
        [
          Type.Object({ months: count('the months of the commitment'), upfrontShare: Type.Number({ minimum: 0, maximum: 1, description: 'the share that is paid upfront, 0 to 1' }) }, closed),
          Type.Null(),
        ],
        { description: 'a commitment {"months", "upfrontShare"}, or null for none' },
      ),
    ),
    spot: Type.Optional(
      Type.Union(
        [
          Type.Object({ interruptionsPerHour: orUnknown(from0('the mean interruptions per replica and hour')), noticeSeconds: orUnknown(from0('the seconds of notice')) }, closed),
          Type.Null(),
        ],
        { description: 'spot terms {"interruptionsPerHour", "noticeSeconds"}, or null where it is no spot offer' },
      ),
    ),
    egressPerGb,
  },
  { ...closed, description: 'a billing card by the hour: {"rule": "dedicated", "perGpuHour", "granularitySeconds", "minimumSeconds", ...}' },
)

const seconds = (quantile: string) => from0(`the ${quantile} of the seconds from a request to a serving replica`)

const SERVERLESS = Type.Object(
  {
    rule: Type.Literal('serverless'),
    perGpuSecond: usd('GPU and second'),
    granularitySeconds,
    minimumSeconds,
    idleWindowSeconds: orUnknown(from0('the seconds that a replica stays up, billed, after its last request')),
    coldStartBilled: orUnknown(Type.Boolean({ description: 'true or false' })),
    coldStart: orUnknown(Type.Object({ p50: seconds('median'), p90: seconds('90th percentile'), p99: seconds('99th percentile') }, { ...closed, description: 'the cold start {"p50", "p90", "p99"} in seconds' })),
    replicaCap: orUnknown(count('the most replicas at once')),
    atCap: orUnknown(oneOf('queue', 'reject')),
    egressPerGb,
    alwaysOnPerGpuSecond: orUnknown(usd('GPU and second of a replica that is always on')),
  },
  { ...closed, description: 'a billing card by the second: {"rule": "serverless", "perGpuSecond", "granularitySeconds", "minimumSeconds", ...}' },
)

/** The offers of GPU time, one schema a billing rule, so that an error can name the field rather than the alternatives. */
export const OFFERS = { dedicated: offer(DEDICATED), serverless: offer(SERVERLESS) }

function offer<T extends TSchema>(card: T) {
  return Type.Object(
    {
      id,
      provider: words('the name of the provider'),
      gpu: words('the id of a GPU of the catalog'),
      tier: oneOf('on-demand', 'committed-1y', 'committed-3y', 'spot', 'managed', 'serverless', 'decentralized'),
      region: orUnknown(words('a region')),
      card,
      ...sourced,
    },
    closed,
  )
}

const byBucket = <T extends TSchema>(schema: T) => Object.fromEntries(TOKEN_BUCKETS.map((bucket) => [bucket, schema])) as Record<TokenBucket, T>
const tokenPrice = usd('million tokens')

export const TOKEN_OFFER = Type.Object(
  {
    id,
    provider: words('the name of the provider'),
    model: words("the provider's name of the model"),
    openModel: orUnknown(words('the id of the same open model in the catalog')),
    card: Type.Object(
      {
        rule: Type.Literal('tokens'),
        perMillion: Type.Object(byBucket(orUnknown(tokenPrice)), { ...closed, description: 'the prices by kind of token' }),
        tiers: Type.Optional(
          Type.Array(Type.Object({ promptTokensAbove: count('the prompt tokens above which these prices hold'), perMillion: Type.Object(byBucket(Type.Optional(tokenPrice)), closed) }, closed), {
            maxItems: 20,
            description: 'a list of prices for long prompts',
          }),
        ),
        perCall: usd('call ("0" for none)'),
      },
      { ...closed, description: 'a card for tokens: {"rule": "tokens", "perMillion", "perCall", ...}' },
    ),
    ...sourced,
  },
  closed,
)

/** Entries of one file, all kinds together. */
export const MAX_ENTRIES = 100_000

/** A whole file, as published in catalog/schema.json for editors. */
export const CATALOG_FILE = Type.Object(
  {
    $schema: Type.Optional(words('the address of the schema', 500)),
    gpus: Type.Optional(Type.Array(GPU, { maxItems: MAX_ENTRIES })),
    models: Type.Optional(Type.Array(MODEL, { maxItems: MAX_ENTRIES })),
    offers: Type.Optional(Type.Array(Type.Union([OFFERS.dedicated, OFFERS.serverless]), { maxItems: MAX_ENTRIES })),
    tokenOffers: Type.Optional(Type.Array(TOKEN_OFFER, { maxItems: MAX_ENTRIES })),
  },
  { ...closed, title: 'Spillway catalog', description: 'GPUs, models and prices; see catalog/README.md' },
)
