import { nnls } from './nnls.ts'

/** One row of a fit: what each coefficient is multiplied by, what was measured, and how much the row counts (1 = one measurement). */
export interface FitRow {
  readonly x: readonly number[]
  readonly y: number
  readonly weight: number
}

const ROUNDS = 4

/**
 * Coefficients >= 0 of a line through the origin of `x`, by relative errors, that does not follow outliers: a row's loss
 * is log(1 + (ln(measured / predicted) / spread)^2), Cauchy's, reached by reweighting. Single rows of the measurements
 * are off by a factor of two to eight (a mislabeled batch), and least squares alone would bend a whole group to them.
 */
export function robustFit(rows: readonly FitRow[], spread: number): number[] {
  let weights = rows.map(({ weight }) => Math.sqrt(weight))
  let x: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    x = nnls(rows.map((row, i) => row.x.map((value) => (value * weights[i]!) / row.y)), weights)
    weights = rows.map((row) => Math.sqrt(row.weight) * reweight(valueAt(x, row.x) / row.y, spread))
  }
  return x
}

/** The weight that turns a squared relative error into Cauchy's loss of its logarithm; at most 1.5, so that no row rules. */
function reweight(ratio: number, spread: number): number {
  const squared = Math.abs(ratio - 1) < 1e-9 ? 1 : Math.log1p((Math.log(Math.max(1e-9, ratio)) / spread) ** 2) / ((ratio - 1) / spread) ** 2
  return Math.min(1.5, Math.sqrt(squared))
}

/** The line at one row. */
export function valueAt(coefficients: readonly number[], x: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += coefficients[i]! * x[i]!
  return sum
}
