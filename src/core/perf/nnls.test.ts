import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nnls, solveSymmetric } from './nnls.ts'

const loss = (rows: readonly number[][], y: readonly number[], x: readonly number[]): number => rows.reduce((sum, row, i) => sum + (row.reduce((s, value, j) => s + value * x[j]!, 0) - y[i]!) ** 2, 0)

/** Every set of free columns in turn: the best solution without a negative coefficient. */
function bruteForce(rows: readonly number[][], y: readonly number[]): number {
  const columns = rows[0]!.length
  let best = loss(rows, y, new Array<number>(columns).fill(0))
  for (let set = 1; set < 2 ** columns; set++) {
    const free = Array.from({ length: columns }, (_, j) => j).filter((j) => (set >> j) % 2 === 1)
    const gram = free.map((i) => free.map((j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)))
    const solved = solveSymmetric(gram, free.map((i) => rows.reduce((sum, row, k) => sum + row[i]! * y[k]!, 0)))
    if (solved === null || solved.some((value) => value < 0)) continue
    const x = new Array<number>(columns).fill(0)
    for (const [k, j] of free.entries()) x[j] = solved[k]!
    best = Math.min(best, loss(rows, y, x))
  }
  return best
}

const entry = fc.double({ min: -3, max: 3, noNaN: true }).map((value) => Math.round(value * 100) / 100)

describe('nnls', () => {
  it('finds planted coefficients', () => {
    const rows = [[1, 1, 1], [1, 2, 4], [1, 3, 9], [1, 4, 16], [1, 5, 25]]
    const x = nnls(rows, rows.map(([a, , c]) => 2 * a! + 0.5 * c!))
    expect(x[0]).toBeCloseTo(2, 8)
    expect(x[1]).toBeCloseTo(0, 8)
    expect(x[2]).toBeCloseTo(0.5, 8)
  })

  it('puts a coefficient that wants to be negative at 0 and fits the rest anew', () => {
    expect(nnls([[1, 0], [1, 1], [1, 2]], [3, 2, 1])).toEqual([expect.closeTo(2, 10), 0])
  })

  it('leaves a column of zeros at 0', () => {
    expect(nnls([[1, 0], [2, 0]], [1, 2])).toEqual([expect.closeTo(1, 10), 0])
  })

  it('survives columns that are multiples of one another', () => {
    const x = nnls([[1, 2], [2, 4], [3, 6]], [1, 2, 3])
    expect(x[0]! + 2 * x[1]!).toBeCloseTo(1, 8)
  })

  it('has nothing to say of no rows', () => {
    expect(nnls([], [])).toEqual([])
  })

  it('is as good as trying every set of columns', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(entry, entry, entry, entry, entry), { minLength: 5, maxLength: 12 }), (data) => {
        const rows = data.map((row) => row.slice(0, 4))
        const y = data.map((row) => row[4])
        const x = nnls(rows, y)
        expect(x.every((value) => value >= 0)).toBe(true)
        expect(loss(rows, y, x)).toBeLessThanOrEqual(bruteForce(rows, y) * (1 + 1e-6) + 1e-6)
      }),
    )
  })
})

describe('solveSymmetric', () => {
  it('solves', () => {
    expect(solveSymmetric([[4, 2], [2, 3]], [10, 9])).toEqual([expect.closeTo(1.5, 12), expect.closeTo(2, 12)])
  })

  it('refuses a singular matrix', () => {
    expect(solveSymmetric([[1, 1], [1, 1]], [1, 1])).toBeNull()
  })
})
