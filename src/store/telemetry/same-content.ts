import type { Observation } from '../../core/observation.ts'

/** Whether two observations of one id say the same of what counts: when, how long, which model, tokens, money, outcome. */
export function sameContent(one: Observation, other: Observation): boolean {
  return contentOf(one) === contentOf(other)
}

function contentOf({ source, kind, name, startedAt, durationMs, provider, modelAsked, modelServed, outcome, status, usage, cost }: Observation): string {
  return JSON.stringify([source, kind, name, microseconds(startedAt), microseconds(durationMs), provider, modelAsked, modelServed, outcome, status, Object.entries(usage).toSorted(([a], [b]) => (a < b ? -1 : 1)), cost.nanoUsd, cost.status])
}

function microseconds(ms: number): number {
  return Math.round(ms * 1000)
}
