import type { BillLine, Device, LineKind, Purchase, ReaderFactory } from './bill-line.ts'
import { isBlank, readAmount, readOptionalAmount, readQuantity, readTime } from './cells.ts'
import { type ColumnNames, type Columns, findColumns, missing } from './columns.ts'
import { classifier } from './devices.ts'

const NAMES = {
  type: ['line_item_line_item_type'],
  start: ['line_item_usage_start_date'],
  end: ['line_item_usage_end_date'],
  usageType: ['line_item_usage_type'],
  cost: ['line_item_unblended_cost'],
  netCost: ['line_item_net_unblended_cost'],
  amount: ['line_item_usage_amount'],
  currency: ['line_item_currency_code'],
  code: ['line_item_product_code'],
  product: ['product_product_name', 'product_servicename'],
  instance: ['product_instance_type'],
  reservationArn: ['reservation_reservation_a_r_n'],
  riCost: ['reservation_effective_cost'],
  riNetCost: ['reservation_net_effective_cost'],
  riUnusedFee: ['reservation_unused_recurring_fee'],
  riUnusedUpfront: ['reservation_unused_amortized_upfront_fee_for_billing_period'],
  spCost: ['savings_plan_savings_plan_effective_cost'],
  spNetCost: ['savings_plan_net_savings_plan_effective_cost'],
  spTotal: ['savings_plan_total_commitment_to_date'],
  spUsed: ['savings_plan_used_commitment'],
  spFamily: ['savings_plan_instance_type_family'],
} as const satisfies ColumnNames<string>

type Key = keyof typeof NAMES
type CurColumns = Columns<Key>

/** Lines that only move money which the effective costs of other lines carry already. */
const REPEATED = new Set(['SavingsPlanNegation', 'SavingsPlanUpfrontFee'])
const DISCOUNTS = new Set(['EdpDiscount', 'PrivateRateDiscount', 'BundledDiscount', 'Discount', 'RiVolumeDiscount', 'SppDiscount'])
/** Reserved but idle instances of an on-demand capacity reservation: paid in full, used by nobody. */
const UNUSED_CAPACITY = /\bUnused(?:Box|Ded):/u
/** Quantities that repeat those of the instances: the whole reservation, the surcharge for disk bandwidth. */
const NO_HOURS = /\bReservation:|\bDedicatedRes:|\bEBSOptimized:/u

/**
 * AWS Cost and Usage Report: the legacy CSV (`lineItem/UsageType`) and CUR 2.0 or Athena names (`line_item_usage_type`).
 * Costs are amortized: covered usage at its effective cost, fees and negations left out, the unused part of
 * reservations and savings plans as waste (docs.aws.amazon.com/cur/latest/userguide, "amortized").
 */
export const awsCurReader: ReaderFactory = (header, file) => {
  const columns = findColumns(header, file, NAMES, ['type', 'start', 'usageType', 'cost', 'amount', 'currency'], snakeCase)
  const net = columns.has('netCost')
  const classify = classifier()
  let netDiscounts = 0
  return {
    format: 'aws-cur',
    basis: net ? 'net amortized cost (private discounts included)' : 'amortized cost (unblended, reservations and savings plans at their effective cost)',
    columns: columns.indexes,
    read: (cells, row, emit) => {
      const type = columns.get(cells, 'type')
      const usageType = columns.get(cells, 'usageType')
      const device = classify(`${usageType} ${columns.get(cells, 'instance')} ${type === 'SavingsPlanRecurringFee' ? familyHint(columns.get(cells, 'spFamily')) : ''}`.trim())
      const startMs = readTime(columns.get(cells, 'start'), columns.place('start', row))
      const end = columns.get(cells, 'end')
      const line = { startMs, endMs: isBlank(end) ? startMs + 3_600_000 : readTime(end, columns.place('end', row)), currency: columns.get(cells, 'currency').toUpperCase(), device, service: serviceOf(columns, cells) }
      const put = (kind: LineKind, amount: bigint, purchase: Purchase = 'on-demand', gpuHours: number | null = 0): void => emit({ ...line, kind, amount, purchase, gpuHours } satisfies BillLine)
      const cost = (gross: Key, netKey: Key): bigint => effective(columns, cells, row, gross, net ? netKey : gross)
      const hours = (): number | null => gpuHours(columns, cells, row, device, usageType)
      const market: Purchase = usageType.includes('SpotUsage') ? 'spot' : 'on-demand'
      switch (type) {
        case 'Tax':
          return put('tax', cost('cost', 'netCost'))
        case 'Credit':
          return put('credit', cost('cost', 'netCost'))
        case 'Refund':
          return put('adjustment', cost('cost', 'netCost'), market)
        case 'DiscountedUsage':
          return put('usage', cost('riCost', 'riNetCost'), 'committed', hours())
        case 'SavingsPlanCoveredUsage':
          return put('usage', cost('spCost', 'spNetCost'), 'committed', hours())
        case 'RIFee':
          return put('unused', optional(columns, cells, row, 'riUnusedFee') + optional(columns, cells, row, 'riUnusedUpfront'))
        case 'SavingsPlanRecurringFee':
          return put('unused', needed(columns, cells, row, 'spTotal') - needed(columns, cells, row, 'spUsed'))
        default:
      }
      const amount = cost('cost', 'netCost')
      const boughtReservation = type === 'Fee' && !isBlank(columns.get(cells, 'reservationArn'))
      if (REPEATED.has(type) || boughtReservation) return put('repeated', amount)
      if (DISCOUNTS.has(type)) {
        if (net) netDiscounts++
        return put(net ? 'repeated' : 'adjustment', cost('cost', 'cost'), market)
      }
      if (UNUSED_CAPACITY.test(usageType)) return put('unused', amount)
      return type === 'Usage' ? put('usage', amount, market, amount < 0n ? 0 : hours()) : put('adjustment', amount, market)
    },
    notes: () => (netDiscounts === 0 ? [] : [`${netDiscounts} discount lines are left out, since the net cost columns contain them`]),
  }
}

/** `lineItem/UsageStartDate` and `line_item_usage_start_date` both become the latter. */
export function snakeCase(name: string): string {
  return name
    .replaceAll('/', '_')
    .replace(/([a-z0-9])([A-Z])/gu, '$1_$2')
    .replace(/ARN$/u, 'a_r_n')
    .replace(/_ARN/u, '_a_r_n')
    .toLowerCase()
    .replaceAll('__', '_')
}

function effective(columns: CurColumns, cells: readonly string[], row: number, gross: Key, netKey: Key): bigint {
  const netText = columns.get(cells, netKey)
  const key = columns.has(netKey) && !isBlank(netText) ? netKey : gross
  if (!columns.has(key)) throw missing(columns.place(key, row).file, columns.name(key), row, 'this row is covered by a commitment, and the column with its effective cost is absent')
  return readAmount(columns.get(cells, key), columns.place(key, row))
}

function optional(columns: CurColumns, cells: readonly string[], row: number, key: Key): bigint {
  if (!columns.has(key)) throw missing(columns.place(key, row).file, columns.name(key), row, 'this row is the fee of a reservation, and the column with its unused part is absent')
  return readOptionalAmount(columns.get(cells, key), columns.place(key, row)) ?? 0n
}

function needed(columns: CurColumns, cells: readonly string[], row: number, key: Key): bigint {
  if (!columns.has(key)) throw missing(columns.place(key, row).file, columns.name(key), row, 'this row is the fee of a savings plan, and the column with its used part is absent')
  return readAmount(columns.get(cells, key), columns.place(key, row))
}

function gpuHours(columns: CurColumns, cells: readonly string[], row: number, device: Device, usageType: string): number | null {
  if (device.kind !== 'gpu' || NO_HOURS.test(usageType)) return 0
  const hours = readQuantity(columns.get(cells, 'amount'), columns.place('amount', row))
  return hours === null || device.count === null ? null : hours * device.count
}

/** A savings plan for one family names it without a size; the classifier wants one. */
function familyHint(family: string): string {
  return isBlank(family) ? '' : `${family}.large`
}

function serviceOf(columns: CurColumns, cells: readonly string[]): string {
  const product = columns.get(cells, 'product')
  return isBlank(product) ? columns.get(cells, 'code') : product
}
