import { describe, expect, it } from 'vitest'
import { DAY, MINUTE, MODELS, START, type CallPlan, type TraceBuilder } from './labelled/builder.ts'
import { analysed, found } from './testing.ts'

function calls(builder: TraceBuilder, count: number, of: (n: number) => Partial<CallPlan>, from = START): void {
  for (let n = 0; n < count; n++) builder.call({ at: from + n * MINUTE, feature: 'f', model: 'large', parts: [{ role: 'user', tokens: 400, text: 'same' }], output: 100, ...of(n) })
}

const both = (large: (n: number) => boolean, small: (n: number) => boolean, more: Partial<CallPlan> = {}) => (builder: TraceBuilder): void => {
  calls(builder, 600, (n) => ({ success: large(n), ...more }))
  calls(builder, 600, (n) => ({ model: 'small', success: small(n), ...more }))
}

const nineOfTen = (n: number): boolean => n % 10 !== 0

const spend = (builder: TraceBuilder, user: string, perDay: (day: number) => number): void => {
  for (let day = 0; day < 14; day++) calls(builder, perDay(day), () => ({ user, key: 'shared', fingerprint: `${user} ${day}` }), START + day * DAY)
}

describe('abandoned answers', () => {
  it('what was generated for nobody, not the prompt', async () => {
    expect(await found('abandoned', (builder) => calls(builder, 60, (n) => (n % 3 === 0 ? { outcome: 'client-aborted', output: 1000 } : {})))).toEqual([{ name: 'f', calls: 20, usd: (20 * 1000 * MODELS.large.output) / 1e9, maybe: false }])
  })

  it.each<[string, number, (n: number) => Partial<CallPlan>]>([
    ['nine of them', 100, (n) => (n < 9 ? { outcome: 'client-aborted', output: 1000 } : {})],
    ['one percent of what is spent', 2000, (n) => (n % 150 === 0 ? { outcome: 'client-aborted' } : {})],
    ['nothing had been generated', 60, (n) => (n % 3 === 0 ? { outcome: 'client-aborted', output: 0, free: true } : {})],
    ['failures, which are no leave-taking', 60, (n) => (n % 3 === 0 ? { outcome: 'timed-out', status: 504 } : {})],
  ])('%s: nothing', async (_, count, of) => expect(await found('abandoned', (builder) => calls(builder, count, of), 2)).toEqual([]))
})

describe('an expensive model on simple work', () => {
  it('where a cheaper one does as well: the difference of their prices', async () => {
    expect(await found('model-choice', both(nineOfTen, nineOfTen))).toEqual([{ name: 'f, large', calls: 600, usd: expect.closeTo((600 * (400 * 2750 + 100 * 13_750)) / 1e9, 1), maybe: false }])
  })

  it.each([
    ['the cheaper one does worse', both(nineOfTen, (n) => n % 5 !== 0)],
    ['long answers', both(nineOfTen, nineOfTen, { output: 900 })],
    ['tools', both(nineOfTen, nineOfTen, { tools: ['a'], called: ['a'] })],
  ])('%s: nothing', async (_, build) => expect(await found('model-choice', build)).toEqual([]))

  it('nobody judged, or nobody tried: perhaps, and in no sum', async () => {
    expect(await found('model-choice', (builder) => { calls(builder, 600, () => ({})); calls(builder, 600, () => ({ model: 'small' })) })).toMatchObject([{ maybe: true }])
    const { report } = await analysed((builder) => { calls(builder, 600, () => ({})); calls(builder, 600, () => ({ feature: 'other', model: 'small' })) })
    expect(report).toMatchObject({ lostNanoUsd: '0', findings: [{ kind: 'model-choice', hypothesis: true, confidence: 0.2 }] })
    expect(report.perhapsNanoUsd).toBe(report.findings[0]!.lostNanoUsd)
  })
})

describe('who eats the budget', () => {
  it('a user who jumps: what is above its past', async () => {
    expect(await found('concentration', (builder) => {
      for (let person = 0; person < 5; person++) spend(builder, `person-${person}`, () => 20)
      spend(builder, 'bot', (day) => (day < 10 ? 10 : 110))
    }, 14)).toEqual([{ name: 'bot', calls: 440, usd: expect.closeTo((400 * (400 * 3000 + 100 * 15_000)) / 1e9, 2), maybe: false }])
  })

  it('who spends most of it, among many: told, and nothing is lost by that alone', async () => {
    expect(await found('concentration', (builder) => {
      for (let person = 0; person < 12; person++) spend(builder, `person-${person}`, () => 3)
      spend(builder, 'robot', () => 60)
    }, 14)).toEqual([{ name: 'robot', calls: 840, usd: 0, maybe: false }])
  })
})
