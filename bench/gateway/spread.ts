export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** The middle value; of an even number of them the upper one of the two. NaN of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) }
}

/** Round by round: what was measured minutes apart was measured on another machine. */
export function ratio(values: readonly number[], others: readonly number[]): number {
  return median(values.map((value, round) => value / others[round]!))
}
