import type { TokenUsage } from '../../../core/billing/rate-card.ts'
import type { Observation } from '../../../core/observation.ts'

export type CallCost = Observation['cost']

/** What a call that was reported costs. Unknown model or provider = status `unknown`, never a complete 0. */
export type PriceCall = (call: { readonly provider: string | null; readonly model: string | null; readonly usage: TokenUsage; readonly at: number }) => CallCost

export const UNKNOWN_COST: CallCost = { nanoUsd: '0', status: 'unknown', missing: [], priceVersion: 'none' }
/** Nothing was served, so there is nothing to pay. */
export const NO_COST: CallCost = { nanoUsd: '0', status: 'complete', missing: [], priceVersion: 'none' }
