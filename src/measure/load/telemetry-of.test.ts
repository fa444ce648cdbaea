import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rowProblem } from '../../store/telemetry/row-problem.ts'
import { anObservation, aScore } from '../../store/telemetry/testing.ts'
import { callObservation } from './call-observation.ts'
import { telemetryOf } from './telemetry-of.ts'
import { aCall } from './testing.ts'

describe('telemetryOf', () => {
  it('a call, what an application reported, a score, a gap', () => {
    expect(telemetryOf(aCall())).toEqual({ type: 'observation', observation: callObservation(aCall()) })
    expect(telemetryOf({ kind: 'observation', schemaVersion: 1, observation: anObservation() })).toEqual({ type: 'observation', observation: anObservation() })
    expect(telemetryOf({ kind: 'score', schemaVersion: 1, score: aScore() })).toEqual({ type: 'score', score: aScore() })
    expect(telemetryOf({ kind: 'gap', schemaVersion: 1, reason: 'queue-full', lost: 3, from: 1, until: 2 })).toEqual({ type: 'gap', lost: 3 })
    expect(telemetryOf({ kind: 'gap', schemaVersion: 1, reason: 'crash', lost: null, from: 1, until: 2 })).toEqual({ type: 'gap', lost: null })
  })

  it.each([{ kind: 'prewarm', schemaVersion: 1 }, { kind: 'call', schemaVersion: 2 }, {}, null, 7, 'call', []])('%j is something else', (record) => {
    expect(telemetryOf(record)).toEqual({ type: 'other' })
  })

  it.each([
    ['a call without attribution', { ...aCall(), attribution: undefined }],
    ['a call without attempts', { ...aCall(), attempts: null }],
    ['a call that cost "much"', { ...aCall(), cost: { ...aCall().cost, nanoUsd: 'much' } }],
    ['an observation that is none', { kind: 'observation', schemaVersion: 1 }],
    ['a score that is none', { kind: 'score', schemaVersion: 1, score: null }],
  ])('%s is malformed', (_, record) => {
    expect(telemetryOf(record)).toEqual({ type: 'malformed' })
  })

  it('whatever stands in a field, it throws nothing and lets nothing through that a store cannot hold', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(aCall())), fc.jsonValue(), (field, value) => {
        const telemetry = telemetryOf({ ...aCall(), [field]: value })
        expect(telemetry.type === 'observation' ? rowProblem(telemetry.observation) : null).toBeNull()
      }),
    )
  })
})
