import type { Comparison } from '../../decide/report/comparison.ts'
import { renderTable } from '../cli/table.ts'

/** Bold where color is shown. */
export function bold(text: string, color: boolean): string {
  return color ? `\u001B[1m${text}\u001B[22m` : text
}

/** The comparison with each scenario's mark before its name. */
export function comparisonTable({ columns, rows }: Comparison, width: number): string {
  return renderTable(
    columns.map(({ header, align }) => ({ header: align === 'left' ? `  ${header}` : header, align })),
    rows.map(({ mark, cells: [name, ...figures] }) => [`${mark} ${name}`, ...figures]),
    width,
  )
}
