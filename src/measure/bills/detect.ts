import type { BillFormat } from '../../core/current-cost.ts'
import { SpillwayError } from '../../core/errors.ts'
import { awsCurReader, snakeCase } from './aws-cur.ts'
import type { BillReader } from './bill-line.ts'
import { focusReader } from './focus.ts'
import { googleName, googleReader } from './google.ts'
import { type PlainColumns, plainReader } from './plain-csv.ts'

export interface FormatChoice {
  readonly format?: BillFormat | undefined
  readonly columns?: PlainColumns | undefined
}

/** The format of a bill by its header, or null. */
export function detectFormat(header: readonly string[]): BillFormat | null {
  const has = (normalize: (name: string) => string, ...names: readonly string[]): boolean => {
    const spelled = new Set(header.map(normalize))
    return names.every((name) => spelled.has(name))
  }
  if (has((name) => name.toLowerCase(), 'chargecategory', 'chargeperiodstart')) return 'focus'
  if (has(snakeCase, 'line_item_usage_type', 'line_item_usage_start_date')) return 'aws-cur'
  if (has(googleName, 'service_description', 'sku_description')) return 'gcp'
  return null
}

/**
 * The reader for a header: the format asked for, else plain CSV where columns are named, else what the header shows.
 * Throws BILL_FORMAT_UNKNOWN, BILL_COLUMN_MISSING and CLI_USAGE.
 */
export function readerFor(header: readonly string[], file: string, choice: FormatChoice): BillReader {
  const format = choice.format ?? (choice.columns === undefined ? detectFormat(header) : 'csv')
  switch (format) {
    case 'focus':
      return focusReader(header, file)
    case 'aws-cur':
      return awsCurReader(header, file)
    case 'gcp':
      return googleReader(header, file)
    case 'csv':
      if (choice.columns === undefined) throw new SpillwayError('CLI_USAGE', '--format csv needs to know the columns', 'Add --columns "date=...,cost=..."')
      return plainReader(header, file, choice.columns)
    default: {
      const start = header.slice(0, 6).join(', ')
      throw new SpillwayError('BILL_FORMAT_UNKNOWN', `the header (${start.slice(0, 120)}) is none of FOCUS, AWS CUR, Google billing export`, 'Name the columns with --columns "date=...,cost=..."', { file, row: 1 })
    }
  }
}
