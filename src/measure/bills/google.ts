import type { BillLine, Device, Purchase, ReaderFactory } from './bill-line.ts'
import { isBlank, isDay, readAmount, readQuantity, readTime } from './cells.ts'
import { type ColumnNames, type Columns, findColumns } from './columns.ts'
import { classifier } from './devices.ts'
import { readCredits } from './google-row.ts'
import { hoursOf } from './time-units.ts'

const NAMES = {
  service: ['service_description'],
  sku: ['sku_description'],
  start: ['usage_start_time'],
  end: ['usage_end_time'],
  cost: ['cost'],
  currency: ['currency'],
  costType: ['cost_type'],
  amount: ['usage_amount'],
  unit: ['usage_unit'],
  pricingAmount: ['usage_amount_in_pricing_units'],
  pricingUnit: ['usage_pricing_unit'],
  credits: ['credits', 'credits_amount', 'credit_amount'],
} as const satisfies ColumnNames<string>

type Key = keyof typeof NAMES
type GoogleColumns = Columns<Key>

/** All columns, in the spelling of the export, for rows in JSON. */
export const GOOGLE_JSON_COLUMNS = ['service.description', 'sku.description', 'usage_start_time', 'usage_end_time', 'cost', 'currency', 'cost_type', 'usage.amount', 'usage.unit', 'usage.amount_in_pricing_units', 'usage.pricing_unit', 'credits']

/** Fee of a commitment on spend, which covers many services. */
const SPEND_COMMITMENT = /commitment.*dollar|dollar[- ]based|flexible|spend[- ]based/iu
/** Hardware under which Google bills N1 cores apart, on lines that do not say so. */
const ATTACHED = /\b(?:t4|v100|p100|p4|k80)\b/iu

/**
 * Google Cloud Billing export to BigQuery, saved as CSV with flat names (`service.description` or
 * `service_description`) or as JSON lines. The cost is net of discounts in `credits`; a commitment counts through its
 * fee (the usage that it covers nets to zero). Promotions and free tiers do not lower it.
 */
export const googleReader: ReaderFactory = (header, file) => {
  const columns = findColumns(header, file, NAMES, ['service', 'sku', 'start', 'cost', 'currency'], googleName)
  const classify = classifier()
  const seen = { untyped: false, spendBased: false, spendFee: false, attached: false, commitments: false }
  return {
    format: 'gcp',
    basis: columns.has('credits') ? 'cost net of discount credits; commitments through their fees' : 'cost before credits (the file has no credits column)',
    columns: columns.indexes,
    read: (cells, row, emit) => {
      const sku = columns.get(cells, 'sku')
      const device = classify(`${columns.get(cells, 'service')} ${sku}`)
      const start = columns.get(cells, 'start')
      const end = columns.get(cells, 'end')
      const startMs = readTime(start, columns.place('start', row))
      const endMs = isBlank(end) ? startMs + (isDay(start) ? 86_400_000 : 3_600_000) : readTime(end, columns.place('end', row))
      const cost = readAmount(columns.get(cells, 'cost'), columns.place('cost', row))
      const credits = readCredits(columns.get(cells, 'credits'), columns.place('credits', row))
      const line = { startMs, endMs, currency: columns.get(cells, 'currency').toUpperCase(), device, service: columns.get(cells, 'service') }
      const purchase: Purchase = 'purchase' in device ? (device.purchase ?? 'on-demand') : 'on-demand'
      const put = (part: Pick<BillLine, 'kind' | 'amount' | 'gpuHours'>): void => emit({ ...line, purchase, ...part } satisfies BillLine)
      seen.untyped ||= credits.untyped !== 0n
      seen.spendBased ||= credits.spendBased && device.kind !== 'other'
      if (columns.get(cells, 'costType') === 'tax') return put({ kind: 'tax', amount: cost, gpuHours: 0 })
      if (credits.promotion !== 0n) put({ kind: 'credit', amount: credits.promotion, gpuHours: 0 })
      const fee = /\bcommitment\b/iu.test(sku)
      seen.spendFee ||= fee && device.kind === 'other' && SPEND_COMMITMENT.test(sku)
      seen.commitments ||= fee && device.kind !== 'other'
      seen.attached ||= device.kind === 'gpu' && ATTACHED.test(sku)
      const regular = ['', 'regular', 'null'].includes(columns.get(cells, 'costType'))
      return put({ kind: regular ? 'usage' : 'adjustment', amount: cost + credits.discount + credits.untyped, gpuHours: fee || !regular || cost < 0n ? 0 : gpuHours(columns, cells, row, device) })
    },
    notes: () => notes(seen, columns.has('credits')),
  }
}

/** `service.description` and `service_description` are the same column. */
export function googleName(name: string): string {
  return name.toLowerCase().replaceAll('.', '_')
}

function gpuHours(columns: GoogleColumns, cells: readonly string[], row: number, device: Device): number | null {
  if (device.kind !== 'gpu') return 0
  const pairs: readonly (readonly [Key, Key])[] = [
    ['amount', 'unit'],
    ['pricingAmount', 'pricingUnit'],
  ]
  for (const [quantityKey, unitKey] of pairs) {
    const quantity = readQuantity(columns.get(cells, quantityKey), columns.place(quantityKey, row))
    const time = quantity === null ? null : hoursOf(quantity, columns.get(cells, unitKey))
    if (time !== null) return device.count === null ? null : time.hours * device.count
  }
  return null
}

function notes(seen: { readonly untyped: boolean; readonly spendBased: boolean; readonly spendFee: boolean; readonly attached: boolean; readonly commitments: boolean }, hasCredits: boolean): string[] {
  const texts: string[] = []
  if (!hasCredits) texts.push('the Google export has no credits column: usage that a commitment covers counts at its full price, and its fee counts as well')
  if (seen.untyped) texts.push('credits without a type are taken as discounts; export credits with their type to tell promotions apart')
  if (seen.spendBased || seen.spendFee) texts.push('spend-based commitments: their fees cover many services and are not under GPUs, so the GPU cost is understated by the part that they pay')
  if (seen.attached) texts.push('GPUs attached to N1 machines: the CPU and memory of those machines cannot be told apart and are under "not GPU"')
  if (seen.commitments) texts.push('the Google export does not say which part of a resource commitment was unused: it is inside the committed cost')
  return texts
}
