import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apportion } from './apportion.ts'
import { reconcile, type Reconciled } from './reconcile.ts'

const USD = 1_000_000_000n
const CENT = 10_000_000n
const amount = fc.bigInt({ min: 0n, max: 10_000n * USD })
const all = ({ parts, idle }: Reconciled) => [...parts, idle]
const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n)

describe('reconcile', () => {
  it('what is used is what it came to, the rest is idle', () => {
    expect(reconcile(10n * USD, [3n * USD, 2n * USD])).toEqual({ parts: [{ nanoUsd: 3n * USD, cents: 300n }, { nanoUsd: 2n * USD, cents: 200n }], idle: { nanoUsd: 5n * USD, cents: 500n }, overrun: 0n })
  })

  it('nobody used it: all is idle', () => {
    expect(reconcile(7n * USD, [])).toEqual({ parts: [], idle: { nanoUsd: 7n * USD, cents: 700n }, overrun: 0n })
    expect(reconcile(0n, [0n])).toEqual({ parts: [{ nanoUsd: 0n, cents: 0n }], idle: { nanoUsd: 0n, cents: 0n }, overrun: 0n })
  })

  it('thirds of a dollar make a dollar', () => {
    const third = USD / 3n
    expect(all(reconcile(USD, [third, third, third])).map(({ cents }) => cents)).toEqual([34n, 33n, 33n, 0n])
  })

  it('more use than bill is scaled to it, and said', () => {
    expect(reconcile(3n * USD, [4n * USD, 2n * USD])).toEqual({ parts: [{ nanoUsd: 2n * USD, cents: 200n }, { nanoUsd: USD, cents: 100n }], idle: { nanoUsd: 0n, cents: 0n }, overrun: 3n * USD })
  })

  it('parts and idle are the bill, to the nano-dollar and to the cent, whatever was used', () => {
    fc.assert(
      fc.property(amount, fc.array(amount, { maxLength: 30 }), (bill, used) => {
        const parts = all(reconcile(bill, used))
        const cents = (bill + CENT / 2n) / CENT
        expect(sum(parts.map((part) => part.cents))).toBe(cents)
        expect(sum(parts.map((part) => part.nanoUsd))).toBe(cents * CENT)
        for (const part of parts) {
          expect(part.nanoUsd >= 0n && part.cents >= 0n).toBe(true)
          const off = part.cents * CENT - part.nanoUsd
          expect(off < CENT && off > -CENT).toBe(true)
        }
      }),
    )
  })

  it('who used more does not pay less', () => {
    fc.assert(
      fc.property(amount, fc.array(amount, { minLength: 2, maxLength: 12 }), (bill, used) => {
        const { parts } = reconcile(bill, used)
        const wronged = parts.filter((part, index) => parts.some((other, at) => used[at]! < used[index]! && (other.nanoUsd > part.nanoUsd || other.cents > part.cents)))
        expect(wronged).toEqual([])
      }),
    )
  })

  it('of two that bear the same to the nano-dollar, the cent is for who used more', () => {
    const used = [7_733_732_268_702n, 9_999_999_999_990n, 1_540_336_176_853n, 9_591_393_514_659n, 12n, 8_206_293_615_856n, 9_999_999_999_992n, 3_750_999_039_102n, 4_551_116_755_114n]
    const { parts } = reconcile(9_217_059_960_541n, used)
    expect([parts[1], parts[6]]).toEqual([{ nanoUsd: 1_664_514_286_595n, cents: 166_451n }, { nanoUsd: 1_664_514_286_595n, cents: 166_452n }])
  })

  it('amounts below zero are refused', () => {
    expect(() => reconcile(-1n, [])).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }))
    expect(() => reconcile(1n, [-1n])).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }))
  })
})

it('apportion: equal remainders go to the first; no weight at all to the last', () => {
  expect(apportion(5n, [1n, 1n, 1n])).toEqual([2n, 2n, 1n])
  expect(apportion(5n, [0n, 0n])).toEqual([0n, 5n])
  expect(apportion(5n, [])).toEqual([])
})
