import type { Observation } from '../../core/observation.ts'
import { SAME_CALL_MS } from '../telemetry.ts'
import { canBeBillable } from './call-figures.ts'

/** What the rule of two views needs to know of an observation, and may change. */
export interface CallView {
  readonly source: Observation['source']
  readonly startedAt: number
  billable: boolean
  /** In the order of `FILLED`; a gateway's nulls are filled from what the application says. */
  readonly filled: (string | null)[]
}

/** Of the gateway's view, what an application's view may fill. `traceId` and `parentSpanId` only together. */
export const FILLED = ['user', 'feature', 'session', 'prompt', 'promptVersion', 'traceId', 'parentSpanId'] as const
const PROMPT = FILLED.indexOf('prompt')
const VERSION = FILLED.indexOf('promptVersion')
const TRACE = FILLED.indexOf('traceId')
const PARENT = FILLED.indexOf('parentSpanId')

export function viewOf(observation: Observation): CallView {
  return { source: observation.source, startedAt: observation.startedAt, billable: observation.billable && canBeBillable(observation), filled: FILLED.map((field) => observation.attribution[field]) }
}

/** Applies the rule to a view that comes and one that was there, in place. Says whether they are two views of one call. */
export function mergeViews(one: CallView, other: CallView): boolean {
  if ((one.source === 'gateway') === (other.source === 'gateway') || Math.abs(one.startedAt - other.startedAt) > SAME_CALL_MS) return false
  const [gateway, application] = one.source === 'gateway' ? [one, other] : [other, one]
  application.billable = false
  for (const [index, value] of gateway.filled.entries()) {
    // A version belongs to its prompt, and a parent to its trace: neither is taken alone.
    if (value === null && index !== VERSION && index !== PARENT) {
      gateway.filled[index] = application.filled[index]!
      if (index === PROMPT) gateway.filled[VERSION] = application.filled[VERSION]!
      if (index === TRACE) gateway.filled[PARENT] = application.filled[PARENT]!
    }
  }
  return true
}

/** The observation as the rule leaves it. */
export function withView(observation: Observation, { billable, filled }: CallView): Observation {
  if (billable === observation.billable && FILLED.every((field, index) => filled[index] === observation.attribution[field])) return observation
  return { ...observation, billable, attribution: { ...observation.attribution, ...Object.fromEntries(FILLED.map((field, index) => [field, filled[index]!])) } }
}
