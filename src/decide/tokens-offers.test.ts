import { describe, expect, it } from 'vitest'
import { demandOf } from './testing.ts'
import { cheapestTokens, tokensUsage } from './tokens-offers.ts'

const api = (id: string, usd: number, missing: readonly string[] = []) => ({ id, title: id, usdByDay: Float64Array.of(usd, usd), missing, source: 'test', asOf: '2026-11-24' })

describe('cheapestTokens', () => {
  it('takes no API whose bill is only a lower limit', () => {
    expect(cheapestTokens([api('dear', 30), api('incomplete', 1, ['output']), api('cheap', 20)])?.id).toBe('cheap')
    expect(cheapestTokens([api('incomplete', 1, ['output'])])).toBeNull()
    expect(cheapestTokens([])).toBeNull()
  })
})

describe('tokensUsage', () => {
  it('counts requests for a month, and no replicas', () => {
    expect(tokensUsage(demandOf([1, 3]))).toMatchObject({ requests: 2 * 730 * 3600, useful: 0, coldRequests: null })
  })
})
