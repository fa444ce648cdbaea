import { describe, expect, it } from 'vitest'
import { seededRandom } from '../core/random.ts'
import { drawFault, FAULT_KINDS, parseFault, parseFaultRule } from './faults.ts'

describe('a fault in words', () => {
  it.each(FAULT_KINDS)('%s is known', (kind) => {
    expect(parseFault(kind).kind).toBe(kind)
  })

  it('takes settings', () => {
    expect(parseFault('reset-stream; after=7')).toMatchObject({ kind: 'reset-stream', afterTokens: 7 })
    expect(parseFault('rate-limit;retry-after=30')).toMatchObject({ retryAfterSeconds: 30 })
    expect(parseFault('slow;ms=250')).toMatchObject({ delayMs: 250 })
  })

  it('is bounded', () => {
    expect(parseFault('gzip-bomb;bytes=99999999999999').bytes).toBe(2 ** 30)
  })

  it.each(['', 'explode', 'slow;ms', 'slow;ms=-1', 'slow;speed=1', 'slow;__proto__=1', 'constructor'])('refuses "%s"', (text) => {
    expect(() => parseFault(text)).toThrow(expect.objectContaining({ code: 'CLI_USAGE' }))
  })
})

describe('a fault with a rate', () => {
  it('is a share and settings', () => {
    expect(parseFaultRule('reset-stream=0.01;after=5')).toMatchObject({ rate: 0.01, fault: { kind: 'reset-stream', afterTokens: 5 } })
  })

  it.each(['rate-limit', 'rate-limit=', 'rate-limit=2', 'rate-limit=-0.1', 'rate-limit=x', '=0.5', 'explode=0.5'])('refuses "%s"', (text) => {
    expect(() => parseFaultRule(text)).toThrow(expect.objectContaining({ code: 'CLI_USAGE' }))
  })

  it('comes about as often as it says, the same requests for the same seed', () => {
    const rules = [parseFaultRule('rate-limit=0.1'), parseFaultRule('hang=0.2')]
    const draw = (seed: number): (string | null)[] => {
      const random = seededRandom(seed)
      return Array.from({ length: 5000 }, () => drawFault(rules, random)?.kind ?? null)
    }
    const drawn = draw(3)
    const share = (kind: string | null): number => drawn.filter((each) => each === kind).length / drawn.length
    expect(share('rate-limit')).toBeCloseTo(0.1, 1)
    expect(share('hang')).toBeCloseTo(0.2, 1)
    expect(share(null)).toBeCloseTo(0.7, 1)
    expect(draw(3)).toEqual(drawn)
  })
})
