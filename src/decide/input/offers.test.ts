import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { meterReplica } from '../../core/billing/meter.ts'
import { parseCatalog } from '../../core/catalog/parse.ts'
import { toUsd } from '../../core/money.ts'
import { offersFor } from './offers.ts'
import { kind, offer, planRequest, serverlessOffer } from './testing.ts'

const catalog = parseCatalog(JSON.parse(readFileSync(new URL('../../../catalog/offers.json', import.meta.url), 'utf8')), 'offers.json')
const terms = planRequest().serverless

const overflow = (over: Partial<typeof terms>): number => offersFor(kind(), [serverlessOffer()], planRequest({ serverless: { ...terms, ...over } })).serverless[0]!.overflow.billed(1.5)

describe('offersFor', () => {
  it('gives prices of a whole replica', () => {
    const { dedicated, serverless } = offersFor(kind({ gpusPerReplica: 2 }), [offer(), serverlessOffer()], planRequest())
    expect(dedicated).toMatchObject([{ id: 'rented', title: 'rented x2', perHour: 7.2 }])
    expect(serverless).toMatchObject([{ id: 'flex', perSecond: 0.002, idleWindowSeconds: 60, coldStart: { p50: 20 } }])
  })

  it('what the planner pays for a month is what the meter bills for a month, for every offer in the catalog', () => {
    const rented = catalog.offers.filter(({ card }) => card.rule === 'dedicated')
    expect(rented.length).toBeGreaterThan(60)
    for (const one of rented) {
      const card = one.card
      if (card.rule !== 'dedicated') continue
      const { dedicated } = offersFor(kind({ gpu: { ...kind().gpu!, id: one.gpu }, gpusPerReplica: 4 }), [one], planRequest())
      const month = { gpus: 4, startedAt: 0, readyAt: 0, stoppedAt: 730 * 3600, busySeconds: 1000, egressGb: 0 }
      const { lines } = meterReplica(card, month)
      // The interruptions of spot come on top there; here they are a line of the scenario.
      const rent = lines.filter(({ kind: line }) => line !== 'interruption').reduce((sum, line) => sum + line.amount, 0n)
      expect([one.id, dedicated[0]!.perHour * 730]).toEqual([one.id, expect.closeTo(toUsd(rent), 6)])
    }
  })

  it('takes only offers for the GPU', () => {
    expect(offersFor(kind({ gpu: { ...kind().gpu!, id: 'l4-24gb' } }), [offer(), serverlessOffer()], planRequest())).toEqual({ dedicated: [], serverless: [], assumptions: [] })
    expect(offersFor(kind({ gpu: null }), [offer()], planRequest()).dedicated).toEqual([])
  })

  it('own prices replace the catalog of their kind and leave the other', () => {
    const prices = { ...planRequest().prices, dedicatedPerHour: 2 }
    const { dedicated, serverless } = offersFor(kind(), [offer(), serverlessOffer()], planRequest({ prices }))
    expect([dedicated.map(({ id, perHour }) => [id, perHour]), serverless.map(({ id }) => id)]).toEqual([[['own-dedicated', 2]], ['flex']])
  })

  it('an active worker is rented, at its own price', () => {
    const { dedicated, serverless } = offersFor(kind(), [serverlessOffer({ alwaysOnPerGpuSecond: 700_000n })], planRequest())
    expect(dedicated).toMatchObject([{ id: 'flex:active', tier: 'serverless', perHour: expect.closeTo(2.52, 9) }])
    expect(serverless).toHaveLength(1)
  })

  it('names an assumption for each term that the provider does not state, once', () => {
    const silent = { idleWindowSeconds: null, coldStart: null, coldStartBilled: null }
    const { assumptions, serverless } = offersFor(kind(), [serverlessOffer(silent), serverlessOffer(silent, { id: 'other' })], planRequest())
    expect(assumptions.map(({ name }) => name)).toEqual(['cold start, where the provider states none', 'idle window, where the provider states none', 'cold start billed, where the provider does not say'])
    for (const { source, asOf } of assumptions) expect([source.length > 0, asOf]).toEqual([true, '2026-11-24'])
    // 0.6 s for each of 140 GB, as measured for a 70B model.
    expect(serverless[0]!.coldStart).toEqual({ p50: 84, p90: 168, p99: 336 })
  })

  it('what the user measured wins over the catalog', () => {
    const own = { ...terms, coldStart: { p50: 3, p90: 4, p99: 5 }, idleWindowSeconds: 10, coldStartBilled: false, replicaCap: 2 }
    const { serverless, assumptions } = offersFor(kind(), [serverlessOffer()], planRequest({ serverless: own }))
    expect(serverless).toMatchObject([{ coldStart: own.coldStart, idleWindowSeconds: 10, coldStartBilled: false, replicaCap: 2, atCap: 'queue' }])
    expect(assumptions.map(({ source }) => source)).toEqual(['given with --cold-start', 'given with --idle-window'])
  })

  it('a window beyond the cold start bills more the longer it is, and at least what is useful', () => {
    const billed = [60, 300, 1200].map((idleWindowSeconds) => offersFor(kind(), [serverlessOffer({ idleWindowSeconds })], planRequest()).serverless[0]!.overflow.billed(0.3))
    expect(billed).toEqual(billed.toSorted((a, b) => a - b))
    expect(billed[0]!).toBeGreaterThanOrEqual(0.3)
  })

  it('with bare prices every useful second is billed once; with a given k, k times', () => {
    expect([overflow({ linear: true }), overflow({ overheadK: 2 }), overflow({ overheadK: 2, throughputRatio: 1.5 })]).toEqual([1.5, 3, 4.5])
  })
})
