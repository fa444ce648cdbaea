import { solveSymmetric } from './nnls.ts'

/** A condition of measurement: what residuals are compared by. */
export interface Condition {
  readonly batch: number
  readonly input: number
  readonly output: number
  readonly version: string
}

/** How far a residual reaches, in units of the natural logarithm, and how much noise is believed. */
export interface FieldScale {
  readonly batch: number
  readonly input: number
  readonly output: number
  /** Correlation between two engine versions in the same condition. */
  readonly version: number
  /** Variance of noise relative to the field's. */
  readonly noise: number
  /** Residuals beyond this are trusted less and less (an outlier stays where it is). */
  readonly outlier: number
}

/** The correction (a logarithm) at a condition. */
export type ResidualField = (at: Condition) => number

/**
 * Local interpolation of residuals in ln batch, ln input and ln output: the mean of a Gaussian process (Rasmussen and
 * Williams 2006, algorithm 2.1) with a Gaussian kernel. At a measured condition it repeats the measurement almost, far
 * from all of them it is 0. Noise grows with the square of the residual, so that outliers do not spread.
 */
export function residualField(points: readonly Condition[], residuals: readonly number[], scale: FieldScale): ResidualField {
  const logs = points.map(logsOf)
  const covariance = logs.map((a, i) => logs.map((b, j) => kernel(a, b, scale) + (i === j ? scale.noise * (1 + (residuals[i]! / scale.outlier) ** 2) : 0)))
  const weights = solveSymmetric(covariance, residuals)
  if (weights === null) return () => 0
  return (at) => {
    const here = logsOf(at)
    let sum = 0
    for (let i = 0; i < logs.length; i++) sum += weights[i]! * kernel(logs[i]!, here, scale)
    return sum
  }
}

interface Logs {
  readonly batch: number
  readonly input: number
  readonly output: number
  readonly version: string
}

function logsOf({ batch, input, output, version }: Condition): Logs {
  return { batch: Math.log(batch), input: Math.log(input), output: Math.log(output), version }
}

function kernel(a: Logs, b: Logs, scale: FieldScale): number {
  const squared = ((a.batch - b.batch) / scale.batch) ** 2 + ((a.input - b.input) / scale.input) ** 2 + ((a.output - b.output) / scale.output) ** 2
  return Math.exp(-squared / 2) * (a.version === b.version ? 1 : scale.version)
}
