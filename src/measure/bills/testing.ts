import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SpillwayError } from '../../core/errors.ts'
import type { BillLine, BillReader } from './bill-line.ts'

/** One bill row as an object, by column name. */
export type Row = Readonly<Record<string, string | number>>

/** Header and rows of the objects' union of columns. */
export function table(rows: readonly Row[]): { readonly header: string[]; readonly cells: string[][] } {
  const header = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return { header, cells: rows.map((row) => header.map((name) => String(row[name] ?? ''))) }
}

/** The lines that a reader makes of rows, and its notes. */
export function linesOf(makeReader: (header: readonly string[], file: string) => BillReader, rows: readonly Row[]): { readonly lines: BillLine[]; readonly notes: readonly string[] } {
  const { header, cells } = table(rows)
  const reader = makeReader(header, 'bill.csv')
  const lines: BillLine[] = []
  for (const [index, row] of cells.entries()) {
    reader.read(
      reader.columns.map((column) => (column < 0 ? '' : (row[column] ?? ''))),
      index + 2,
      (line) => lines.push(line),
    )
  }
  return { lines, notes: reader.notes() }
}

export function csvText(rows: readonly Row[]): string {
  const { header, cells } = table(rows)
  return `${[header, ...cells].map((row) => row.map((cell) => (/[",\n]/u.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')).join('\n')}\n`
}

/** The coded error that `work` throws; fails where it throws none. */
export async function errorOf(work: () => unknown): Promise<SpillwayError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof SpillwayError) return error
    throw error
  }
  throw new Error('expected a SpillwayError, but nothing was thrown')
}

/** A folder for one test's files. */
export function tempFolder(): { readonly write: (name: string, content: string | Uint8Array) => string; readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'spillway-bills-'))
  return {
    path,
    write: (name, content) => {
      const file = join(path, name)
      writeFileSync(file, content)
      return file
    },
    remove: () => rmSync(path, { recursive: true }),
  }
}
