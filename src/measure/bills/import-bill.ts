import type { BillSource, CurrentCost, MeasuredUtilization } from '../../core/current-cost.ts'
import { SpillwayError } from '../../core/errors.ts'
import { CsvReader } from '../csv.ts'
import type { BillReader } from './bill-line.ts'
import { summarize } from './current-cost.ts'
import { type FormatChoice, readerFor } from './detect.ts'
import { flatten, parseJson } from './google-row.ts'
import { GOOGLE_JSON_COLUMNS } from './google.ts'
import { JsonLines } from './json-lines.ts'
import { DAY_MS, Ledger } from './ledger.ts'
import { type OnBytes, textChunks } from './text-file.ts'
import { dayText } from './window.ts'

export interface ImportOptions extends FormatChoice {
  readonly days: number
  /** USD for one unit of the bill's currency, in billionths. */
  readonly fx: bigint | null
  readonly today: string
  readonly utilization: MeasuredUtilization | null
  /** Count rows that cannot be read and go on, instead of stopping at the first. */
  readonly skipBadRows?: boolean
  readonly onProgress?: (read: number, total: number | null, rows: number) => void
}

/**
 * Reads bills, in one pass each and bounded memory, into what GPUs cost today. Several files are one bill (parts of a
 * report, or several providers); they must share a currency. Throws coded errors that name file, row and column.
 */
export async function importBills(files: readonly string[], options: ImportOptions): Promise<CurrentCost> {
  const ledger = new Ledger()
  const notes: string[] = []
  const sources: BillSource[] = []
  const reaches: Reach[] = []
  for (const file of files) {
    const { source, reader, reach } = await readBill(file, ledger, options)
    sources.push(source)
    reaches.push(reach)
    notes.push(...reader.notes())
    if (source.skippedRows > 0) notes.push(`${file}: ${source.skippedRows} rows that could not be read are left out`)
  }
  return summarize(ledger, { ...options, sources, notes: [...new Set([...notes, ...unevenFiles(reaches)])] })
}

/** The days that the usage lines of one file reach over. */
interface Reach {
  readonly file: string
  firstMs: number
  lastMs: number
}

interface ReadBill {
  readonly source: BillSource
  readonly reader: BillReader
  readonly reach: Reach
}

async function readBill(file: string, ledger: Ledger, options: ImportOptions): Promise<ReadBill> {
  let reader: BillReader | null = null
  let rows = 0
  let skipped = 0
  const reach: Reach = { file, firstMs: Infinity, lastMs: -Infinity }
  const guarded = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      if (options.skipBadRows !== true || !(error instanceof SpillwayError) || error.code !== 'BILL_ROW_INVALID') throw error
      skipped++
    }
  }
  const start = (header: readonly string[]): readonly number[] => (reader = readerFor(header, file, options)).columns
  const take = (cells: readonly string[], row: number): void => {
    rows++
    guarded(() =>
      reader?.read(cells, row, (line) => {
        ledger.add(line, file, row)
        if (line.kind !== 'usage' || line.endMs - line.startMs > 31 * DAY_MS) return
        reach.firstMs = Math.min(reach.firstMs, line.startMs)
        reach.lastMs = Math.max(reach.lastMs, line.endMs)
      }),
    )
  }
  const refuse = (error: SpillwayError): void => {
    rows++
    guarded(() => {
      throw error
    })
  }
  const codes = { row: 'BILL_ROW_INVALID', tooLong: 'BILL_LINE_TOO_LONG' } as const
  const makeParser = (text: string): CsvReader | JsonLines => {
    if (!/^\s*[{[]/u.test(text)) {
      return new CsvReader({ file, codes, onHeader: start, onRow: take, onBadRow: refuse })
    }
    start(GOOGLE_JSON_COLUMNS)
    return new JsonLines({ file, onLine: (line, row) => guarded(() => take(jsonCells(line, file, row), row)) })
  }
  await parse(file, makeParser, (read, total) => options.onProgress?.(read, total, rows))
  if (reader === null) throw new SpillwayError('BILL_EMPTY', 'the file is empty', 'Export the bill again', { file })
  if (rows === 0) throw new SpillwayError('BILL_EMPTY', 'the file has a header and no rows', 'Export days that have charges', { file })
  const { format, basis }: BillReader = reader
  return { source: { file, format, rows, skippedRows: skipped, basis }, reader, reach }
}

interface Parser {
  readonly row: number
  write(text: string): void
  end(): void
}

async function parse(file: string, makeParser: (text: string) => Parser, onBytes: OnBytes): Promise<void> {
  let parser: Parser | null = null
  let head = ''
  try {
    for await (const chunk of textChunks(file, onBytes)) {
      // Leading blank lines do not tell CSV from JSON.
      head = parser === null ? head + chunk : ''
      if (parser === null && head.trim() === '') continue
      const text = parser === null ? head : chunk
      parser ??= makeParser(text)
      parser.write(text)
    }
    parser?.end()
  } catch (error) {
    // The stream does not know rows; the parser does.
    if (error instanceof SpillwayError && error.place.row === undefined && parser !== null && error.code.startsWith('BILL_')) throw new SpillwayError(error.code, error.message, error.mend, { file, row: parser.row }, { cause: error })
    throw error
  }
}

function jsonCells(line: string, file: string, row: number): string[] {
  let value: unknown
  try {
    value = parseJson(line)
  } catch (error) {
    throw new SpillwayError('BILL_ROW_INVALID', 'the line is not JSON', 'Export one JSON object a line', { file, row }, { cause: error })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SpillwayError('BILL_ROW_INVALID', 'the line is not a JSON object', 'Export one JSON object a line', { file, row })
  const cells = flatten(value as Record<string, unknown>)
  return GOOGLE_JSON_COLUMNS.map((name) => cells.get(name) ?? '')
}

function unevenFiles(reaches: readonly Reach[]): string[] {
  const last = Math.max(...reaches.map((reach) => reach.lastMs))
  const first = Math.min(...reaches.map((reach) => reach.firstMs))
  return reaches
    .filter((reach) => Number.isFinite(reach.lastMs) && (last - reach.lastMs > DAY_MS || reach.firstMs - first > DAY_MS))
    .map((reach) => `${reach.file} covers only ${dayText(Math.floor(reach.firstMs / DAY_MS))} to ${dayText(Math.floor((reach.lastMs - 1) / DAY_MS))}; on the other days its cost is missing from the sum`)
}
