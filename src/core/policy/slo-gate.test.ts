import { describe, expect, it } from 'vitest'
import { PoolState } from './endpoint-state.ts'
import { SloGate } from './slo-gate.ts'
import { call, policyConfig, pool, tokens } from './testing.ts'

function gate(sloTtftMs: number | null = 1000): { readonly slo: SloGate; readonly state: PoolState; readonly see: (ms: number, tokens?: number) => void } {
  const config = policyConfig({ sloTtftMs })
  const state = new PoolState(pool(), config, 0)
  const slo = new SloGate(config, [state])
  return { slo, state, see: (ms, tokens = 100) => { for (let i = 0; i < 40; i++) slo.observe(state.endpoints[0]!, 0, tokens, ms, 0) } }
}

describe('SloGate', () => {
  it('expects no miss before it has learned anything, and without a target', () => {
    const fresh = gate()
    expect(fresh.slo.misses(fresh.state.endpoints[0]!, call(), 0, 0)).toBe(false)
    const without = gate(null)
    without.see(99_999)
    expect(without.slo.misses(without.state.endpoints[0]!, call(), 0, 0)).toBe(false)
  })

  it('has hysteresis: misses above the target, meets it again below 75 % of it', () => {
    const { slo, state, see } = gate()
    const verdicts = [900, 1100, 900, 760, 740, 900].map((ms) => {
      see(ms)
      return slo.misses(state.endpoints[0]!, call(), 0, 0)
    })
    expect(verdicts).toEqual([false, true, true, true, false, false])
  })

  it('counts only the part of the prompt that the endpoint does not hold', () => {
    const { slo, state } = gate()
    for (let i = 0; i < 200; i++) slo.observe(state.endpoints[0]!, 0, (i % 10) * 100, (i % 10) * 100, 0)
    const long = call({ promptTokens: 3000 })
    expect(slo.misses(state.endpoints[0]!, long, 0, 0)).toBe(true)
    expect(slo.misses(state.endpoints[0]!, long, 0.9, 0)).toBe(false)
    expect(slo.misses(state.endpoints[0]!, call({ promptTokens: 200 }), 0, 0)).toBe(false)
  })

  it('has no opinion about overflow', () => {
    const config = policyConfig({ sloTtftMs: 1 })
    const state = new PoolState(tokens(), config, 0)
    const slo = new SloGate(config, [state])
    slo.observe(state.endpoints[0]!, 0, 1, 5000, 0)
    expect(slo.misses(state.endpoints[0]!, call(), 0, 0)).toBe(false)
  })
})
