import type { Catalog, Offer, Sourced } from '../../core/catalog/types.ts'
import { toUsd, type NanoUsd } from '../../core/money.ts'
import { renderTable, type Column } from './table.ts'
import { labeled } from './wrap.ts'

const right = (header: string): Column => ({ header, align: 'right' })
const fixed = (header: string): Column => ({ header, shrink: false })

/** Entries of one list of the catalog as a table with the sources under it, `width` columns wide. */
export function catalogTable(list: keyof Catalog, catalog: Catalog, width: number): string {
  if (list === 'gpus') {
    return sourcedTable(
      catalog.gpus,
      [fixed('GPU'), { header: 'name' }, right('GB'), right('GB/s'), right('bf16 TFLOPS'), right('fp8 TFLOPS')],
      (gpu) => [gpu.id, gpu.name, number(gpu.memoryGb), number(gpu.memoryBandwidthGBps), number(gpu.bf16Tflops), number(gpu.fp8Tflops)],
      width,
    )
  }
  if (list === 'models') {
    return sourcedTable(
      catalog.models,
      [fixed('model'), right('params B'), right('active B'), right('layers'), right('KV B/token'), right('context')],
      (model) => [model.id, ...[model.parametersB, model.activeB, model.layers, model.kvBytesPerToken, model.contextTokens].map(number)],
      width,
    )
  }
  if (list === 'offers') {
    return sourcedTable(
      catalog.offers,
      [fixed('offer'), fixed('GPU'), fixed('tier'), { header: 'region' }, right('$/GPU-h')],
      (offer) => [offer.id, offer.gpu, offer.tier, offer.region ?? 'unknown', hourlyPrice(offer)],
      width,
    )
  }
  return sourcedTable(
    catalog.tokenOffers,
    [fixed('offer, $ per million tokens'), right('input'), right('cached'), right('write'), right('output')],
    (offer) => {
      const { inputUncached, cacheRead, cacheWrite, output } = offer.card.perMillion
      return [offer.id, ...[inputUncached, cacheRead, cacheWrite, output].map(dollars)]
    },
    width,
  )
}

/** What a GPU costs by the hour, whatever the billing rule. */
export function hourlyPrice({ card }: Offer): string {
  return card.rule === 'tokens' ? 'unknown' : toUsd(card.rule === 'serverless' ? card.perGpuSecond * 3600n : card.perGpuHour).toFixed(4)
}

/** Sources are too long for a column: each gets a number, and the numbers are resolved below. */
function sourcedTable<T extends Sourced>(entries: readonly T[], columns: readonly Column[], cells: (entry: T) => string[], width: number): string {
  if (entries.length === 0) return 'Nothing in the catalog fits.'
  const sources = [...new Set(entries.map(({ source }) => source))]
  const numbers = new Map(sources.map((source, index) => [source, String(index + 1)]))
  const rows = entries.map((entry) => [...cells(entry), entry.asOf, `${numbers.get(entry.source)}${entry.own === true ? ' own' : ''}`])
  const list = sources.map((source, index) => labeled(`${String(index + 1).padStart(4)}  `, 6, source, width))
  return [renderTable([...columns, fixed('as of'), fixed('src')], rows, width), '', 'Sources', ...list].join('\n')
}

function number(value: number | null): string {
  return value === null ? 'unknown' : String(value)
}

function dollars(price: NanoUsd | null): string {
  return price === null ? 'unknown' : String(toUsd(price))
}
