import { describe, expect, it } from 'vitest'
import { memoryTelemetry } from '../../store/telemetry/memory.ts'
import { anObservation } from '../../store/telemetry/testing.ts'
import { spendSource } from './spend-source.ts'

const HOUR = 3_600_000
const LAST = Date.UTC(2026, 10, 20, 12)

const cost = (dollars: number) => ({ cost: { nanoUsd: String(dollars * 1e9), status: 'complete' as const, missing: [], priceVersion: 'p' } })

/** Feature `search` costs $2 an hour for so many hours, then `usd`; `chat` $1 all along. */
async function world(hours: number, usd: number) {
  const store = memoryTelemetry()
  const observations = Array.from({ length: hours + 1 }, (_, n) => {
    const startedAt = LAST - (hours - n) * HOUR + 60_000
    return [anObservation({ id: `s${n}`, startedAt, attribution: { feature: 'search' }, ...cost(n === hours ? usd : 2) }), anObservation({ id: `c${n}`, startedAt, attribution: { feature: 'chat' }, ...cost(1) })]
  }).flat()
  await store.append({ observations, scores: [], at: 1 })
  let asked = 0
  let asOf: number | null = LAST + HOUR
  const source = spendSource({ aggregate: (tenant, query) => (asked++, store.aggregate(tenant, query)), asOf: () => asOf, tenants: () => Promise.resolve(['default', 'other']), leastUsd: () => 1 })
  return { source, asked: () => asked, loadedTo: (at: number | null) => (asOf = at), find: async () => (await source.conditions(0))!.map(({ id }) => id) }
}

describe('spend by the hour', () => {
  it('is judged by tenant, feature and key, and only what stands out is told', async () => {
    const { find } = await world(15 * 24, 40)
    expect(await find()).toEqual(['spend-anomaly:default:Tenant default', 'spend-anomaly:default:Feature search', 'spend-anomaly:default:Key key-1'])
  })

  it('as usual is nothing, nor is what is new', async () => {
    expect(await (await world(15 * 24, 2)).find()).toEqual([])
    expect(await (await world(20, 40)).find()).toEqual([])
  })

  it('is asked about once an hour, when the hour is loaded', async () => {
    const { find, asked, loadedTo } = await world(48, 40)
    loadedTo(LAST + HOUR - 1)
    expect(await find()).toEqual([])
    loadedTo(LAST + HOUR)
    expect(await find()).toHaveLength(3)
    const before = asked()
    loadedTo(LAST + 2 * HOUR - 1)
    expect(await find()).toHaveLength(3)
    expect(asked()).toBe(before)
    loadedTo(LAST + 2 * HOUR)
    expect(await find()).toEqual([])
  })

  it('that is not loaded is not known', async () => {
    const { source, loadedTo } = await world(48, 40)
    loadedTo(null)
    expect(await source.conditions(0)).toBeNull()
  })
})
