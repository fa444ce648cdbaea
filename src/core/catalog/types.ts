import type { RateCard, TokensCard } from '../billing/rate-card.ts'

/** Where a figure comes from: a document that others can open, and the day it was read (YYYY-MM-DD). */
export interface Sourced {
  readonly source: string
  readonly asOf: string
  readonly note?: string
  /** True for an entry from the user's own file. */
  readonly own?: boolean
}

/** One kind of GPU. Null = not known to the catalog. */
export interface Gpu extends Sourced {
  /** Kebab-case with the memory size, e.g. `h100-80gb`. */
  readonly id: string
  readonly name: string
  readonly aliases: readonly string[]
  readonly memoryGb: number
  readonly memoryBandwidthGBps: number | null
  readonly bf16Tflops: number | null
  readonly fp8Tflops: number | null
}

export type Precision = 'fp32' | 'bf16' | 'fp8' | 'int8' | 'fp4' | 'int4'

/** One model. Counts are of the published architecture. */
export interface Model extends Sourced {
  readonly id: string
  readonly name: string
  readonly aliases: readonly string[]
  readonly task: 'generation' | 'embedding'
  /** Parameters in billions; `activeB` differs for mixture-of-experts models. */
  readonly parametersB: number
  readonly activeB: number
  readonly layers: number | null
  readonly attentionHeads: number | null
  readonly kvHeads: number | null
  readonly headDim: number | null
  /** KV-cache bytes a token at 16-bit, all layers; given outright where the architecture compresses it (MLA). */
  readonly kvBytesPerToken: number | null
  readonly contextTokens: number | null
  readonly defaultPrecision: Precision
}

export type OfferTier = 'on-demand' | 'committed-1y' | 'committed-3y' | 'spot' | 'managed' | 'serverless' | 'decentralized'

/** One provider's price for one GPU under one billing rule. */
export interface Offer extends Sourced {
  readonly id: string
  readonly provider: string
  readonly gpu: string
  readonly tier: OfferTier
  /** Region or country group such as `us-east-1`, `eu`; null = any or not stated. */
  readonly region: string | null
  readonly card: RateCard
}

/** One provider's token prices for one model. */
export interface TokenOffer extends Sourced {
  readonly id: string
  readonly provider: string
  /** The provider's name for the model. */
  readonly model: string
  /** The catalog's id of the same open model, where it is one; null for proprietary models. */
  readonly openModel: string | null
  readonly card: TokensCard
}

export interface Catalog {
  readonly gpus: readonly Gpu[]
  readonly models: readonly Model[]
  readonly offers: readonly Offer[]
  readonly tokenOffers: readonly TokenOffer[]
}
