import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { codedError } from '../catalog/testing.ts'
import { parsePerfTable } from './perf-table.ts'

const shipped: unknown = JSON.parse(readFileSync(new URL('../../../catalog/perf/measured.json', import.meta.url), 'utf8'))

const band = { tpot: [0.1, 0.05, 0.2, 10], ttft: [0.2, 0.1, 0.4, 10] }
const group = { model: 'm', gpu: 'g', engine: 'vllm', precision: 'fp8', layout: [2, 1, 1, 2, 1], method: 'closed-loop', source: 's', asOf: '2026-01-01', versions: ['1.0'], points: [[1024, 128, 4, 10.5, 80, 0]], error: null }
const small = (changes: object = {}, groupChanges: object = {}): unknown => ({
  sources: { s: { source: 'https://example.org', asOf: '2026-01-01', licence: 'MIT', note: 'n' } },
  models: { m: { parametersB: 7, activeB: 7, layers: 32, attentionHeads: 32, kvHeads: 8, kvBytesPerToken: 131072, source: 'c' } },
  gpus: { g: { memoryBandwidthGBps: 2000, bf16Tflops: 300, fp8Tflops: null, fp4Tflops: null, source: 'd' } },
  groups: [{ ...group, ...groupChanges }],
  error: { measured: band, isolated: band, unseenGroup: band, unseenModel: band, unseenGpu: band, unseenBoth: band },
  ...changes,
})

describe('parsePerfTable', () => {
  it('reads a table', () => {
    const table = parsePerfTable(small())
    expect(table.groups[0]).toMatchObject({ tp: 2, pp: 1, attentionDp: 1, moeTp: 2, moeEp: 1, points: [{ input: 1024, output: 128, batch: 4, tpotMs: 10.5, ttftMs: 80, version: '1.0' }] })
    expect(table.error.measured.tpot).toEqual({ mean: 0.1, median: 0.05, p90: 0.2, points: 10 })
  })

  it('reads the shipped table, every group of which names a known model, source and day', () => {
    const table = parsePerfTable(shipped)
    expect(table.groups.length).toBeGreaterThan(150)
    for (const { model, asOf, source } of table.groups) {
      expect(table.models[model]).toBeDefined()
      expect(table.sources[source]).toBeDefined()
      expect(asOf).toMatch(/^202\d-\d\d-\d\d$/u)
    }
  })

  it.each([
    ['no object', [], 'table is not an object'],
    ['no error', small({ error: undefined }), 'error is not an object'],
    ['a band of three', small({ error: { measured: { ...band, tpot: [1, 2, 3] }, isolated: band, unseenGroup: band, unseenModel: band, unseenGpu: band, unseenBoth: band } }), 'error.measured.tpot is not [mean, median, p90, points]'],
    ['no groups', small({ groups: {} }), 'groups is not a list'],
    ['a model without size', small({ models: { m: { layers: 1 } } }), 'models.m.parametersB is not a positive number'],
    ['a GPU with negative bandwidth', small({ gpus: { g: { memoryBandwidthGBps: -1 } } }), 'gpus.g.memoryBandwidthGBps is not a positive number'],
    ['an unknown precision', small({}, { precision: 'fp7' }), 'groups[0].precision names no precision'],
    ['an unknown method', small({}, { method: 'guess' }), 'groups[0].method is neither'],
    ['an unknown source', small({}, { source: 'x' }), 'groups[0].source names no entry'],
    ['a short layout', small({}, { layout: [1] }), 'groups[0].layout is not [tp'],
    ['no points', small({}, { points: [] }), 'groups[0].points is empty'],
    ['a short point', small({}, { points: [[1, 2, 3]] }), 'groups[0].points[0] is not [input'],
    ['a point of an unlisted version', small({}, { points: [[1, 2, 3, 4, 5, 1]] }), 'groups[0].points[0] is not [input'],
    ['a time of NaN', small({}, { points: [[1, 2, 3, Number.NaN, 5, 0]] }), 'groups[0].points[0] is not a positive number'],
    ['a time of zero', small({}, { points: [[1, 2, 3, 0, 5, 0]] }), 'groups[0].points[0] is not a positive number'],
    ['a model without a name', small({}, { model: '' }), 'groups[0].model is not a text'],
  ])('refuses %s', (_, json, message) => {
    const error = codedError(() => parsePerfTable(json))
    expect(error?.code).toBe('CATALOG_INVALID')
    expect(error?.message).toContain(message)
  })
})
