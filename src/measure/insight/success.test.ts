import { expect, it } from 'vitest'
import { anObservation, aScore } from '../../store/telemetry/testing.ts'
import { successOf, Successes } from './success.ts'

it.each([
  [{ name: 'success', value: 1 }, true],
  [{ name: 'thumb', value: 0 }, false],
  [{ name: 'Correctness', value: 0.5 }, true],
  [{ name: 'outcome', value: null, label: 'resolved' }, true],
  [{ name: 'task outcome', value: null, label: 'Failed' }, false],
  [{ name: 'outcome', value: null, label: 'escalated' }, null],
  [{ name: 'toxicity', value: 1 }, null],
  [{ name: 'quality', value: 7 }, null],
])('%j says success: %s', (score, success) => expect(successOf(aScore(score))).toBe(success))

it("a call's own score counts before its trace's, that before its session's", () => {
  const successes = new Successes()
  const call = anObservation({ id: 'c', attribution: { traceId: 't', session: 's' } })
  expect(successes.of(call)).toBeNull()
  successes.add(aScore({ sessionId: 's', value: 1 }))
  expect(successes.of(call)).toBe(true)
  successes.add(aScore({ traceId: 't', value: 0 }))
  expect(successes.of(call)).toBe(false)
  successes.add(aScore({ observationId: 'c', traceId: 't', value: 1 }))
  expect(successes.of(call)).toBe(true)
})
