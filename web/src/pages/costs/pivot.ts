import type { CostRow, Figures } from '../../api/questions.ts'

/** By how much `now` is more than `then`, as a share of `then`; null = there was nothing to compare with. */
export const changeOf = (now: number, then: number): number | null => (then > 0 ? now / then - 1 : null)

/** A value of a dimension; null = not said. */
export type Name = string | null

export interface Pivot {
  readonly columns: readonly Name[]
  readonly rows: readonly { readonly name: Name; readonly cells: readonly number[]; readonly rest: number; readonly total: number }[]
  /** What is in no row: of smaller values, and of pairs that were not told apart. */
  readonly rest: number
  readonly most: number
}

const largest = (sums: ReadonlyMap<Name, number>, count: number): Name[] => [...sums].sort(([, a], [, b]) => b - a).slice(0, count).map(([name]) => name)

/** Costs by two dimensions as a table: the largest values of the first down, those of the second across. Every dollar is in it once. */
export function pivotOf(pairs: readonly Pick<CostRow, 'group' | 'costUsd'>[], other: readonly Pick<Figures, 'costUsd'>[], most: { readonly rows: number; readonly columns: number }): Pivot {
  const down = new Map<Name, number>()
  const across = new Map<Name, number>()
  const cells = new Map<Name, Map<Name, number>>()
  for (const { group: [first = null, second = null], costUsd } of pairs) {
    const usd = Number(costUsd)
    down.set(first, (down.get(first) ?? 0) + usd)
    across.set(second, (across.get(second) ?? 0) + usd)
    const row = cells.get(first) ?? new Map<Name, number>()
    row.set(second, (row.get(second) ?? 0) + usd)
    cells.set(first, row)
  }
  const columns = largest(across, most.columns)
  const names = largest(down, most.rows)
  const rows = names.map((name) => {
    const values = columns.map((column) => cells.get(name)?.get(column) ?? 0)
    // Summed from what is not shown: a difference of sums would leave crumbs where there is nothing.
    const rest = [...(cells.get(name) ?? [])].reduce((sum, [column, usd]) => (columns.includes(column) ? sum : sum + usd), 0)
    return { name, cells: values, rest, total: down.get(name) ?? 0 }
  })
  const rest = [...down].reduce((sum, [name, usd]) => (names.includes(name) ? sum : sum + usd), 0) + other.reduce((sum, { costUsd }) => sum + Number(costUsd), 0)
  return { columns, rows, rest, most: Math.max(0, ...rows.flatMap((row) => row.cells)) }
}
