import { describe, expect, it } from 'vitest'
import type { Subject } from './physics.ts'
import { decodePhysics, parametersRead, prefillPhysics } from './physics.ts'

const dense = { parametersB: 70, activeB: 70, layers: 80, attentionHeads: 64, kvHeads: 8, kvBytesPerToken: 327680, source: 'test' }
const subject: Subject = { modelId: 'm', model: dense, gpuId: 'g', gpu: { memoryBandwidthGBps: 2000, bf16Tflops: 1000, fp8Tflops: 2000, fp4Tflops: null, source: 'test' }, engine: 'vllm', precision: 'bf16', layout: { tp: 1, pp: 1, attentionDp: 1, moeTp: 1, moeEp: 1 } }

describe('decodePhysics', () => {
  it('reads all weights once a step: 140 GB at 2 TB/s are 70 ms', () => {
    expect(decodePhysics(subject, 1, 1000, 100)[0]).toBeCloseTo(0.07, 9)
  })

  it('reads the KV cache of each request: 1,050 tokens of 328 kB', () => {
    expect(decodePhysics(subject, 4, 1000, 100)[1]).toBeCloseTo((4 * 1050 * 327680) / 2e12, 12)
  })

  it('halves bytes and doubles arithmetic at fp8', () => {
    const half = decodePhysics({ ...subject, precision: 'fp8' }, 4, 1000, 100)
    const full = decodePhysics(subject, 4, 1000, 100)
    for (const part of [0, 1, 2, 3]) expect(half[part]! / full[part]!).toBeCloseTo(0.5, 9)
  })

  it('pays for talk between GPUs only where there are several', () => {
    expect(decodePhysics(subject, 4, 1000, 100)[5]).toBe(0)
    expect(decodePhysics({ ...subject, layout: { ...subject.layout, tp: 8 } }, 4, 1000, 100)[5]).toBeCloseTo(80 * 1e-5 * 3, 12)
  })
})

describe('prefillPhysics', () => {
  it('computes two operations a parameter and token: 1,024 tokens of 70 B at 1 PFLOPS are 143 ms', () => {
    expect(prefillPhysics(subject, 1, 1024)[0]).toBeCloseTo(0.14336, 9)
  })
})

describe('parametersRead', () => {
  it('is all of a dense model', () => {
    expect(parametersRead(dense, 1)).toBe(70)
    expect(parametersRead(dense, 64)).toBe(70)
  })

  it('grows from the active to all parameters of a mixture of experts', () => {
    const experts = { ...dense, parametersB: 100, activeB: 10 }
    expect(parametersRead(experts, 1)).toBeCloseTo(10, 9)
    expect(parametersRead(experts, 2)).toBeCloseTo(19, 9)
    expect(parametersRead(experts, 1000)).toBeCloseTo(100, 6)
  })
})
