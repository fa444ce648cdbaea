import { usdText } from '../../core/catalog/usd-text.ts'
import { csvText } from '../../core/csv-cell.ts'
import type { AggregateRow } from '../../store/telemetry.ts'
import { isoTime } from './shapes.ts'

/** What the charges of a day are summed by: what served, and the model that was asked for. */
export interface FocusCharge {
  /** The pool, or the provider of calls that only were reported. */
  readonly servedBy: string | null
  readonly isPool: boolean
  readonly model: string | null
  readonly row: AggregateRow
}

const DAY_MS = 86_400_000

/** FOCUS has no place for these; names of one's own begin with `x_`. */
const COLUMNS: Readonly<Record<string, (charge: FocusCharge, tenant: string) => string>> = {
  BilledCost: cost,
  BillingAccountId: (_, tenant) => tenant,
  BillingAccountName: (_, tenant) => tenant,
  BillingCurrency: () => 'USD',
  BillingPeriodStart: ({ row }) => isoTime(monthOf(row.at!, 0)),
  BillingPeriodEnd: ({ row }) => isoTime(monthOf(row.at!, 1)),
  ChargeCategory: () => 'Usage',
  ChargeClass: () => '',
  ChargeDescription: ({ model, servedBy }) => `Inference: ${model ?? 'unknown model'} on ${servedBy ?? 'unknown'}`,
  ChargeFrequency: () => 'Usage-Based',
  ChargePeriodStart: ({ row }) => isoTime(row.at!),
  ChargePeriodEnd: ({ row }) => isoTime(row.at! + DAY_MS),
  ConsumedQuantity: tokens,
  ConsumedUnit: () => 'Tokens',
  ContractedCost: cost,
  EffectiveCost: cost,
  InvoiceIssuerName: ({ servedBy }) => servedBy ?? 'unknown',
  ListCost: cost,
  PricingCategory: () => 'Standard',
  PricingQuantity: tokens,
  PricingUnit: () => 'Tokens',
  ProviderName: ({ servedBy }) => servedBy ?? 'unknown',
  PublisherName: ({ servedBy }) => servedBy ?? 'unknown',
  ResourceId: ({ servedBy, isPool }) => (isPool ? (servedBy ?? '') : ''),
  ServiceCategory: () => 'AI and Machine Learning',
  ServiceName: () => 'Inference',
  ServiceSubcategory: () => 'Generative AI',
  SkuId: ({ model }) => model ?? 'unknown',
  SubAccountId: (_, tenant) => tenant,
  x_Calls: ({ row }) => String(row.values.calls),
  x_InputTokens: ({ row }) => String(row.values.inputTokens),
  x_CacheReadTokens: ({ row }) => String(row.values.cacheReadTokens),
  x_OutputTokens: ({ row }) => String(row.values.outputTokens),
  x_IncompleteCostCalls: ({ row }) => String(row.values.incompleteCost),
}

/**
 * Charges in the columns of FOCUS 1.2 (focus.finops.org/focus-specification), a row a day, model and what served it. The cost is what
 * Spillway metered, in all four columns of cost; `x_IncompleteCostCalls` counts the calls whose cost is not complete.
 */
export function focusCsv(charges: readonly FocusCharge[], tenant: string): string {
  const columns = Object.entries(COLUMNS)
  const lines = charges.map((charge) => columns.map(([, read]) => cell(read(charge, tenant))).join(','))
  return [columns.map(([name]) => name).join(','), ...lines].map((line) => `${line}\r\n`).join('')
}

/** A number is no formula, below zero neither. */
function cell(text: string): string {
  return /^-?\d+(\.\d+)?$/u.test(text) ? text : csvText(text)
}

function cost({ row }: FocusCharge): string {
  return usdText(BigInt(row.values.costNanoUsd!))
}

function tokens({ row }: FocusCharge): string {
  return String(Number(row.values.inputTokens) + Number(row.values.outputTokens))
}

/** Start of the month of a time, or of one after it. */
function monthOf(ms: number, later: number): number {
  const date = new Date(ms)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later)
}
