import { SpillwayError } from '../../core/errors.ts'
import type { BillLine, BillReader, Device, Purchase } from './bill-line.ts'
import { isBlank, isDay, readAmount, readQuantity, readTime } from './cells.ts'
import { findColumns } from './columns.ts'
import { classifier, gpuNamed } from './devices.ts'

const KEYS = ['date', 'end', 'cost', 'gpu', 'hours', 'currency', 'service', 'purchase'] as const
type Key = (typeof KEYS)[number]

/** Which column of the file holds what: `date` and `cost` at least. `hours` are GPU-hours (machine-hours x GPUs). */
export type PlainColumns = Readonly<Partial<Record<Key, string>>> & { readonly date: string; readonly cost: string }

const NO_GPU = new Set(['', 'none', 'no', 'cpu', '-', 'n/a', 'null'])

/** Parses `date=Day,cost=Amount,gpu=Type,hours=Hours`. Throws CLI_USAGE. */
export function parsePlainColumns(text: string): PlainColumns {
  const mend = `Write --columns "date=...,cost=...", with any of ${KEYS.slice(3).join(', ')}, end`
  const found: Partial<Record<Key, string>> = {}
  for (const part of text.split(',')) {
    const [key = '', ...rest] = part.split('=')
    const name = rest.join('=').trim()
    const known = KEYS.find((candidate) => candidate === key.trim())
    if (known === undefined || name === '') throw new SpillwayError('CLI_USAGE', `--columns has the part "${part.trim()}"`, mend)
    found[known] = name
  }
  const { date, cost } = found
  if (date === undefined || cost === undefined) throw new SpillwayError('CLI_USAGE', '--columns names no date or no cost', mend)
  return { ...found, date, cost }
}

/**
 * Any CSV with a date and a cost. With a `gpu` column its rows are GPU cost where the cell names a GPU; without one
 * the whole file is taken as GPU cost, which the notes say. Amounts are USD unless a `currency` column says other.
 */
export function plainReader(header: readonly string[], file: string, wanted: PlainColumns): BillReader {
  const names = Object.fromEntries(KEYS.map((key) => [key, key in wanted ? [wanted[key] ?? ''] : []])) as unknown as Record<Key, readonly string[]>
  const columns = findColumns(header, file, names, KEYS.filter((key) => key in wanted), (name) => name)
  const classify = classifier()
  const deviceOf = (gpu: string, service: string): Device => {
    const device = classify(`${gpu} ${service}`)
    if (!columns.has('gpu')) return device.kind === 'gpu' ? device : { kind: 'gpu', gpu: 'unknown', count: null }
    if (NO_GPU.has(gpu.trim().toLowerCase())) return { kind: 'other' }
    return device.kind === 'other' ? { kind: 'gpu', gpu: gpuNamed(gpu) ?? 'unknown', count: 1 } : device
  }
  return {
    format: 'csv',
    basis: `column ${wanted.cost}`,
    columns: columns.indexes,
    read: (cells, row, emit) => {
      const service = columns.get(cells, 'service')
      const device = deviceOf(columns.get(cells, 'gpu'), service)
      const date = columns.get(cells, 'date')
      const end = columns.get(cells, 'end')
      const startMs = readTime(date, columns.place('date', row))
      const amount = readAmount(columns.get(cells, 'cost'), columns.place('cost', row))
      const hours = columns.has('hours') ? readQuantity(columns.get(cells, 'hours'), columns.place('hours', row)) : null
      emit({
        startMs,
        endMs: isBlank(end) ? startMs + (isDay(date) ? 86_400_000 : 3_600_000) : readTime(end, columns.place('end', row)),
        amount,
        currency: columns.has('currency') ? columns.get(cells, 'currency').trim().toUpperCase() : 'USD',
        kind: 'usage',
        device,
        purchase: readPurchase(columns.get(cells, 'purchase'), device, columns.place('purchase', row)),
        gpuHours: device.kind !== 'gpu' || amount < 0n ? 0 : hours,
        service: service === '' ? 'GPU bill' : service,
      } satisfies BillLine)
    },
    notes: () => [...(columns.has('gpu') ? [] : ['no gpu column is named, so every row is taken as GPU cost']), ...(columns.has('currency') ? [] : ['no currency column is named, so amounts are taken as USD'])],
  }
}

function readPurchase(text: string, device: Device, place: { readonly file: string; readonly row: number; readonly column: string }): Purchase {
  const word = text.trim().toLowerCase().replaceAll(/[\s_]/gu, '-')
  if (word === '') return 'purchase' in device ? (device.purchase ?? 'on-demand') : 'on-demand'
  if (word === 'on-demand' || word === 'committed' || word === 'spot' || word === 'serverless') return word
  if (word === 'reserved' || word === 'savings-plan') return 'committed'
  throw new SpillwayError('BILL_ROW_INVALID', `"${text}" is no kind of purchase`, 'Write on-demand, committed, spot or serverless', place)
}
