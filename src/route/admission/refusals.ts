import { oneLine } from '../../core/errors.ts'
import { usdText } from '../../core/catalog/usd-text.ts'
import { NANO_PER_USD, type NanoUsd, toUsd } from '../../core/money.ts'
import type { Rejected } from '../seams.ts'
import type { SpendWindow } from './budget.ts'
import type { KeyState } from './key-state.ts'
import type { LoopFinding, Watched } from './loop-guard.ts'

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
  'spend_throttled',
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
export function loopStopped(key: KeyState, { rule, steps }: Watched, finding: LoopFinding, session: string | null): Refused {
  const { verdict, by, repeats, waitMs } = finding
  const where = session === null ? 'with this key' : `in session "${name(session)}"`
  const spent = `${session === null ? 'the key' : 'the session'} spent ${dollars(BigInt(Math.round(finding.spent)))} in the last minute (limit ${dollars(BigInt(Math.round(rule.spendPerMinute)))})`
  const wait = seconds(waitMs)
  if (by === 'spend') return refuse(key, 429, 'spend_throttled', `Calls ${where} are slowed down: ${spent}. Nothing is wrong with this request: send it again in ${wait}.`, waitMs)
  const what =
    by === 'request'
      ? `The same request (same model, messages, tools and settings) was sent ${repeats} times within ${seconds(rule.windowMs)} ${where}, while ${spent}.`
      : `The messages end with the same steps ${repeats} times in a row (${steps!.period === 1 ? '' : `a cycle of ${steps!.period}, the last of them `}tool "${name(steps!.tool)}", the same arguments, the same result), while ${spent}.`
  if (verdict === 'throttle') return refuse(key, 429, 'loop_throttled', `${what} It is slowed down: send it again in ${wait}, or change it.`, waitMs)
  const mend = by === 'request' ? 'use an answer that you already have, change the request by what you have learned since,' : 'the tool will say the same again. Use what it said, try another way,'
  return refuse(key, 403, 'loop_detected', `${what} It was stopped as a loop. Do not send it again: ${mend} or end the task and say what blocked it. This exact ${by === 'request' ? 'request' : 'repetition'} is refused for about ${wait}; other requests are not.`, waitMs)
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
