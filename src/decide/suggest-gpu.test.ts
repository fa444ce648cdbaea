import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseCatalog } from '../core/catalog/parse.ts'
import { codedError } from '../core/catalog/testing.ts'
import { parsePerfTable } from '../core/perf/perf-table.ts'
import type { SuggestOptions } from './suggest-gpu.ts'
import { modelOfClass, suggestGpus } from './suggest-gpu.ts'

const json = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../catalog/${path}`, import.meta.url), 'utf8'))
const perf = parsePerfTable(json('perf/measured.json'))
const { gpus } = parseCatalog(json('gpus.json'), 'gpus.json')
const { models } = parseCatalog(json('models.json'), 'models.json')
const prices: Readonly<Record<string, number>> = { 'h100-80gb': 2.69, 'a100-80gb': 1.39, 'l40s-48gb': 0.86, 'mi300x-192gb': 2 }
const options: SuggestOptions = { shape: { input: 1000, cached: 0, output: 300 }, slo: { ttftSeconds: 2, tpotSeconds: 0.08 }, pricePerGpuHour: (id) => prices[id] ?? null }
const large = modelOfClass('70b-plus', models)

describe('suggestGpus', () => {
  it('never puts a 70B model at 16 bits on one 80 GB GPU', () => {
    const found = suggestGpus(large, gpus, perf, options).filter(({ gpu }) => gpu.endsWith('-80gb'))
    expect(found.length).toBeGreaterThan(1)
    expect(found.every(({ gpus: count }) => count >= 2)).toBe(true)
  })

  it('leaves out what cannot carry the model', () => {
    expect(suggestGpus(large, gpus, perf, options).map(({ gpu }) => gpu)).not.toContain('t4-16gb')
  })

  it('puts the cheapest request first, then the unpriced and the unknown', () => {
    const costs = suggestGpus(large, gpus, perf, options).map(({ usdPerThousandRequests }) => usdPerThousandRequests)
    const known = costs.filter((cost) => cost !== null)
    expect(known.length).toBeGreaterThan(2)
    expect(known).toEqual(known.toSorted((a, b) => a - b))
    expect(costs.slice(0, known.length)).toEqual(known)
  })

  it('explains each in a sentence, with the arithmetic of its memory', () => {
    const first = suggestGpus(modelOfClass('under-13b', models), gpus, perf, options)[0]!
    expect(first.why).toMatch(/^1 x .+ serves [\d.]+ requests a second in batches of \d+, limited by .+, \$[\d.]+ an hour or \$[\d.]+ for 1,000 requests\.$/u)
    expect(first.memory).toContain('weights 8.03 B x 2 bytes')
    expect(first.usdPerThousandRequests).toBeCloseTo(first.usdPerHour! / 3.6 / first.requestsPerSecond!, 12)
  })

  it('says where the speed is not known instead of guessing, and takes the smallest replica', () => {
    const found = suggestGpus(modelOfClass('under-13b', models), gpus, perf, options).find(({ gpu }) => gpu === 'mi300x-192gb')
    expect(found).toMatchObject({ gpus: 1, requestsPerSecond: null, usdPerThousandRequests: null, basis: null, usdPerHour: 2 })
    expect(found?.why).toContain('its speed is not known')
  })

  it('lists GPUs for embeddings by memory and price alone', () => {
    const found = suggestGpus(modelOfClass('embeddings', models), gpus, perf, options)
    expect(found[0]).toMatchObject({ gpu: 'l40s-48gb', usdPerHour: 0.86, requestsPerSecond: null })
    expect(found.map(({ gpu }) => gpu)).toContain('t4-16gb')
  })

  it('leaves out GPUs that miss the SLO', () => {
    expect(suggestGpus(large, gpus, perf, { ...options, slo: { ttftSeconds: null, tpotSeconds: 0.001 } }).filter(({ basis }) => basis !== null)).toEqual([])
  })

  it('works without prices and with another precision', () => {
    const { pricePerGpuHour: _, ...unpriced } = options
    const [first] = suggestGpus(large, gpus.filter(({ id }) => id === 'h100-80gb'), perf, { ...unpriced, precision: 'fp8' })
    expect(first).toMatchObject({ usdPerHour: null, basis: 'measured' })
    expect(first?.why).toContain('price not known')
  })
})

describe('modelOfClass', () => {
  it('refuses a catalog without the model', () => {
    expect(codedError(() => modelOfClass('70b-plus', []))?.code).toBe('CATALOG_UNKNOWN_ID')
  })
})
