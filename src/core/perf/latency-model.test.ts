import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCatalog } from '../catalog/parse.ts'
import { codedError } from '../catalog/testing.ts'
import type { Gpu, Model } from '../catalog/types.ts'
import { findGroup, measuredAs, sameShape } from './find-group.ts'
import { latencyModel } from './latency-model.ts'
import { memoryFit } from './memory-fit.ts'
import { operatingPoint } from './operating-point.ts'
import { parsePerfTable } from './perf-table.ts'

const json = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../../catalog/${path}`, import.meta.url), 'utf8'))
const table = parsePerfTable(json('perf/measured.json'))
const { gpus } = parseCatalog(json('gpus.json'), 'gpus.json')
const { models } = parseCatalog(json('models.json'), 'models.json')
const gpu = (id: string): Gpu => gpus.find((one) => one.id === id)!
const model = (id: string): Model => models.find((one) => one.id === id)!

describe('latencyModel', () => {
  it('takes the measured group of the model', () => {
    const latency = latencyModel(table, model('llama-3.1-70b'), gpu('h100-80gb'), 4, 'fp8')
    expect(latency).toMatchObject({ basis: 'measured', gpus: 4, maxMeasuredBatch: 64, model: 'llama-3.1-70b' })
    expect(latency.origin.note).toMatch(/^vllm, tensor parallel 4; batch 4 to 64, input 1024 to 8192/u)
    expect(latency.error.tpot.p90).toBeLessThan(0.2)
    expect(latency.origin.asOf).toBe('2025-10-29')
  })

  it('repeats what was measured within its error', () => {
    const group = findGroup(table, model('llama-3.1-70b'), gpu('h100-80gb'), 4, 'fp8')!
    const latency = latencyModel(table, model('llama-3.1-70b'), gpu('h100-80gb'), 4, 'fp8')
    const off = group.points.map((p) => Math.abs((latency.tpotSeconds(p.batch, p.input, p.output) * 1000) / p.tpotMs - 1)).sort((a, b) => a - b)
    expect(off[off.length >> 1]).toBeLessThan(0.05)
  })

  it('takes a model of the same shape, and says so', () => {
    const latency = latencyModel(table, model('llama-3.3-70b'), gpu('h200-141gb'), 2, 'fp8')
    expect(latency.basis).toBe('measured')
    expect(latency.origin.note).toMatch(/^measured on llama-3\.1-70b, a model of the same shape/u)
  })

  it('transfers where the precision was not measured, labeled rough and with a wider error', () => {
    const rough = latencyModel(table, model('llama-3.1-70b'), gpu('h100-80gb'), 4, 'bf16')
    const measured = latencyModel(table, model('llama-3.1-70b'), gpu('h100-80gb'), 4, 'fp8')
    expect(rough.basis).toBe('transferred')
    expect(rough.origin.note).toMatch(/^rough: not measured, learned from other groups of this model/u)
    expect(rough.error).toBe(table.error.unseenGroup)
    expect(rough.tpotSeconds(1, 1024, 256)).toBeGreaterThan(1.3 * measured.tpotSeconds(1, 1024, 256))
  })

  it('widens the error with what it has not seen', () => {
    expect(latencyModel(table, model('mixtral-8x7b'), gpu('h100-80gb'), 2, 'bf16').error).toBe(table.error.unseenModel)
    expect(latencyModel(table, model('llama-3.1-8b'), gpu('a100-80gb'), 1, 'bf16').error).toBe(table.error.unseenGpu)
    expect(latencyModel(table, model('mixtral-8x7b'), gpu('a100-80gb'), 2, 'bf16').error).toBe(table.error.unseenBoth)
  })

  it('does not plan with the isolated measurements of 2023', () => {
    expect(latencyModel(table, model('llama-2-70b'), gpu('a100-80gb'), 4, 'bf16').basis).toBe('transferred')
  })

  it('slows tensor parallelism down over PCIe', () => {
    const one = latencyModel(table, model('llama-3.1-8b'), gpu('l40s-48gb'), 1, 'bf16')
    const two = latencyModel(table, model('llama-3.1-8b'), gpu('l40s-48gb'), 2, 'bf16')
    expect(two.tpotSeconds(8, 1024, 256)).toBeGreaterThan(one.tpotSeconds(8, 1024, 256))
    expect(two.origin.note).toContain('over PCIe')
  })

  it('reckons a GPU without figures as one of its generation where it was measured', () => {
    const latency = latencyModel(table, model('llama-3.1-70b'), gpu('b300-288gb'), 2, 'fp8')
    expect(latency.origin.note).toContain('reckoned with the data sheet of the B200')
  })

  it('refuses a GPU whose figures are not known, and names them', () => {
    const error = codedError(() => latencyModel(table, model('llama-3.1-8b'), gpu('mi300x-192gb'), 1, 'bf16'))
    expect(error?.code).toBe('PERF_NOT_CALIBRATED')
    expect(error?.message).toMatch(/not known: bf16 TFLOPS of AMD Instinct MI300X$/u)
  })

  it('refuses embedding models: none was measured', () => {
    expect(codedError(() => latencyModel(table, model('bge-m3'), gpu('h100-80gb'), 1, 'fp32'))?.code).toBe('PERF_NOT_CALIBRATED')
  })

  it('takes less time for what is cached', () => {
    const latency = latencyModel(table, model('qwen3-32b'), gpu('h100-80gb'), 2, 'fp8')
    expect(latency.ttftSeconds(16, 4000, 3500)).toBeLessThan(latency.ttftSeconds(16, 4000, 0))
    expect(latency.tpotSeconds(16, 4000, 200, 3500)).toBeLessThan(latency.tpotSeconds(16, 4000, 200))
    expect(latency.prefillSeconds(4000)).toBeLessThanOrEqual(latency.ttftSeconds(2, 4000, 0))
  })

  it('never gets faster with more requests running', () => {
    const latencies = [latencyModel(table, model('qwen3-32b'), gpu('h100-80gb'), 1, 'fp8'), latencyModel(table, model('deepseek-r1'), gpu('h200-141gb'), 8, 'fp8'), latencyModel(table, model('gemma-3-27b'), gpu('a100-80gb'), 2, 'bf16')]
    const batch = fc.integer({ min: 1, max: 256 })
    fc.assert(
      fc.property(fc.constantFrom(...latencies), batch, batch, fc.integer({ min: 16, max: 16000 }), fc.integer({ min: 1, max: 8000 }), (latency, a, b, input, output) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        expect(latency.tpotSeconds(high, input, output)).toBeGreaterThanOrEqual(latency.tpotSeconds(low, input, output) * (1 - 1e-9))
        expect(latency.ttftSeconds(high, input, 0)).toBeGreaterThanOrEqual(latency.ttftSeconds(low, input, 0) * (1 - 1e-9))
        expect(Number.isFinite(latency.tpotSeconds(high, input, output))).toBe(true)
      }),
    )
  })
})

describe('the throughput it implies', () => {
  // MLPerf Inference 4.1, llama2-70b-99, server scenario, tokens/s a GPU: NVIDIA's submissions. The input length of its
  // data set is taken to be that of its output, 294 tokens on average. TPOT there is 200 ms at the 99th percentile. The
  // L40S is no check of its own: the slowdown over PCIe was set by it.
  const mlperf = [
    ['h100-80gb', 2, 'fp8', 21606 / 8],
    ['h200-141gb', 1, 'fp8', 4202],
    ['b200-180gb', 1, 'fp4', 10756],
    ['l40s-48gb', 4, 'fp8', 3219 / 8],
  ] as const

  it.each(mlperf)('is within a quarter of MLPerf on %s x %i at %s', (id, count, precision, measured) => {
    const llama = model('llama-2-70b')
    const point = operatingPoint(latencyModel(table, llama, gpu(id), count, precision), memoryFit(llama, gpu(id), count, precision), { input: 294, cached: 0, output: 294 }, { ttftSeconds: null, tpotSeconds: 0.2 })
    expect(Math.abs((point.requestsPerSecond * 294) / count / measured - 1)).toBeLessThan(0.25)
  })
})

describe('sameShape', () => {
  it('holds for models that differ in training alone', () => {
    expect(measuredAs(table, model('deepseek-r1'))).toContain('deepseek-v3')
    expect(measuredAs(table, model('llama-2-70b'))).toEqual(expect.arrayContaining(['llama-2-70b', 'llama-3.1-70b']))
  })

  it('does not hold for models that differ in layers, heads or size', () => {
    const shape = table.models['llama-3.1-70b']!
    expect(sameShape(shape, model('llama-3.1-8b'))).toBe(false)
    expect(sameShape(shape, { ...model('llama-3.1-70b'), kvHeads: 64 })).toBe(false)
    expect(sameShape(shape, { ...model('llama-3.1-70b'), parametersB: 80 })).toBe(false)
    expect(sameShape({ ...shape, layers: null }, { ...model('llama-3.1-70b'), layers: null })).toBe(false)
  })
})
