import { SERVICES } from '../../decide/report/services.ts'
import type { SplitColumn } from './split-history.ts'

/** Calls over time as stacked blocks, the floor below and the spill on it, in the colors of every picture here. */
export function splitChart(columns: readonly SplitColumn[], rows: number, color: boolean): string[] {
  const top = Math.max(1, ...columns.map(({ dedicated, serverless }) => dedicated + serverless))
  return Array.from({ length: rows }, (_, row) => {
    const middle = ((rows - row - 0.5) / rows) * top
    return columns.map((column) => block(column, middle, color)).join('').trimEnd()
  })
}

export function splitLegend(color: boolean): string {
  const mark = (column: SplitColumn): string => block(column, 1, color)
  return `${mark({ dedicated: 1, serverless: 0 }).repeat(2)} dedicated  ${mark({ dedicated: 0, serverless: 1 }).repeat(2)} serverless`
}

function block({ dedicated, serverless }: SplitColumn, height: number, color: boolean): string {
  if (dedicated + serverless < height) return ' '
  const { block: mark, ansi } = SERVICES[dedicated >= height ? 'dedicated' : 'serverless']
  return color ? `\u001B[38;5;${ansi}m${mark}\u001B[39m` : mark
}
