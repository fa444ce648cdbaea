import { SpillwayError } from '../../core/errors.ts'
import type { CellPlace } from './cells.ts'

/**
 * The columns that a reader wants of a header, by the reader's own short keys. `place` names the column as the file
 * spells it, for errors.
 */
export interface Columns<Key extends string> {
  readonly indexes: readonly number[]
  readonly has: (key: Key) => boolean
  readonly get: (cells: readonly string[], key: Key) => string
  readonly place: (key: Key, row: number) => CellPlace
  /** The column's name in the file, or the first name looked for where it is absent. */
  readonly name: (key: Key) => string
}

export type ColumnNames<Key extends string> = Readonly<Record<Key, readonly string[]>>

/**
 * Finds each key under the first of its names that the header has, as `normalize` spells them. Throws
 * BILL_COLUMN_MISSING for a required one that is absent, and for a name that the header has twice.
 */
export function findColumns<Key extends string>(header: readonly string[], file: string, names: ColumnNames<Key>, required: readonly NoInfer<Key>[], normalize: (name: string) => string): Columns<Key> {
  const spelled = header.map(normalize)
  const keys = Object.keys(names) as Key[]
  const indexOf = new Map<Key, number>(keys.map((key) => [key, firstIndex(spelled, names[key])]))
  for (const key of keys) {
    const index = indexOf.get(key) ?? -1
    if (index >= 0 && spelled.indexOf(spelled[index] ?? '', index + 1) >= 0) throw new SpillwayError('BILL_COLUMN_MISSING', 'the header has this column twice', 'Remove one of them', { file, row: 1, column: header[index] ?? '' })
    if (index < 0 && required.includes(key)) throw missing(file, names[key][0] ?? key)
  }
  const position = new Map(keys.map((key, at) => [key, at]))
  const name = (key: Key): string => header[indexOf.get(key) ?? -1] ?? names[key][0] ?? key
  return {
    indexes: keys.map((key) => indexOf.get(key) ?? -1),
    has: (key) => (indexOf.get(key) ?? -1) >= 0,
    get: (cells, key) => cells[position.get(key) ?? -1] ?? '',
    place: (key, row) => ({ file, row, column: name(key) }),
    name,
  }
}

/** The error for a column that a file, or one row of it, needs. */
export function missing(file: string, column: string, row = 1, why = 'the header has no such column'): SpillwayError {
  return new SpillwayError('BILL_COLUMN_MISSING', why, 'Export the bill with this column, or name the format with --format', { file, row, column })
}

function firstIndex(spelled: readonly string[], wanted: readonly string[]): number {
  for (const name of wanted) {
    const index = spelled.indexOf(name)
    if (index >= 0) return index
  }
  return -1
}
