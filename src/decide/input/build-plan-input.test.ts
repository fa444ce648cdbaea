import { describe, expect, it } from 'vitest'
import { plan } from '../plan.ts'
import { buildPlanInput } from './build-plan-input.ts'
import { catalogOf, flatBins, H100, offer, planRequest, serverlessOffer } from './testing.ts'

const code = (expected: string): unknown => expect.objectContaining({ code: expected })

describe('buildPlanInput', () => {
  it('counts a measured replica straight from the rate', () => {
    const input = buildPlanInput(planRequest())
    expect(input.replicas).toHaveLength(1)
    expect(Array.from(input.replicas[0]!.demand.replicas)).toEqual(Array.from({ length: 144 }, () => 1))
    // Little's law: requests in a full replica = rate x seconds there.
    expect(input.replicas[0]).toMatchObject({ slots: 8, requestSeconds: 8, gpusPerReplica: 1 })
  })

  it('plans without any GPU named, on own prices', () => {
    const prices = { providers: null, dedicatedPerHour: 2.17, serverlessPerSecond: 0.00104, egressPerGb: null, tokenOffers: [], sameModelApis: true }
    const result = plan(buildPlanInput(planRequest({ capacity: { by: 'replica-rps', replicaRps: 1.5, model: null, gpu: null, gpusPerReplica: 1, concurrency: null }, prices, catalog: catalogOf([]) })))
    expect(result.scenarios.map(({ id }) => id)).toContain('hybrid')
    expect(result.assumptions.find(({ name }) => name.startsWith('requests that a replica holds'))).toMatchObject({ value: 16 })
  })

  it('counts work that has no tokens by its GPU-seconds, and its egress', () => {
    const bins = flatBins(100, { work: { gpuSeconds: new Float64Array(144).fill(300), egressMb: new Float64Array(144).fill(200) } })
    const capacity = { by: 'gpu-seconds', perRequest: null, gpu: H100, concurrency: null } as const
    const traffic = { ...planRequest().traffic, bins }
    const input = buildPlanInput(planRequest({ traffic, capacity }))
    expect(input.replicas[0]!.demand.replicas[0]).toBeCloseTo(0.5, 12)
    expect(input.replicas[0]).toMatchObject({ slots: 1, requestSeconds: 3 })
    expect(input.egressGbPerRequest).toBeCloseTo(0.002, 12)
    const told = buildPlanInput(planRequest({ traffic: { ...traffic, bins: flatBins(100) }, capacity: { ...capacity, perRequest: 6 }, egressMbPerRequest: 5 }))
    expect([told.replicas[0]!.demand.replicas[0], told.egressGbPerRequest]).toEqual([1, 0.005])
  })

  it('asks for what it cannot know', () => {
    const capacity = { by: 'gpu-seconds', perRequest: null, gpu: H100, concurrency: null } as const
    expect(() => buildPlanInput(planRequest({ capacity }))).toThrow(code('CLI_USAGE'))
    expect(() => buildPlanInput(planRequest({ catalog: catalogOf([]) }))).toThrow(code('PLAN_PRICE_MISSING'))
    expect(() => buildPlanInput(planRequest({ traffic: { ...planRequest().traffic, bins: flatBins(0) } }))).toThrow(code('TRAFFIC_EMPTY'))
  })

  it('residency is hard: offers elsewhere or without a region are out, and the error says why none is left', () => {
    const constraints = { ...planRequest().constraints, residency: 'eu' }
    const catalog = catalogOf([offer(), offer({ id: 'here', region: 'eu-west-1' }), serverlessOffer()])
    const input = buildPlanInput(planRequest({ constraints, catalog }))
    expect([input.replicas[0]!.dedicated.map(({ id }) => id), input.replicas[0]!.serverless]).toEqual([['here'], []])
    expect(input.warnings).toEqual([expect.stringContaining('state no region')])
    expect(() => buildPlanInput(planRequest({ constraints, catalog: catalogOf([offer()]) }))).toThrow(expect.objectContaining({ code: 'PLAN_PRICE_MISSING', message: expect.stringContaining('--residency eu') }))
  })

  it('bare prices leave out operations and egress', () => {
    const serverless = { ...planRequest().serverless, linear: true }
    const input = buildPlanInput(planRequest({ serverless, ops: { dedicatedMonthly: 100, serverlessMonthly: 10, source: 'test' }, egressMbPerRequest: 3 }))
    expect([input.bare, input.ops.dedicatedMonthly, input.ops.serverlessMonthly, input.egressGbPerRequest]).toEqual([true, 0, 0, null])
  })
})
