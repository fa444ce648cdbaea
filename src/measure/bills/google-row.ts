import { SpillwayError } from '../../core/errors.ts'
import { isBlank, readAmount, type CellPlace } from './cells.ts'

export interface GoogleCredits {
  /** Discounts that lower the price: committed use, sustained use, negotiated. Negative. */
  readonly discount: bigint
  /** Promotions and free tiers: money that hides a cost. Negative. */
  readonly promotion: bigint
  /** Credits of a type that the export does not state; taken as discounts. */
  readonly untyped: bigint
  /** Whether a spend-based commitment pays a part, whose fee is on a line of its own. */
  readonly spendBased: boolean
}

const PROMOTIONS = new Set(['PROMOTION', 'FREE_TIER', 'CREDIT_TYPE_UNSPECIFIED'])

/**
 * Reads the credits cell: a JSON array of {type, amount}, as BigQuery writes it, or one plain number where the query
 * summed them. Throws BILL_ROW_INVALID for other text.
 */
export function readCredits(text: string, place: CellPlace): GoogleCredits {
  const none = { discount: 0n, promotion: 0n, untyped: 0n, spendBased: false }
  if (isBlank(text) || text === '[]') return none
  if (!text.startsWith('[')) return { ...none, untyped: readAmount(text, place) }
  let { discount, promotion, untyped, spendBased } = none as { discount: bigint; promotion: bigint; untyped: bigint; spendBased: boolean }
  for (const credit of parseArray(text, place)) {
    const amount = readAmount(String(credit['amount'] ?? ''), place)
    const type = String(credit['type'] ?? '')
    if (type === '') untyped += amount
    else if (PROMOTIONS.has(type)) promotion += amount
    else discount += amount
    if (type === 'COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE') spendBased = true
  }
  return { discount, promotion, untyped, spendBased }
}

function parseArray(text: string, place: CellPlace): Record<string, unknown>[] {
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    value = null
  }
  if (Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null)) return value as Record<string, unknown>[]
  throw new SpillwayError('BILL_ROW_INVALID', 'the credits are not a list of {type, amount}', 'Export them with TO_JSON_STRING(credits), or as one number', place)
}

/** As JSON.parse, but numbers keep their text, so that amounts of money stay exact. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, keepText as (key: string, value: unknown) => unknown)
}

function keepText(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? String(value)) : value
}

/** One object of an export in JSON lines as flat cells: `{service: {description}}` becomes `service.description`. */
export function flatten(object: Record<string, unknown>): Map<string, string> {
  const cells = new Map<string, string>()
  for (const [key, value] of Object.entries(object)) {
    if (Array.isArray(value)) cells.set(key, JSON.stringify(value))
    else if (typeof value === 'object' && value !== null) for (const [inner, text] of Object.entries(value)) cells.set(`${key}.${inner}`, plain(text))
    else cells.set(key, plain(value))
  }
  return cells
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
