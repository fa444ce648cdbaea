import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseUsd } from '../money.ts'
import { billOf, sumBills } from './bill.ts'
import { meterReplica } from './meter.ts'
import type { Bill, LineKind, ReplicaLife } from './rate-card.ts'
import { dedicated, life, serverless } from './testing.ts'

const amounts = (bill: Bill): Partial<Record<LineKind, bigint>> => Object.fromEntries(bill.lines.map((line) => [line.kind, line.amount]))
const usd = parseUsd

const anyLife: fc.Arbitrary<ReplicaLife> = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.double({ min: 0, max: 300, noNaN: true }), fc.double({ min: 0, max: 90_000, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 50, noNaN: true }))
  .map(([gpus, cold, up, share, egressGb]) => life({ gpus, readyAt: cold, stoppedAt: cold + up, busySeconds: up * share, egressGb }))
const anyPrice = fc.bigInt({ min: 1n, max: 50_000_000_000n })

describe('meterReplica, serverless', () => {
  it('bills cold start, work, keep-warm and rounding of a hand-made life', () => {
    const bill = meterReplica(serverless({ granularitySeconds: 10 }), life({ gpus: 2, readyAt: 20, stoppedAt: 83, busySeconds: 3 }))
    expect(amounts(bill)).toEqual({ 'cold-start': usd('0.04'), busy: usd('0.006'), 'keep-warm': usd('0.12'), rounding: usd('0.014') })
    expect(bill).toMatchObject({ total: usd('0.18'), status: 'complete', missing: [] })
    expect(bill.lines[0]).toMatchObject({ quantity: 40, unit: 'second' })
  })

  it('bills an unknown cold start rule carefully and says so', () => {
    const card = serverless({ coldStartBilled: null })
    expect(meterReplica(card, life({ readyAt: 20 }))).toMatchObject({ total: usd('0.1'), status: 'partial', missing: ['coldStartBilled'] })
    expect(meterReplica(card, life({ readyAt: 0 })).status).toBe('complete')
  })

  it('bills egress, and names it where its price is unknown', () => {
    expect(amounts(meterReplica(serverless({ egressPerGb: usd('0.12') }), life({ egressGb: 2.5 }))).egress).toBe(usd('0.3'))
    expect(meterReplica(serverless(), life({ egressGb: 2.5 }))).toMatchObject({ total: usd('0.1'), status: 'partial', missing: ['egressPerGb'] })
    expect(meterReplica(serverless(), life()).missing).toEqual([])
  })
})

describe('meterReplica, dedicated', () => {
  it('bills the idle tax, the started hour and the minimum rental', () => {
    const card = dedicated({ granularitySeconds: 3600, minimumSeconds: 3 * 3600 })
    expect(amounts(meterReplica(card, life({ stoppedAt: 5400, busySeconds: 1800 })))).toEqual({ busy: usd('1.8'), idle: usd('3.6'), rounding: usd('1.8'), minimum: usd('3.6') })
  })

  it('adds what interruptions cost on spot: the replacement that is billed while it starts', () => {
    const card = dedicated({ startupSeconds: 300, spot: { interruptionsPerHour: 0.1, noticeSeconds: 30 } })
    const bill = meterReplica(card, life({ stoppedAt: 36_000, busySeconds: 36_000 }))
    // 10 hours x 0.1 interruptions an hour x 300 s at 0.001 USD a second.
    expect(amounts(bill).interruption).toBe(usd('0.3'))
    expect(bill).toMatchObject({ total: usd('36.3'), status: 'complete' })
  })

  it.each([
    ['the rate', { startupSeconds: 300, spot: { interruptionsPerHour: null, noticeSeconds: 30 } }, ['interruptionsPerHour']],
    ['the start-up', { startupSeconds: null, spot: { interruptionsPerHour: 0.1, noticeSeconds: 30 } }, ['startupSeconds']],
  ])('is partial where %s of a spot offer is unknown', (_, over, missing) => {
    expect(meterReplica(dedicated(over), life())).toMatchObject({ status: 'partial', missing, total: usd('0.1') })
  })
})

describe('meterReplica, any card', () => {
  it('has lines that sum to the total exactly, none negative', () => {
    fc.assert(
      fc.property(anyLife, anyPrice, fc.constantFrom(0, 1, 60, 3600), fc.constantFrom(0, 60, 7200), fc.boolean(), (subject, price, granularitySeconds, minimumSeconds, spot) => {
        const terms = { granularitySeconds, minimumSeconds, egressPerGb: price }
        const cards = [serverless({ ...terms, perGpuSecond: price }), dedicated({ ...terms, perGpuHour: price, startupSeconds: 120, spot: spot ? { interruptionsPerHour: 0.3, noticeSeconds: null } : null })]
        for (const card of cards) {
          const bill = meterReplica(card, subject)
          expect(bill.lines.reduce((sum, line) => sum + line.amount, 0n)).toBe(bill.total)
          for (const line of bill.lines) expect(line.amount >= 0n && line.quantity >= 0).toBe(true)
        }
      }),
    )
  })

  it('never costs less for longer, and twice the price is twice the bill to the last rounding', () => {
    fc.assert(
      fc.property(anyLife, anyPrice, (subject, price) => {
        for (const [once, twice] of [
          [serverless({ perGpuSecond: price, granularitySeconds: 1 }), serverless({ perGpuSecond: 2n * price, granularitySeconds: 1 })],
          [dedicated({ perGpuHour: price, granularitySeconds: 60 }), dedicated({ perGpuHour: 2n * price, granularitySeconds: 60 })],
        ] as const) {
          const plain = { ...subject, egressGb: 0 }
          const { total } = meterReplica(once, plain)
          expect(meterReplica(once, { ...plain, stoppedAt: plain.stoppedAt + 10 }).total >= total).toBe(true)
          const off = meterReplica(twice, plain).total - 2n * total
          expect(off >= -1n && off <= 1n).toBe(true)
        }
      }),
    )
  })

  it('agrees with plain arithmetic', () => {
    fc.assert(
      fc.property(anyLife, anyPrice, (subject, price) => {
        const seconds = subject.stoppedAt * subject.gpus
        const plain = { ...subject, egressGb: 0 }
        expect(Number(meterReplica(serverless({ perGpuSecond: price }), plain).total)).toBeCloseTo(seconds * Number(price), -Math.log10(1 + 2e-6 * Number(price) * subject.gpus) - 1)
        expect(Number(meterReplica(dedicated({ perGpuHour: price }), plain).total)).toBeCloseTo((seconds / 3600) * Number(price), -Math.log10(1 + 2e-9 * Number(price) * subject.gpus) - 1)
      }),
    )
  })
})

describe('sumBills', () => {
  it('adds lines of a kind and keeps what is missing', () => {
    const bills = [meterReplica(serverless(), life({ egressGb: 1 })), meterReplica(serverless({ coldStartBilled: null }), life({ readyAt: 40 })), meterReplica(serverless(), life({ busySeconds: 30 }))]
    const sum = sumBills(bills)
    expect(amounts(sum)).toEqual({ 'cold-start': usd('0.04'), 'keep-warm': usd('0.23'), busy: usd('0.03') })
    expect(sum).toMatchObject({ total: usd('0.3'), status: 'partial', missing: ['coldStartBilled', 'egressPerGb'] })
    expect(sum.lines.find((line) => line.kind === 'keep-warm')?.quantity).toBe(230)
  })

  it('of nothing is nothing, and complete', () => {
    expect(sumBills([])).toEqual(billOf([], []))
    expect(billOf([], [])).toEqual({ lines: [], total: 0n, status: 'complete', missing: [] })
  })
})
