import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { crossValidate, errorBand } from './cross-validate.ts'
import type { BasisError } from './perf-table.ts'
import { parsePerfTable } from './perf-table.ts'
import { learnTransfer, subjectOf } from './transfer.ts'

const table = parsePerfTable(JSON.parse(readFileSync(new URL('../../../catalog/perf/measured.json', import.meta.url), 'utf8')))
const found = crossValidate(table)

describe('the latency model on points that it has not seen', () => {
  it('predicts TPOT of held-out points of known groups within 8 % on average, 3 % in the median', () => {
    const { tpot } = found.error.measured
    expect(tpot.points).toBeGreaterThan(1900)
    expect(tpot.mean).toBeLessThan(0.08)
    expect(tpot.median).toBeLessThan(0.03)
    expect(tpot.p90).toBeLessThan(0.18)
  })

  it('predicts their TTFT within 18 % on average, 9 % in the median', () => {
    const { ttft } = found.error.measured
    expect(ttft.mean).toBeLessThan(0.18)
    expect(ttft.median).toBeLessThan(0.09)
    expect(ttft.p90).toBeLessThan(0.46)
  })

  it('predicts TPOT of groups that it has not seen within 16 % on average', () => {
    const { tpot, ttft } = found.error.unseenGroup
    expect(tpot.mean).toBeLessThan(0.16)
    expect(tpot.median).toBeLessThan(0.11)
    expect(tpot.p90).toBeLessThan(0.35)
    expect(ttft.mean).toBeLessThan(0.32)
  })

  it('predicts models and GPUs that it has not seen, roughly', () => {
    expect(found.error.unseenModel.tpot.mean).toBeLessThan(0.28)
    expect(found.error.unseenGpu.tpot.mean).toBeLessThan(0.32)
    expect(found.error.unseenBoth.tpot.mean).toBeLessThan(0.32)
  })

  it('is as good as the table says', () => {
    for (const basis of ['measured', 'isolated', 'unseenGroup', 'unseenModel', 'unseenGpu', 'unseenBoth'] as const) same(table.error[basis], found.error[basis])
    for (const [index, group] of table.groups.entries()) {
      const own = found.groups[index] ?? null
      expect(group.error === null).toBe(own === null)
      same(group.error ?? table.error.measured, own ?? table.error.measured)
    }
  })
})

function same(shipped: BasisError, computed: BasisError): void {
  for (const quantity of ['tpot', 'ttft'] as const) {
    expect(shipped[quantity].points).toBe(computed[quantity].points)
    for (const part of ['mean', 'median', 'p90'] as const) expect(Math.abs(shipped[quantity][part] - computed[quantity][part])).toBeLessThan(0.0006)
  }
}

describe('learnTransfer', () => {
  it('is slower on a GPU with half the bandwidth and arithmetic', () => {
    const subject = subjectOf(table, table.groups.find(({ model, gpu }) => model === 'llama-3.1-70b' && gpu === 'h100-80gb')!)!
    const slow = { ...subject, gpuId: 'made-up', gpu: { ...subject.gpu, memoryBandwidthGBps: subject.gpu.memoryBandwidthGBps / 2, bf16Tflops: subject.gpu.bf16Tflops / 2, fp8Tflops: subject.gpu.fp8Tflops! / 2 } }
    const transfer = learnTransfer(table)
    expect(transfer(slow)(8, 1024, 256).tpot).toBeGreaterThan(transfer(subject)(8, 1024, 256).tpot * 1.2)
    expect(transfer(slow)(8, 1024, 256).ttft).toBeGreaterThan(transfer(subject)(8, 1024, 256).ttft * 1.2)
  })

  it('knows no subject for a model whose layers or KV cache are not known', () => {
    const group = table.groups.find(({ model }) => model === 'llama-3.1-70b')!
    const models = { ...table.models, 'llama-3.1-70b': { ...table.models['llama-3.1-70b']!, layers: null } }
    expect(subjectOf({ models, gpus: table.gpus }, group)).toBeNull()
    expect(subjectOf({ models: {}, gpus: table.gpus }, group)).toBeNull()
    expect(subjectOf({ models: table.models, gpus: {} }, group)).toBeNull()
  })
})

describe('errorBand', () => {
  it('gives mean, median and 90th percentile', () => {
    expect(errorBand([5, 1, 4, 2, 3, 6, 7, 8, 9, 10])).toEqual({ mean: 5.5, median: 6, p90: 10, points: 10 })
  })
})
