import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { erlangB, erlangC, erlangWait, serversForWait, slotWait } from './erlang.ts'

/** Erlang C from its definition, with factorials; good for a few servers only. */
function byDefinition(servers: number, load: number): number {
  let term = 1
  let sum = 0
  for (let k = 0; k < servers; k++) {
    sum += term
    term *= load / (k + 1)
  }
  const tail = (term * servers) / (servers - load)
  return tail / (sum + tail)
}

describe('Erlang formulas', () => {
  it.each([[0.5, 3], [1, 4], [2, 6], [5, 10], [10, 17], [20, 29]])('at a load of %s, fewer than 5 %% wait from %s servers on', (load, servers) => {
    expect(serversForWait(load, 0.05)).toBe(servers)
    expect(erlangC(servers, load)).toBeLessThan(0.05)
    expect(erlangC(servers - 1, load)).toBeGreaterThan(0.05)
  })

  it('agree with textbook values', () => {
    expect(erlangB(10, 7)).toBeCloseTo(0.0787, 4)
    expect(erlangC(1, 0.7)).toBeCloseTo(0.7, 12)
    expect(erlangC(2, 1)).toBeCloseTo(1 / 3, 12)
    expect(erlangWait(1, 0.5)).toBeCloseTo(1, 12)
  })

  it('agree with the definition', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (servers, share) => {
        expect(erlangC(servers, servers * share)).toBeCloseTo(byDefinition(servers, servers * share), 9)
      }),
    )
  })

  it('are stable for a hundred thousand servers', () => {
    const [servers, load] = [100_000, 99_000]
    // Halfin and Whitt: with beta = (c - a) / sqrt(a), P(wait) tends to 1 / (1 + beta Phi(beta) / phi(beta)).
    const beta = (servers - load) / Math.sqrt(load)
    const density = Math.exp((-beta * beta) / 2) / Math.sqrt(2 * Math.PI)
    expect(erlangC(servers, load) / (1 / (1 + (beta * 0.999257) / density))).toBeCloseTo(1, 1)
    expect(erlangB(servers, load)).toBeGreaterThan(0)
  })

  it('fall with more servers, and the inverse is the first that is low enough', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 500, noNaN: true }), fc.double({ min: 1e-4, max: 0.99, noNaN: true }), (load, share) => {
        const servers = serversForWait(load, share)
        expect(erlangC(servers, load)).toBeLessThanOrEqual(share)
        expect(erlangC(servers - 1, load)).toBeGreaterThan(share)
      }),
    )
  })

  it('have ends', () => {
    expect([erlangC(0, 0), erlangC(3, 0), erlangC(3, 3), erlangC(3, 9), erlangB(0, 5)]).toEqual([1, 0, 1, 1, 1])
    expect(erlangWait(3, 3)).toBe(Number.POSITIVE_INFINITY)
    expect(serversForWait(5, 1)).toBe(0)
    expect(serversForWait(0, 0.5)).toBe(1)
  })

  it.each([
    [() => erlangC(-1, 1)],
    [() => erlangC(1.5, 1)],
    [() => erlangC(2, -1)],
    [() => erlangC(2, Number.NaN)],
    [() => serversForWait(1, 0)],
    [() => serversForWait(1, 1.1)],
  ])('refuse what is no load, share or number of servers (%#)', (call) => {
    expect(call).toThrow(expect.objectContaining({ code: 'NUMBER_INVALID' }))
  })
})

describe('slotWait', () => {
  it('is Erlang C over the slots of all replicas', () => {
    const { share, meanSeconds } = slotWait(2, 8, 1.6, 10)
    expect(share).toBeCloseTo(erlangC(16, 12.8), 12)
    expect(meanSeconds).toBeCloseTo(erlangWait(16, 12.8) * 10, 12)
  })

  it('shows why a batch is no single server: at the same utilization, slots wait far less', () => {
    expect(slotWait(1, 1, 0.8, 1).share).toBeCloseTo(0.8, 12)
    expect(slotWait(1, 32, 0.8, 1).share).toBeLessThan(0.2)
  })

  it('does not keep up above its capacity', () => {
    expect(slotWait(2, 8, 2, 10)).toEqual({ share: 1, meanSeconds: Number.POSITIVE_INFINITY })
  })
})
