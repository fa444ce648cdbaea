import type { BillLine, Device, LineKind, Purchase, ReaderFactory } from './bill-line.ts'
import { isBlank, readAmount, readQuantity, readTime } from './cells.ts'
import { type ColumnNames, type Columns, findColumns } from './columns.ts'
import { classifier } from './devices.ts'
import { hoursOf } from './time-units.ts'

const NAMES = {
  cost: ['effectivecost'],
  currency: ['billingcurrency'],
  start: ['chargeperiodstart'],
  end: ['chargeperiodend'],
  category: ['chargecategory'],
  chargeClass: ['chargeclass'],
  service: ['servicename'],
  pricing: ['pricingcategory'],
  commitmentId: ['commitmentdiscountid'],
  commitmentStatus: ['commitmentdiscountstatus'],
  quantity: ['consumedquantity'],
  unit: ['consumedunit'],
  pricingQuantity: ['pricingquantity'],
  pricingUnit: ['pricingunit'],
  provider: ['providername', 'serviceprovidername'],
  publisher: ['publishername', 'hostprovidername'],
  description: ['chargedescription'],
  resourceType: ['resourcetype'],
  meter: ['skumeter', 'x_skumetername'],
  details: ['skupricedetails', 'x_skudetails'],
  instanceType: ['x_instancetype', 'x_skuinstancetype'],
  usageType: ['x_usagetype', 'x_skudescription'],
  sku: ['skuid'],
  skuPrice: ['skupriceid'],
} as const satisfies ColumnNames<string>

type Key = keyof typeof NAMES
type FocusColumns = Columns<Key>

const HINTS: readonly Key[] = ['service', 'provider', 'publisher', 'description', 'resourceType', 'meter', 'details', 'instanceType', 'usageType']

/**
 * FOCUS 1.0 to 1.2 (focus.finops.org): one row a charge. The cost is EffectiveCost, in which commitments are spread
 * over what they cover, so purchases of commitments are left out; their unused part has status `Unused`.
 */
export const focusReader: ReaderFactory = (header, file) => {
  const columns = findColumns(header, file, NAMES, ['cost', 'currency', 'start', 'end', 'category', 'service'], (name) => name.toLowerCase())
  // Ids are opaque at most providers; they are read only where nothing else tells what was sold.
  const described = columns.has('description') || columns.has('meter') || columns.has('instanceType') || columns.has('usageType')
  const hints: readonly Key[] = described ? HINTS : [...HINTS, 'sku', 'skuPrice']
  const classify = classifier()
  let purchasesWithCost = 0
  return {
    format: 'focus',
    basis: 'EffectiveCost: after discounts, commitments spread over their term',
    columns: columns.indexes,
    read: (cells, row, emit) => {
      const device = classify(hints.map((key) => columns.get(cells, key)).join(' '))
      const kind = kindOf(columns, cells)
      const amount = readAmount(columns.get(cells, 'cost'), columns.place('cost', row))
      if (kind === 'repeated' && amount !== 0n) purchasesWithCost++
      emit({
        startMs: readTime(columns.get(cells, 'start'), columns.place('start', row)),
        endMs: readTime(columns.get(cells, 'end'), columns.place('end', row)),
        amount,
        currency: columns.get(cells, 'currency').toUpperCase(),
        kind,
        device,
        purchase: purchaseOf(columns, cells, device),
        gpuHours: kind === 'usage' && amount >= 0n ? gpuHours(columns, cells, row, device) : 0,
        service: columns.get(cells, 'service'),
      } satisfies BillLine)
    },
    notes: () => (purchasesWithCost === 0 ? [] : [`${purchasesWithCost} purchases of commitments have an EffectiveCost although FOCUS spreads it over their usage: left out, so that nothing counts twice`]),
  }
}

function kindOf(columns: FocusColumns, cells: readonly string[]): LineKind {
  const category = columns.get(cells, 'category').toLowerCase()
  if (category === 'tax') return 'tax'
  if (category === 'credit') return 'credit'
  if (category === 'purchase' && !isBlank(columns.get(cells, 'commitmentId'))) return 'repeated'
  if (columns.get(cells, 'commitmentStatus').toLowerCase() === 'unused') return 'unused'
  // A correction gives money back; its quantity is not always negative, and hours must not count twice.
  return category === 'usage' && columns.get(cells, 'chargeClass').toLowerCase() !== 'correction' ? 'usage' : 'adjustment'
}

function purchaseOf(columns: FocusColumns, cells: readonly string[], device: Device): Purchase {
  if (columns.get(cells, 'commitmentStatus').toLowerCase() === 'used') return 'committed'
  if ('purchase' in device && device.purchase !== undefined) return device.purchase
  const pricing = columns.get(cells, 'pricing').toLowerCase()
  return pricing === 'dynamic' ? 'spot' : pricing === 'committed' ? 'committed' : 'on-demand'
}

function gpuHours(columns: FocusColumns, cells: readonly string[], row: number, device: Device): number | null {
  if (device.kind !== 'gpu') return 0
  const pairs: readonly (readonly [Key, Key])[] = [
    ['quantity', 'unit'],
    ['pricingQuantity', 'pricingUnit'],
  ]
  for (const [quantityKey, unitKey] of pairs) {
    const quantity = readQuantity(columns.get(cells, quantityKey), columns.place(quantityKey, row))
    const time = quantity === null ? null : hoursOf(quantity, columns.get(cells, unitKey))
    if (time !== null) return time.perGpu ? time.hours : device.count === null ? null : time.hours * device.count
  }
  return null
}
