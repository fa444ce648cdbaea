/** Grid of batches that the value is taken at: powers of the square root of 2, so that measured powers of 2 are met. */
const STEP = Math.SQRT2

/**
 * `value` at `batch` >= 1, made rising: interpolated in logarithms between grid points, each no lower than those before.
 * Latency never falls with the batch; interpolated noise might, and a search for the largest batch would be fooled.
 */
export function rising(value: (batch: number) => number, batch: number): number {
  const at = Math.max(1, batch)
  let low = 1
  let lowValue = value(1)
  while (low < at * (1 - 1e-9)) {
    const high = roundPower(low * STEP)
    const highValue = Math.max(lowValue, value(high))
    if (high >= at * (1 - 1e-9)) return lowValue * (highValue / lowValue) ** Math.min(1, Math.log(at / low) / Math.log(high / low))
    low = high
    lowValue = highValue
  }
  return lowValue
}

/** Powers of 2 stay exact, however many steps led there. */
function roundPower(value: number): number {
  return Math.abs(value - Math.round(value)) < 1e-6 * value ? Math.round(value) : value
}
