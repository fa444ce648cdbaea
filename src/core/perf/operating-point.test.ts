import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codedError } from '../catalog/testing.ts'
import type { MemoryFit } from './memory-fit.ts'
import { MAX_BATCH, operatingPoint } from './operating-point.ts'
import { lineLatency } from './testing.ts'

const shape = { input: 1000, cached: 0, output: 200 }
const free = { ttftSeconds: null, tpotSeconds: null }
const fit = (kvTokens: number): MemoryFit => ({ fits: true, weightsGb: 14, kvTokens, why: 'test' })

describe('operatingPoint', () => {
  it('fills the engine where nothing else binds', () => {
    expect(operatingPoint(lineLatency(), fit(1e9), shape, free)).toMatchObject({ batch: MAX_BATCH, limitedBy: 'max-batch' })
  })

  it('goes no further than four times what was measured', () => {
    expect(operatingPoint(lineLatency({ maxMeasuredBatch: 16 }), fit(1e9), shape, free)).toMatchObject({ batch: 64, limitedBy: 'max-batch' })
  })

  it('stops where the KV cache is full', () => {
    expect(operatingPoint(lineLatency(), fit(12_100), shape, free)).toMatchObject({ batch: 10, limitedBy: 'kv-cache' })
  })

  it('stops at the SLO of TPOT', () => {
    const point = operatingPoint(lineLatency(), fit(1e9), shape, { ttftSeconds: null, tpotSeconds: 0.02 })
    const latency = lineLatency()
    expect(point.limitedBy).toBe('tpot')
    expect(point.tpotSeconds).toBeLessThanOrEqual(0.02)
    expect(latency.tpotSeconds(point.batch + 1, 1000, 200)).toBeGreaterThan(0.02)
  })

  it('stops at the SLO of TTFT', () => {
    const point = operatingPoint(lineLatency(), fit(1e9), shape, { ttftSeconds: 0.1, tpotSeconds: 1 })
    expect(point.limitedBy).toBe('ttft')
    expect(point.ttftSeconds).toBeLessThanOrEqual(0.1)
  })

  it('says what it reaches by Little\'s law', () => {
    const point = operatingPoint(lineLatency(), fit(1e9), shape, free)
    expect(point.requestSeconds).toBeCloseTo(point.ttftSeconds + 199 * point.tpotSeconds, 12)
    expect(point.requestsPerSecond).toBeCloseTo(point.batch / point.requestSeconds, 12)
  })

  it('gains from a prefix cache', () => {
    const slo = { ttftSeconds: 0.2, tpotSeconds: 0.03 }
    const cold = operatingPoint(lineLatency(), fit(1e9), shape, slo)
    expect(operatingPoint(lineLatency(), fit(1e9), { ...shape, cached: 800 }, slo).requestsPerSecond).toBeGreaterThan(cold.requestsPerSecond)
  })

  it('serves requests without output', () => {
    const point = operatingPoint(lineLatency(), fit(1e9), { input: 1000, cached: 0, output: 0 }, { ttftSeconds: 1, tpotSeconds: 0.001 })
    expect(point.tpotSeconds).toBe(0)
    expect(point.requestSeconds).toBe(point.ttftSeconds)
  })

  it('refuses an SLO that one request misses, with what it reaches', () => {
    const error = codedError(() => operatingPoint(lineLatency(), fit(1e9), shape, { ttftSeconds: 0.01, tpotSeconds: 0.005 }))
    expect(error?.code).toBe('PERF_SLO_INFEASIBLE')
    expect(error?.message).toBe('m-7b on 1 x x100-80gb misses the SLO of TTFT 10 ms and TPOT 5 ms even with one request at a time: TTFT 67 ms, TPOT 10.3 ms at 1000 + 200 tokens')
  })

  it('refuses what does not fit, with the arithmetic', () => {
    const error = codedError(() => operatingPoint(lineLatency(), { fits: false, weightsGb: 140, kvTokens: 0, why: '66 GB too little' }, shape, free))
    expect(error?.toLine()).toBe('error PERF_DOES_NOT_FIT: m-7b at bf16 does not fit 1 x x100-80gb: 66 GB too little. Use more GPUs a replica, GPUs with more memory, or a lower precision')
  })

  it('refuses a request longer than the KV cache', () => {
    expect(codedError(() => operatingPoint(lineLatency(), fit(1100), shape, free))?.message).toContain('one request of 1000 + 200 tokens exceeds the 1100 tokens')
  })

  it('finds the largest batch that keeps the SLO', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0.011, max: 0.2, noNaN: true }), (input, output, tpotSeconds) => {
        const latency = lineLatency()
        const slo = { ttftSeconds: null, tpotSeconds }
        const misses = (batch: number): boolean => latency.tpotSeconds(batch, input, output) > tpotSeconds
        fc.pre(!misses(1))
        const { batch } = operatingPoint(latency, fit(1e9), { input, cached: 0, output }, slo)
        expect(misses(batch)).toBe(false)
        expect(batch === MAX_BATCH || misses(batch + 1)).toBe(true)
      }),
    )
  })
})
