import { describe, expect, it } from 'vitest'
import { chooseOffers } from './choose-offers.ts'
import type { PlanInput, ReplicaOption } from './plan-input.ts'
import { plan } from './plan.ts'
import { mixScenario } from './scenario-mix.ts'
import { dedicatedOption, demandOf, planInput } from './testing.ts'

const NONE = { dedicated: 0, serverless: 0 }
/** 2.5 replicas around the clock; `capacity` of such a replica a kind does. */
function withKinds(kinds: readonly (readonly [gpu: string, perHour: number, capacity: number])[], peak = 2.5): PlanInput {
  const demand = demandOf(
    Array.from({ length: 48 }, () => peak),
    3600,
  )
  const input = planInput(demand, 1)
  const replicas = kinds.map(([gpu, perHour, capacity]): ReplicaOption => ({
    ...input.replicas[0]!,
    gpu,
    dedicated: [dedicatedOption(`${gpu}-offer`, perHour)],
    demand: { ...demand, replicas: demand.replicas.map((value) => value / capacity) },
  }))
  return { ...input, replicas }
}
const mixOf = (input: PlanInput) => {
  const { best, all } = chooseOffers(input)
  return mixScenario(best, all, NONE)
}

describe('mixScenario', () => {
  it('pays for whole replicas of two kinds what one kind would leave idle', () => {
    const input = withKinds([
      ['large', 0.5, 1],
      ['small', 0.28, 0.5],
    ])
    expect(mixOf(input)?.spec).toMatchObject({ id: 'hybrid-multi-gpu', base: 3, byGpu: { large: 2, small: 1 }, notConsidered: expect.stringContaining('second kind') })
    const shown = plan({ ...input, resamples: 20 }).scenarios.find(({ id }) => id === 'hybrid-multi-gpu')!
    expect(shown.monthlyUsd).toBeCloseTo(730 * 1.28, 6)
    expect(shown.utilization).toBeCloseTo(1, 9)
    expect(shown.lowerBoundMonthlyUsd!).toBeCloseTo(730 * 2.5 * 0.5, 6)
  })

  it('says when one kind alone is best', () => {
    expect(
      mixOf(
        withKinds([
          ['large', 0.5, 1],
          ['small', 0.9, 0.5],
        ]),
      )?.spec,
    ).toMatchObject({ notConsidered: 'The best mix is a single kind of replica.' })
  })

  it('needs two kinds, a serverless offer and some demand', () => {
    expect(mixOf(withKinds([['large', 0.5, 1]]))).toBeNull()
    expect(
      mixOf(
        withKinds(
          [
            ['large', 0.5, 1],
            ['small', 0.28, 0.5],
          ],
          0,
        ),
      ),
    ).toBeNull()
  })

  it('says when it did not search, or not over all kinds', () => {
    expect(
      mixOf(
        withKinds(
          [
            ['a', 0.5, 1],
            ['b', 0.28, 0.5],
            ['c', 0.2, 0.3],
          ],
          200,
        ),
      ),
    ).toEqual({ warning: expect.stringContaining('not searched: more than 400,000 combinations') })
    expect(
      mixOf(
        withKinds([
          ['a', 0.5, 1],
          ['b', 0.28, 0.5],
          ['c', 0.2, 0.3],
          ['d', 0.9, 0.3],
        ]),
      )?.warning,
    ).toContain('left out: d')
  })
})
