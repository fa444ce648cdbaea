import { describe, expect, it } from 'vitest'
import { residualField } from './residual-field.ts'

const scale = { batch: 1, input: 1, output: 1, version: 0.5, noise: 0.01, outlier: 0.5 }
const at = (batch: number, version = 'a'): { batch: number; input: number; output: number; version: string } => ({ batch, input: 1024, output: 1024, version })

describe('residualField', () => {
  it('repeats the residuals at their conditions', () => {
    const field = residualField([at(1), at(16)], [0.2, -0.1], scale)
    expect(field(at(1))).toBeCloseTo(0.2, 1)
    expect(field(at(16))).toBeCloseTo(-0.1, 1)
  })

  it('passes from one to the other in ln batch', () => {
    const field = residualField([at(4), at(8)], [0.1, 0.2], scale)
    expect(field(at(6))).toBeGreaterThan(field(at(4)))
    expect(field(at(6))).toBeLessThan(field(at(8)))
  })

  it('says nothing far away', () => {
    expect(residualField([at(1)], [0.3], scale)(at(1e6))).toBeCloseTo(0, 6)
  })

  it('says half of it for another engine version', () => {
    const field = residualField([at(4)], [0.2], scale)
    expect(field(at(4, 'b')) / field(at(4))).toBeCloseTo(0.5, 9)
  })

  it('believes an outlier less than the share of its size', () => {
    const small = residualField([at(4)], [0.1], scale)(at(4)) / 0.1
    expect(residualField([at(4)], [3], scale)(at(4)) / 3).toBeLessThan(small)
  })

  it('takes the mean of two measurements of one condition', () => {
    expect(residualField([at(4), at(4)], [0.1, 0.3], { ...scale, outlier: 1e9 })(at(4))).toBeCloseTo(0.2, 2)
  })

  it('is nothing without points', () => {
    expect(residualField([], [], scale)(at(4))).toBe(0)
  })
})
