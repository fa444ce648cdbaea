/**
 * Least squares with coefficients >= 0: the x that minimizes |A x - y| (Lawson and Hanson, Solving Least Squares
 * Problems, 1974, chapter 23), on the normal equations, which is exact enough for a handful of columns that are scaled
 * to the same length. Rows are weighted by the caller (for relative errors: divided by what was measured).
 */
export function nnls(rows: readonly (readonly number[])[], y: readonly number[]): number[] {
  const columns = rows[0]?.length ?? 0
  const scale = columnLengths(rows, columns)
  const gram = Array.from({ length: columns }, () => new Array<number>(columns).fill(0))
  const target = new Array<number>(columns).fill(0)
  for (const [index, row] of rows.entries()) {
    for (let i = 0; i < columns; i++) {
      const value = row[i]! / scale[i]!
      target[i]! += value * y[index]!
      for (let j = 0; j <= i; j++) gram[i]![j]! += (value * row[j]!) / scale[j]!
    }
  }
  for (let i = 0; i < columns; i++) for (let j = 0; j < i; j++) gram[j]![i] = gram[i]![j]!
  return activeSet(gram, target).map((value, column) => value / scale[column]!)
}

/** Columns of zeros get length 1, so that they stay at coefficient 0. */
function columnLengths(rows: readonly (readonly number[])[], columns: number): number[] {
  return Array.from({ length: columns }, (_, column) => Math.sqrt(rows.reduce((sum, row) => sum + row[column]! ** 2, 0)) || 1)
}

function activeSet(gram: readonly (readonly number[])[], target: readonly number[]): number[] {
  const count = target.length
  const tolerance = 1e-10 * Math.max(1, ...target.map(Math.abs))
  const x = new Array<number>(count).fill(0)
  const free = new Set<number>()
  const refused = new Set<number>()
  for (let round = 0; round < 3 * count + 3; round++) {
    const gradient = target.map((value, i) => value - gram[i]!.reduce((sum, one, j) => sum + one * x[j]!, 0))
    const best = gradient.reduce((found, value, i) => (!free.has(i) && !refused.has(i) && value > tolerance && (found < 0 || value > gradient[found]!) ? i : found), -1)
    if (best < 0) break
    free.add(best)
    // A column that depends on the others cannot enter: leave it out for good.
    if (!settle(gram, target, x, free)) {
      free.delete(best)
      refused.add(best)
    }
  }
  return x
}

/** Solves for the free columns; where one would become negative, walks to its bound, fixes it there and solves again. */
function settle(gram: readonly (readonly number[])[], target: readonly number[], x: number[], free: Set<number>): boolean {
  while (free.size > 0) {
    const columns = [...free]
    const solved = solveSymmetric(columns.map((i) => columns.map((j) => gram[i]![j]!)), columns.map((i) => target[i]!))
    if (solved === null) return false
    if (solved.every((value) => value > 0)) {
      x.fill(0)
      for (const [k, column] of columns.entries()) x[column] = solved[k]!
      return true
    }
    const step = Math.min(...columns.map((column, k) => (solved[k]! <= 0 ? x[column]! / (x[column]! - solved[k]!) : 1)))
    for (const [k, column] of columns.entries()) {
      x[column]! += step * (solved[k]! - x[column]!)
      if (x[column]! <= 1e-14) {
        x[column] = 0
        free.delete(column)
      }
    }
  }
  return true
}

/** Solves a symmetric positive definite system by Cholesky's method; null where it is (nearly) singular. */
export function solveSymmetric(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | null {
  const count = right.length
  const lower = Array.from({ length: count }, () => new Float64Array(count))
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!
      if (i === j && sum <= 1e-11 * matrix[i]![i]!) return null
      lower[i]![j] = i === j ? Math.sqrt(sum) : sum / lower[j]![j]!
    }
  }
  const x = Float64Array.from(right)
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < i; k++) x[i]! -= lower[i]![k]! * x[k]!
    x[i]! /= lower[i]![i]!
  }
  for (let i = count - 1; i >= 0; i--) {
    for (let k = i + 1; k < count; k++) x[i]! -= lower[k]![i]! * x[k]!
    x[i]! /= lower[i]![i]!
  }
  return [...x]
}
