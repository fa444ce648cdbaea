import { describe, expect, it } from 'vitest'
import type { TraceStep } from '../../api/questions.ts'
import { flatSteps } from './flat-steps.ts'

const step = (id: string, name: string, children: TraceStep[] = []): TraceStep => ({ id, kind: 'tool', name, startedAt: '2026-11-01T00:00:00Z', offsetMs: 0, durationMs: 1, outcome: 'ok', model: null, tool: null, billable: false, inputTokens: 0, outputTokens: 0, costUsd: '0', costStatus: 'complete', calls: 0, children })

describe('a trace as lines', () => {
  it('has parents before what is below them, with depths', () => {
    expect(flatSteps([step('a', 'agent', [step('b', 'plan', [step('c', 'call')]), step('d', 'answer')])]).map((line) => [line.step.id, line.depth])).toEqual([['a', 0], ['b', 1], ['c', 2], ['d', 1]])
  })

  it('counts what repeats beside each other', () => {
    expect(flatSteps([step('a', 'agent', [step('b', 'look'), step('c', 'think'), step('d', 'look')])]).map(({ step: { id }, time, times }) => [id, time, times])).toEqual([['a', 1, 1], ['b', 1, 2], ['c', 1, 1], ['d', 2, 2]])
  })

  it('of nothing is nothing', () => {
    expect(flatSteps([])).toEqual([])
  })
})
