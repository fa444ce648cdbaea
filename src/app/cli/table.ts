import { oneLine } from '../../core/errors.ts'

export interface Column {
  readonly header: string
  /** Numbers stand right. Default left. */
  readonly align?: 'left' | 'right'
  /** Whether cells may be cut where the table is too wide. Default: left columns may. */
  readonly shrink?: boolean
}

const GAP = 2
const LEAST = 6

/**
 * Rows of text as a table of at most `width` characters a line (100 by default), two spaces between columns, without a
 * line break at the end. Where it is too wide, the widest shrinkable columns are cut first, with … at the cut.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], width = 100): string {
  const cells = [columns.map(({ header }) => header), ...rows.map((row) => columns.map((_, index) => oneLine(row[index] ?? '')))]
  const widths = fit(columns, columns.map((_, index) => cells.reduce((most, row) => Math.max(most, length(row[index]!)), 0)), width)
  return cells
    .map((row) => {
      const line = row.map((cell, index) => pad(cut(cell, widths[index]!), widths[index]!, columns[index]!.align ?? 'left')).join(' '.repeat(GAP))
      return cut(line.trimEnd(), width)
    })
    .join('\n')
}

function fit(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const widths = [...natural]
  const room = width - GAP * (columns.length - 1)
  for (let excess = widths.reduce((sum, one) => sum + one, 0) - room; excess > 0; excess--) {
    const widest = widths.reduce((best, one, index) => (mayShrink(columns[index]!) && one > LEAST && (best < 0 || one > widths[best]!) ? index : best), -1)
    if (widest < 0) break
    widths[widest] = widths[widest]! - 1
  }
  return widths
}

function mayShrink(column: Column): boolean {
  return column.shrink ?? column.align !== 'right'
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - length(text)))
  return align === 'left' ? text + space : space + text
}

/** At most `width` characters, the last of them … where something is missing. */
function cut(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}

function length(text: string): number {
  return [...text].length
}
