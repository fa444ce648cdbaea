import { describe, expect, it } from 'vitest'
import type { Finding, LeakReport } from '../../measure/insight/finding.ts'
import type { Window } from '../../measure/insight/insights-of.ts'
import { leakSource } from './leak-source.ts'

const HOUR = 3_600_000
const NOW = Date.UTC(2026, 10, 20, 12)

const finding = (id: string, usdPerMonth: number | null, hypothesis = false): Finding => ({
  id,
  kind: 'bloat',
  subject: { dimension: 'feature', name: 'search' },
  what: `Prompts of ${id} are five times as long as needed.`,
  mend: 'Cut them.',
  lostNanoUsd: '1',
  monthly: usdPerMonth === null ? null : { nanoUsd: String(usdPerMonth * 1e9), low: '0', high: '0' },
  confidence: 0.9,
  hypothesis,
  calls: 1,
  evidence: [],
  figures: {},
})

function world(...findings: Finding[]) {
  const asked: [string, Window][] = []
  const time: { asOf: number | null } = { asOf: NOW }
  const report = (tenant: string): LeakReport => ({ from: 0, until: 0, calls: 0, spentNanoUsd: '0', lostNanoUsd: '0', perhapsNanoUsd: '0', findings: tenant === 'acme' ? findings : [], limits: [] })
  const source = leakSource({
    leaks: (tenant, window) => {
      asked.push([tenant, window])
      return Promise.resolve(report(tenant))
    },
    asOf: () => time.asOf,
    tenants: () => Promise.resolve(['acme', 'rival']),
    leastUsdPerMonth: () => 30,
  })
  return { time, asked, find: async () => (await source.conditions(NOW))?.map(({ id }) => id) ?? null }
}

describe('leaks', () => {
  it('of the last two weeks are told by tenant, where they are proven and dear enough', async () => {
    const { find, asked } = world(finding('dear', 100), finding('cheap', 29), finding('perhaps', 100, true), finding('new', null))
    expect(await find()).toEqual(['leak:acme:dear'])
    expect(asked).toEqual(['acme', 'rival'].map((tenant) => [tenant, { from: NOW - 14 * 24 * HOUR, until: NOW }]))
  })

  it('are looked for every six hours, and stay true in between', async () => {
    const { find, asked, time } = world(finding('dear', 100))
    for (const hours of [0, 3, 5.9]) {
      time.asOf = NOW + hours * HOUR
      expect(await find()).toEqual(['leak:acme:dear'])
    }
    expect(asked).toHaveLength(2)
    time.asOf = NOW + 6 * HOUR
    await find()
    expect(asked).toHaveLength(4)
  })

  it('cannot be told before anything is loaded', async () => {
    const { find, time } = world()
    time.asOf = null
    expect(await find()).toBeNull()
  })
})
