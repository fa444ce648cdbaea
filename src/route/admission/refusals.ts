import { oneLine } from '../../core/errors.ts'
import { usdText } from '../../core/catalog/usd-text.ts'
import { NANO_PER_USD, type NanoUsd, toUsd } from '../../core/money.ts'
import type { Rejected } from '../seams.ts'
import type { SpendWindow } from './budget.ts'
import type { KeyState } from './key-state.ts'
import type { LoopConfig } from '../config-types.ts'
import type { LoopFinding } from './loop-guard.ts'

/** Tenant in the record of a call that no key vouches for. */
const NOBODY = 'unknown'

/** What an operator or a program may match on; stable. */
export const REFUSAL_CODES = [
  'missing_api_key',
  'invalid_api_key',
  'api_key_superseded',
  'api_key_disabled',
  'api_key_expired',
  'scope_missing',
  'model_not_allowed',
  'residency_conflict',
  'rate_limit_exceeded',
  'request_exceeds_rate_limit',
  'concurrency_limit_exceeded',
  'loop_detected',
  'loop_throttled',
  'budget_exceeded',
  'budget_reserved',
  'admission_not_ready',
] as const

export type RefusalCode = (typeof REFUSAL_CODES)[number]

export interface Refused extends Rejected {
  readonly code: RefusalCode
}

export function refuse(key: KeyState | null, status: Rejected['status'], code: RefusalCode, message: string, retryAfterMs: number | null = null): Refused {
  const retryAfterSeconds = retryAfterMs === null ? null : Math.max(1, Math.ceil(retryAfterMs / 1000))
  return { ok: false, status, code, message, retryAfterSeconds, keyId: key?.id ?? null, tenant: key?.tenant ?? NOBODY }
}

export function overBudget(key: KeyState, { budget, subject, spent, committed }: SpendWindow, estimate: NanoUsd, endsInMs: number | null): Refused {
  const { row, limit } = budget
  const about = row.scope === 'tenant' ? 'tenant' : `${row.scope} "${name(budget.each ? subject : row.value)}"`
  const rule = `Budget "${name(row.id)}" (${dollars(limit)} per ${row.period === 'total' ? 'lifetime' : row.period} for ${about})`
  const need = `this call may cost up to ${dollars(estimate)}`
  if (spent + estimate <= limit) {
    return refuse(key, 429, 'budget_reserved', `${rule} has ${dollars(limit - spent)} left, of which running calls hold ${dollars(committed - spent)}; ${need}. Try again when they have finished.`, 1000)
  }
  const left = spent >= limit ? 'is used up' : `has ${dollars(limit - spent)} left, and ${need}`
  const mend = endsInMs === null ? 'Ask for a higher budget.' : `It renews at the start of the next ${row.period}, UTC.`
  return refuse(key, 402, 'budget_exceeded', `${rule} ${left}. ${mend}`, endsInMs)
}

/** Written for the agent that reads it: what repeats, how often, what to do instead. */
export function loopStopped(key: KeyState, code: 'loop_detected' | 'loop_throttled', finding: LoopFinding, { windowMs, spendPerMinute }: LoopConfig, session: string | null): Refused {
  const where = session === null ? 'with this key' : `in session "${name(session)}"`
  const what = `The same request (same model, messages, tools and settings) was sent ${finding.repeats} times within ${seconds(windowMs)} ${where}, while ${where === 'with this key' ? 'the key' : 'the session'} spent ${dollars(BigInt(Math.round(finding.spent)))} in the last minute (limit ${dollars(BigInt(Math.round(spendPerMinute)))}).`
  const wait = seconds(finding.waitMs)
  if (code === 'loop_throttled') return refuse(key, 429, code, `${what} It is slowed down: send it again in ${wait}, or change it.`, finding.waitMs)
  return refuse(key, 403, code, `${what} It was stopped as a loop. Do not send it again: use an answer that you already have, change the request by what you have learned since, or end the task and say what blocked it. This exact request is refused for about ${wait}; other requests are not.`, finding.waitMs)
}

function seconds(ms: number): string {
  const whole = Math.max(1, Math.ceil(ms / 1000))
  return whole === 1 ? '1 second' : `${whole} seconds`
}

/** Cents, or every digit where there is less than one. */
function dollars(nano: NanoUsd): string {
  return nano <= 0n ? '$0.00' : nano < NANO_PER_USD / 100n ? `$${usdText(nano)}` : `$${toUsd(nano).toFixed(2)}`
}

/** Names that clients choose are shown short and on one line. */
function name(text: string): string {
  return oneLine(text.length > 64 ? `${text.slice(0, 61)}...` : text)
}
