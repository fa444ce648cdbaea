import { describe, expect, it } from 'vitest'
import { codedError } from '../catalog/testing.ts'
import type { Gpu, Model } from '../catalog/types.ts'
import { kvBytesPerToken, memoryFit, replicaSizes } from './memory-fit.ts'

const dated = { source: 'test', asOf: '2026-11-24' }
const a100: Gpu = { id: 'a100-80gb', name: 'A100', aliases: [], memoryGb: 80, memoryBandwidthGBps: 2039, bf16Tflops: 312, fp8Tflops: null, ...dated }
const llama70b: Model = { id: 'llama-2-70b', name: 'Llama 2 70B', aliases: [], task: 'generation', parametersB: 68.977, activeB: 68.977, layers: 80, attentionHeads: 64, kvHeads: 8, headDim: 128, kvBytesPerToken: 327680, contextTokens: 4096, defaultPrecision: 'bf16', ...dated }

describe('memoryFit', () => {
  it('does not put a 70B model at 16 bits on one 80 GB GPU', () => {
    const fit = memoryFit(llama70b, a100, 1, 'bf16')
    expect(fit.fits).toBe(false)
    expect(fit.why).toBe('1 x 80 GB x 0.9 = 72 GB; weights 68.977 B x 2 bytes = 138 GB: 66 GB too little')
  })

  it('puts it on two, with little left for the KV cache', () => {
    const fit = memoryFit(llama70b, a100, 2, 'bf16')
    expect(fit.fits).toBe(true)
    expect(fit.weightsGb).toBeCloseTo(137.954, 6)
    expect(fit.kvTokens).toBe(18450)
    expect(fit.why).toContain('= 18,450 tokens of KV cache')
  })

  it('refuses three: tensor parallelism must divide 64 heads', () => {
    const error = codedError(() => memoryFit(llama70b, a100, 3, 'bf16'))
    expect(error?.toLine()).toBe('error PERF_DOES_NOT_FIT: tensor parallelism of 3 does not divide the 64 attention heads of Llama 2 70B, or exceeds one node of 8. Use 1, 2, 4, 8 GPUs a replica')
  })

  it('halves weights and KV cache at fp8', () => {
    const fit = memoryFit(llama70b, { ...a100, memoryGb: 100 }, 1, 'fp8')
    expect(fit.kvTokens).toBe(Math.floor(((90 - 68.977) * 1e9) / 163840))
  })

  it('counts the scales of 4-bit weights', () => {
    expect(memoryFit(llama70b, a100, 1, 'int4').weightsGb).toBeCloseTo(38.8, 1)
  })

  it('wants room for one request', () => {
    const tight = memoryFit(llama70b, { ...a100, memoryGb: 76.7 }, 2, 'bf16')
    expect(tight.fits).toBe(false)
    expect(tight.why).toContain('less than one request of 2,048')
  })

  it('does not guess an unknown KV cache', () => {
    const fit = memoryFit({ ...llama70b, kvBytesPerToken: null }, a100, 4, 'bf16')
    expect(fit.fits).toBe(false)
    expect(fit.why).toContain('the KV cache of Llama 2 70B is not known')
  })

  it('needs none for embeddings', () => {
    const fit = memoryFit({ ...llama70b, task: 'embedding', parametersB: 0.335, attentionHeads: null, kvBytesPerToken: null }, a100, 1, 'fp32')
    expect(fit).toMatchObject({ fits: true, kvTokens: 0 })
  })

  it('does not split a model whose heads are not known', () => {
    expect(codedError(() => memoryFit({ ...llama70b, attentionHeads: null }, a100, 2, 'bf16'))?.message).toContain('not known')
  })
})

describe('replicaSizes', () => {
  it('lists what divides the heads', () => {
    expect(replicaSizes(llama70b)).toEqual([1, 2, 4, 8])
    expect(replicaSizes({ ...llama70b, attentionHeads: 28 })).toEqual([1, 2, 4])
    expect(replicaSizes({ ...llama70b, attentionHeads: 5 })).toEqual([1])
    expect(replicaSizes({ ...llama70b, attentionHeads: null })).toEqual([1])
  })
})

describe('kvBytesPerToken', () => {
  it('keeps 16 bits unless the model runs in fp8 or fp4', () => {
    expect(kvBytesPerToken(llama70b, 'int4')).toBe(327680)
    expect(kvBytesPerToken(llama70b, 'fp8')).toBe(163840)
    expect(kvBytesPerToken({ kvBytesPerToken: null }, 'fp8')).toBeNull()
  })
})
