import { AZURE_COLUMNS } from './azure.ts'
import { BURSTGPT_COLUMNS } from './burstgpt.ts'
import { shortList, splitHeader } from './csv-record.ts'
import { guessColumns } from './generic-csv.ts'
import { headlessRateLayout, rateLayout, type RateLayout } from './rates.ts'
import type { ColumnMap, ReadOptions, TrafficFormat } from './reading.ts'
import type { RowErrors } from './row-errors.ts'
import type { CsvLayout } from './csv-requests.ts'

/** How a file is to be read, told from its first record. */
export type Detected =
  | { readonly kind: 'csv'; readonly format: TrafficFormat; readonly layout: CsvLayout; readonly guessed: boolean }
  | { readonly kind: 'rates'; readonly format: 'rates'; readonly layout: RateLayout; readonly headless: boolean }
  | { readonly kind: 'mooncake'; readonly format: 'mooncake' }
  | { readonly kind: 'jsonl'; readonly format: 'jsonl' }

const KINDS = 'Azure, BurstGPT, Mooncake, rates (t_s,rate), JSON lines with t, or any CSV with --columns "time=...,input=...,output=..."'

/**
 * Tells the format from the first record, or checks it against the format that was asked for. Throws
 * TRAFFIC_FORMAT_UNKNOWN or TRAFFIC_COLUMN_MISSING.
 */
export function detect(first: string, row: number, options: ReadOptions, errors: RowErrors): Detected {
  return /^\s*[{[]/u.test(first) ? detectJson(first, row, options, errors) : detectCsv(first, row, options, errors)
}

function detectJson(first: string, row: number, options: ReadOptions, errors: RowErrors): Detected {
  const { format, columns } = options
  if (format === 'mooncake' || format === 'jsonl') return { kind: format, format } as Detected
  if (format !== undefined) throw errors.fatal('TRAFFIC_FORMAT_UNKNOWN', `the file holds JSON, which ${format} is not`, 'Leave out --format, or use mooncake or jsonl', row)
  if (first.trimStart().startsWith('[')) throw errors.fatal('TRAFFIC_FORMAT_UNKNOWN', 'the file is one JSON array', "Write one object a line, for example with jq -c '.[]'", row)
  const has = (key: string): boolean => first.includes(`"${key}"`)
  if (columns === undefined && has('timestamp') && has('input_length') && has('output_length')) return { kind: 'mooncake', format: 'mooncake' }
  if (columns !== undefined || has('t')) return { kind: 'jsonl', format: 'jsonl' }
  throw errors.fatal('TRAFFIC_FORMAT_UNKNOWN', 'the JSON lines have neither t nor timestamp, input_length and output_length', 'Name the keys with --columns "time=...,input=...,output=..."', row)
}

function detectCsv(first: string, row: number, options: ReadOptions, errors: RowErrors): Detected {
  const { format } = options
  const { names, delimiter } = splitHeader(first)
  const csv = (format: TrafficFormat, columns: ColumnMap, guessed = false): Detected => ({ kind: 'csv', format, layout: { names, delimiter, columns }, guessed })
  if (format === 'mooncake' || format === 'jsonl') throw errors.fatal('TRAFFIC_FORMAT_UNKNOWN', `the file does not hold JSON lines, as ${format} does`, 'Leave out --format, or use one of azure, burstgpt, rates, csv', row)
  if (format === 'azure') return csv('azure', AZURE_COLUMNS)
  if (format === 'burstgpt') return csv('burstgpt', BURSTGPT_COLUMNS)
  if (options.columns !== undefined && format !== 'rates') return csv('csv', options.columns)
  const headless = headlessRateLayout(names, delimiter)
  const rates = headless === null ? rateLayout(names, delimiter) : null
  if (format === 'rates') {
    const layout = headless ?? rates
    if (layout === null) throw errors.fatal('TRAFFIC_COLUMN_MISSING', `a time (t_s) and a rate column are needed; the header has ${shortList(names)}`, 'Name the columns t_s and rate', row)
    return { kind: 'rates', format: 'rates', layout, headless: headless !== null }
  }
  const holds = (columns: ColumnMap): boolean => Object.values(columns).every((name) => names.some((other) => other.toLowerCase() === name.toLowerCase()))
  if (format === undefined && holds(AZURE_COLUMNS)) return csv('azure', AZURE_COLUMNS)
  if (format === undefined && holds(BURSTGPT_COLUMNS)) return csv('burstgpt', BURSTGPT_COLUMNS)
  const guess = guessColumns(names)
  if (guess !== null) return csv('csv', guess, true)
  if (format === 'csv') throw errors.fatal('TRAFFIC_COLUMN_MISSING', `the columns ${shortList(names)} do not say which is the time`, 'Name them with --columns "time=...,input=...,output=..."', row)
  if (headless !== null && names.length > 2) return { kind: 'rates', format: 'rates', layout: headless, headless: true }
  if (headless !== null) throw errors.fatal('TRAFFIC_FORMAT_UNKNOWN', 'the file has two columns of numbers and no header', 'If these are seconds and requests per second, pass --format rates', row)
  if (rates !== null) return { kind: 'rates', format: 'rates', layout: rates, headless: false }
  throw errors.fatal('TRAFFIC_FORMAT_UNKNOWN', `the first row is no header that Spillway knows: ${shortList(names)}`, `Readable are ${KINDS}`, row)
}
