import { describe, expect, it } from 'vitest'
import { SpillwayError } from '../core/errors.ts'
import { checkPlanInput } from './check-input.ts'
import type { PlanInput } from './plan-input.ts'
import { dedicatedOption, demandOf, planInput, serverlessOption } from './testing.ts'

const good = planInput(demandOf([1, 2]), 0.6)
const [replica] = good.replicas
const codeOf = (input: PlanInput): string => {
  try {
    checkPlanInput(input)
  } catch (error) {
    return error instanceof SpillwayError ? error.code : 'not coded'
  }
  return 'accepted'
}

describe('checkPlanInput', () => {
  it('accepts what makes sense', () => {
    expect(codeOf(good)).toBe('accepted')
  })

  it.each<[string, Partial<PlanInput>, string]>([
    ['no bins', { replicas: [{ ...replica!, demand: demandOf([]) }] }, 'TRAFFIC_EMPTY'],
    ['a demand that is no number', { replicas: [{ ...replica!, demand: demandOf([1, Number.NaN]) }] }, 'NUMBER_INVALID'],
    ['a demand below zero', { replicas: [{ ...replica!, demand: demandOf([1, -1]) }] }, 'NUMBER_INVALID'],
    ['infinite demand', { replicas: [{ ...replica!, demand: demandOf([1, Number.POSITIVE_INFINITY]) }] }, 'NUMBER_INVALID'],
    ['a free GPU', { replicas: [{ ...replica!, dedicated: [dedicatedOption('x', 0)] }] }, 'PLAN_PRICE_INVALID'],
    ['a NaN price', { replicas: [{ ...replica!, dedicated: [dedicatedOption('x', Number.NaN)] }] }, 'PLAN_PRICE_INVALID'],
    ['free serverless', { replicas: [{ ...replica!, serverless: [serverlessOption('x', 0)] }] }, 'PLAN_PRICE_INVALID'],
    ['egress below zero', { replicas: [{ ...replica!, serverless: [serverlessOption('x', 1, { egressPerGb: -1 })] }] }, 'PLAN_PRICE_INVALID'],
    ['a throughput error that is no number', { replicas: [{ ...replica!, throughputError: Number.NaN }] }, 'NUMBER_INVALID'],
    ['operations below zero', { ops: { dedicatedMonthly: -1, serverlessMonthly: 0, source: 'x' } }, 'PLAN_PRICE_INVALID'],
    ['an API bill that is no number', { tokens: [{ id: 'a', title: 'a', usdByDay: Float64Array.of(Number.NaN), missing: [], source: 'x', asOf: '2026-11-24' }] }, 'PLAN_PRICE_INVALID'],
    ['growth below zero', { growthSd: -0.1 }, 'NUMBER_INVALID'],
    ['headroom that is no number', { headroom: Number.NaN }, 'NUMBER_INVALID'],
    ['no rental term', { elastic: { ...good.elastic, termSeconds: 0 } }, 'NUMBER_INVALID'],
    ['notice below zero', { elastic: { ...good.elastic, noticeSeconds: -1 } }, 'NUMBER_INVALID'],
    ['a fraction of a resample', { resamples: 1.5 }, 'NUMBER_INVALID'],
    ['a million resamples', { resamples: 1_000_000 }, 'NUMBER_INVALID'],
  ])('refuses %s', (_, over, code) => {
    expect(codeOf({ ...good, ...over })).toBe(code)
  })
})
