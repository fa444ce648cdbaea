import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseOffers } from './choose-offers.ts'
import { linearOverflow } from './market.ts'
import { marginalLevels } from './marginal.ts'
import type { MarginalLevel } from './plan-result.ts'
import type { PlanInput } from './plan-input.ts'
import { dedicatedOption, demandOf, planInput, serverlessOption } from './testing.ts'

const levelsOf = (values: readonly number[], p: number, over: Partial<PlanInput> = {}, e = 1, k = 1): MarginalLevel[] => {
  const input = planInput(demandOf(values), p, over)
  const serverless = [serverlessOption('s', 1, { overflow: linearOverflow(e, k) })]
  const { best } = chooseOffers({ ...input, replicas: [{ ...input.replicas[0]!, serverless }] })
  return marginalLevels(best, (730 * 6) / values.length)
}

const opsOf = (dedicatedMonthly: number): Partial<PlanInput> => ({ ops: { dedicatedMonthly, serverlessMonthly: 0, source: 'test' } })

describe('marginalLevels', () => {
  it('says of each replica what it costs by each means: filled 100 % it is owned, filled 25 % it is not', () => {
    const [one, two] = levelsOf([1, 1, 1, 2], 0.6)
    expect(one).toEqual({
      level: 1,
      meanFill: 1,
      breakEven: expect.closeTo(0.6, 12),
      choice: 'dedicated',
      dedicatedUsd: expect.closeTo(438, 9),
      serverlessUsd: expect.closeTo(730, 9),
      savesUsd: expect.closeTo(292, 9),
    })
    expect(two).toMatchObject({ choice: 'serverless', serverlessUsd: expect.closeTo(182.5, 9), savesUsd: expect.closeTo(255.5, 9) })
  })

  it('breaks even at (p/s) / (k e), and the choice keeps to it', () => {
    const values = fc.array(fc.double({ min: 0.01, max: 9, noNaN: true }), { minLength: 2, maxLength: 40 })
    fc.assert(
      fc.property(
        values,
        fc.double({ min: 0.1, max: 1.2, noNaN: true }),
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        fc.double({ min: 1, max: 2, noNaN: true }),
        (trace, p, e, k) => {
          for (const { meanFill, breakEven, choice } of levelsOf(trace, p, {}, e, k)) {
            expect(breakEven! * k * e).toBeCloseTo(p, 6)
            expect(choice === 'dedicated' ? meanFill - breakEven! : breakEven! - meanFill).toBeGreaterThanOrEqual(-1e-6)
          }
        },
      ),
    )
  })

  it('operations that are paid anyway do not weigh on a level; those that prevent owning do', () => {
    expect(levelsOf([2, 2], 0.5, opsOf(100))[0]).toMatchObject({ choice: 'dedicated', breakEven: expect.closeTo(0.5, 12) })
    // 2 levels save 730 together; 876 of operations over 2 x 365 of rent is h = 1.2.
    const [prevented] = levelsOf([2, 2], 0.5, opsOf(876))
    expect(prevented).toMatchObject({ choice: 'serverless', breakEven: expect.closeTo(0.5 * 2.2, 9), savesUsd: expect.closeTo(365 * 2.2 - 730, 6) })
  })

  it('knows nothing of an offer that is not there', () => {
    const input = planInput(demandOf([2, 1]), 0.6)
    const without = (over: Partial<PlanInput['replicas'][number]>): MarginalLevel =>
      marginalLevels(chooseOffers({ ...input, replicas: [{ ...input.replicas[0]!, ...over }] }).best, 1)[0]!
    expect(without({ serverless: [] })).toMatchObject({ choice: 'dedicated', breakEven: null, serverlessUsd: null, savesUsd: null })
    expect(without({ dedicated: [] })).toMatchObject({ choice: 'serverless', breakEven: null, dedicatedUsd: null, savesUsd: null })
    expect(without({ dedicated: [dedicatedOption('x', 0.5)] }).dedicatedUsd).toBeGreaterThan(0)
  })
})
