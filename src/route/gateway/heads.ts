import type { Answer } from './answer.ts'
import { usdText } from './meter.ts'
import type { Metered } from './meter.ts'
import { passHeaders } from './reply.ts'
import type { FlatHeaders } from './reply.ts'

/** What every answer says of its call. */
export interface HeadFacts {
  readonly callId: string
  readonly reason: string
  readonly pool: string | null
  readonly warning: string | null
}

/** The head of an answer of ours. */
export function ownHead({ callId, reason, pool, warning }: HeadFacts, contentType = 'application/json'): FlatHeaders {
  const headers = ['content-type', contentType, 'x-spillway-call-id', callId, 'x-spillway-reason', reason]
  if (pool !== null) headers.push('x-spillway-pool', pool)
  if (warning !== null) headers.push('x-spillway-warning', warning)
  return headers
}

/** The head of an upstream's answer. */
export function answerHead(facts: HeadFacts, answer: Answer): FlatHeaders {
  const headers = ownHead(facts, answer.contentType)
  passHeaders(answer.headers, headers)
  for (const name in answer.notices) headers.push(name, answer.notices[name]!)
  if (answer.streamed) headers.push('cache-control', 'no-cache', 'x-accel-buffering', 'no')
  return headers
}

export function pushCost(headers: FlatHeaders, { cost, status }: Metered): void {
  headers.push('x-spillway-cost-usd', usdText(cost))
  if (status !== 'complete') headers.push('x-spillway-cost-status', status)
}

export function costTrailers({ cost, status }: Metered): Record<string, string> {
  return { 'x-spillway-cost-usd': usdText(cost), 'x-spillway-cost-status': status }
}
