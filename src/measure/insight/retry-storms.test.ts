import { describe, expect, it } from 'vitest'
import { anObservation } from '../../store/telemetry/testing.ts'
import { HOUR, MINUTE, SECOND, START, type CallPlan, type TraceBuilder } from './labelled/builder.ts'
import { asksForRetry } from './retry-storms.ts'
import { found } from './testing.ts'

/** So many requests of a dollar, each tried so often, the gap apart; all but the last try end as `failing` says. */
function chains(builder: TraceBuilder, count: number, tries: number, failing: Partial<CallPlan>, { gapMs = 500, counts = false, apartMs = SECOND }: { readonly gapMs?: number; readonly counts?: boolean; readonly apartMs?: number } = {}): void {
  for (let n = 0; n < count; n++) {
    let at = START + n * apartMs
    for (let attempt = 0; attempt < tries; attempt++) {
      const call = builder.call({ at, feature: 'import', model: 'plain', parts: [{ role: 'user', tokens: 333_333, text: `${n}` }], output: 0, durationMs: 100, fingerprint: `f${n}`, ...(attempt < tries - 1 ? failing : {}), ...(counts ? { retry: attempt } : {}) })
      at += call.durationMs + gapMs
    }
  }
}

const LIMITED: Partial<CallPlan> = { outcome: 'upstream-failed', status: 429, free: true }
const TIMED_OUT: Partial<CallPlan> = { outcome: 'timed-out', status: 504 }

describe('retry storms', () => {
  it('only attempts that cost are lost: timeouts are paid, and tried again', async () => {
    expect(await found('retry-storm', (builder) => chains(builder, 30, 3, TIMED_OUT))).toEqual([{ name: 'import', calls: 60, usd: expect.closeTo(60, 3), maybe: false }])
  })

  it('refusals cost nothing, and the storm is told all the same', async () => {
    expect(await found('retry-storm', (builder) => chains(builder, 30, 4, LIMITED))).toEqual([{ name: 'import', calls: 90, usd: 0, maybe: false }])
  })

  it('a client that gave up and counts its tries', async () => {
    expect(await found('retry-storm', (builder) => chains(builder, 30, 3, { outcome: 'client-aborted' }, { counts: true }))).toMatchObject([{ calls: 60 }])
  })

  it.each<[string, (builder: TraceBuilder) => void]>([
    ['fewer than 20 retries in five minutes', (builder) => chains(builder, 9, 3, TIMED_OUT)],
    ['one retry for each of many, over a day', (builder) => chains(builder, 60, 2, TIMED_OUT, { apartMs: 20 * MINUTE })],
    ['few failures among many successes', (builder) => { chains(builder, 15, 3, TIMED_OUT); for (let n = 0; n < 100; n++) builder.call({ at: START + n * SECOND, feature: 'import', model: 'plain', parts: [{ role: 'user', tokens: 9, text: `ok ${n}` }], output: 1 }) }],
    ['the same request more than a minute after it failed', (builder) => chains(builder, 30, 3, TIMED_OUT, { gapMs: 61 * SECOND })],
    ['the same request after it went well', (builder) => chains(builder, 30, 3, {})],
    ['somebody who stopped an answer and asks again', (builder) => chains(builder, 30, 3, { outcome: 'client-aborted' })],
    ['a client that says of each that it is the first', (builder) => { for (let n = 0; n < 90; n++) builder.call({ at: START + n * SECOND, feature: 'import', model: 'plain', parts: [{ role: 'user', tokens: 9, text: 'x' }], output: 1, fingerprint: 'f', retry: 0, ...TIMED_OUT }) }],
    ['hours apart', (builder) => chains(builder, 30, 2, LIMITED, { gapMs: HOUR })],
  ])('%s: no storm', async (_, build) => expect(await found('retry-storm', build)).toEqual([]))
})

it.each([
  [{ outcome: 'ok', status: 200 }, false],
  [{ outcome: 'client-aborted', status: 200 }, false],
  [{ outcome: 'refused', status: 402 }, false],
  [{ outcome: 'refused', status: 429 }, true],
  [{ outcome: 'error', status: 400 }, false],
  [{ outcome: 'error', status: 500 }, true],
  [{ outcome: 'error', status: null }, true],
  [{ outcome: 'timed-out', status: null }, true],
] as const)('%j is tried again: %s', (parts, again) => expect(asksForRetry(anObservation(parts))).toBe(again))
