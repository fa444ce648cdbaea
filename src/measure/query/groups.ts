import type { AggregateRow, Dimension, Selection } from '../../store/telemetry.ts'

/** Rows of these groups alone: filters name each dimension's values, which two dimensions may combine in ways that are no group. */
export async function within<T extends { readonly group: AggregateRow['group'] }>(groups: readonly AggregateRow[], by: readonly Dimension[], ask: (where: NonNullable<Selection['where']>) => Promise<readonly T[]>): Promise<readonly T[]> {
  const known = new Set(groups.map(({ group }) => JSON.stringify(group)))
  const where = Object.fromEntries(by.map((dimension, index) => [dimension, [...new Set(groups.map(({ group }) => group[index]!))]]))
  return (await ask(where)).filter(({ group }) => known.has(JSON.stringify(group)))
}
