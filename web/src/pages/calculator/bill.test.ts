import { describe, expect, it } from 'vitest'
import { billOf } from './bill.ts'

describe('a bill', () => {
  it('is what a month costs, to the cent', () => {
    expect(billOf(JSON.stringify({ kind: 'current-cost', schemaVersion: 1, monthlyUsd: 7800.506 }))).toBe(7800.51)
  })

  it.each(['', 'null', '[]', '{"kind":"current-cost","schemaVersion":2,"monthlyUsd":5}', '{"kind":"current-cost","schemaVersion":1,"monthlyUsd":"5"}', '{"kind":"current-cost","schemaVersion":1,"monthlyUsd":-5}', '{"kind":"plan","schemaVersion":1,"monthlyUsd":5}'])('is not %s', (text) => {
    expect(billOf(text)).toBeNull()
  })
})
