/**
 * A piecewise linear function of a positive number, looked up in a few nanoseconds: every power of two from 2^lowest
 * is cut into 32 cells of equal width, found from the number's own exponent and first digits. Below and above the
 * table the function goes on as a ray from 0.
 */
export interface OctaveTable {
  readonly lowest: number
  readonly intercepts: Float64Array
  readonly slopes: Float64Array
}

const CELLS = 32
/** 15 of the upper 20 digits of the mantissa are dropped, so 5 = log2(CELLS) stay. */
const DROPPED = 15
const BIAS = 1023
const SCRATCH = new Float64Array([1])
const WORDS = new Int32Array(SCRATCH.buffer)
/** Which half of a double holds sign, exponent and first digits, by the machine's byte order. */
const HIGH_WORD = WORDS[1] === 0 ? 0 : 1

/** Tabulates `of` from 2^lowest over `powers` powers of two: exact at the cells' ends, the chord between them. */
export function octaveTable(lowest: number, powers: number, of: (value: number) => number): OctaveTable {
  const last = powers * CELLS + 1
  const intercepts = new Float64Array(last + 1)
  const slopes = new Float64Array(last + 1)
  for (let cell = 1; cell < last; cell++) {
    const [from, to] = [start(lowest, cell), start(lowest, cell + 1)]
    slopes[cell] = (of(to) - of(from)) / (to - from)
    intercepts[cell] = of(from) - slopes[cell]! * from
  }
  slopes[0] = of(2 ** lowest) / 2 ** lowest
  slopes[last] = of(2 ** (lowest + powers)) / 2 ** (lowest + powers)
  return { lowest, intercepts, slopes }
}

/** The function at `value`; 0 at 0 and below. Allocates nothing. */
export function lookUp({ lowest, intercepts, slopes }: OctaveTable, value: number): number {
  if (value <= 0) return 0
  SCRATCH[0] = value
  const found = (WORDS[HIGH_WORD]! >> DROPPED) - (BIAS + lowest) * CELLS + 1
  const cell = found < 0 ? 0 : found < slopes.length ? found : slopes.length - 1
  return intercepts[cell]! + slopes[cell]! * value
}

/** Where a cell begins. Cell 0 is everything below the table. */
function start(lowest: number, cell: number): number {
  return 2 ** (lowest + Math.floor((cell - 1) / CELLS)) * (1 + ((cell - 1) % CELLS) / CELLS)
}
