import { describe, expect, it } from 'vitest'
import { operationsOf, opsPresetMonthly } from './operations.ts'
import { dedicatedOption, serverlessOption } from './testing.ts'

const none = { dedicated: null, dedicatedReplicas: 0, gpusPerReplica: 1, rentedMax: 0, scheduled: false, serverless: null, tokens: false }

describe('operationsOf', () => {
  it('states what must be run, with its numbers', () => {
    expect(operationsOf({ ...none, dedicated: dedicatedOption('d', 1), dedicatedReplicas: 1 })[0]).toContain('1 inference server of 1 GPU each')
    expect(operationsOf({ ...none, dedicatedReplicas: 3, gpusPerReplica: 2, serverless: serverlessOption('s', 1) })).toEqual([
      expect.stringContaining('3 inference servers of 2 GPUs each'),
      expect.stringContaining('a serverless endpoint'),
      expect.stringContaining('a router in front of both'),
    ])
    expect(operationsOf({ ...none, rentedMax: 4, scheduled: true })[0]).toContain('up to 4 more servers started and stopped on a schedule')
    expect(operationsOf({ ...none, rentedMax: 4 })[0]).toContain('by the hour, automatically')
    expect(operationsOf({ ...none, tokens: true })).toEqual([expect.stringContaining('an API key')])
  })
})

describe('opsPresetMonthly', () => {
  it('is a share of a salary in absolute dollars, not of the sticker price', () => {
    expect(opsPresetMonthly('kubernetes')).toBeCloseTo((0.25 * 200_000) / 12, 6)
    expect(opsPresetMonthly('none')).toBe(0)
  })
})
