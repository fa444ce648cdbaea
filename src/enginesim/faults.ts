import { SpillwayError } from '../core/errors.ts'
import type { Random } from '../core/random.ts'

/**
 * Ways to fail. `rate-limit` 429 with Retry-After; `error` 500; `unavailable` 503; `reset` before any header; `hang`: not
 * a byte; `reset-stream` after some tokens; `half-chunk`: half an event, then the connection closes; `truncate`: ends
 * well-formed but without the end mark; `slow`: each token later; `endless-line`, `wrong-type`, `gzip-bomb`,
 * `invalid-json`: answers that nobody should swallow.
 */
export const FAULT_KINDS = ['rate-limit', 'error', 'unavailable', 'reset', 'hang', 'reset-stream', 'half-chunk', 'truncate', 'slow', 'endless-line', 'wrong-type', 'gzip-bomb', 'invalid-json'] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface Fault {
  readonly kind: FaultKind
  /** Of `rate-limit` and `unavailable`. */
  readonly retryAfterSeconds: number
  /** Tokens before a fault in mid-stream. */
  readonly afterTokens: number
  /** Simulated milliseconds more before each token. */
  readonly delayMs: number
  /** Length of the endless line, and of the bomb when it is unpacked. */
  readonly bytes: number
}

/** A fault and the share of requests that it befalls. */
export interface FaultRule {
  readonly fault: Fault
  readonly rate: number
}

const DEFAULTS = { retryAfterSeconds: 1, afterTokens: 3, delayMs: 1000, bytes: 64 * 2 ** 20 }
const MOST_BYTES = 2 ** 30
const NAMES: Readonly<Record<string, keyof typeof DEFAULTS>> = { 'retry-after': 'retryAfterSeconds', after: 'afterTokens', ms: 'delayMs', bytes: 'bytes' }

/** Reads `kind` or `kind;after=5;ms=200;retry-after=7;bytes=1000000`. Throws CLI_USAGE for anything else. */
export function parseFault(text: string): Fault {
  const [kind = '', ...settings] = text.split(';').map((part) => part.trim())
  if (!isKind(kind)) throw usage(`"${kind}" is no fault`, `Use ${FAULT_KINDS.join(', ')}`)
  const values: Record<keyof typeof DEFAULTS, number> = { ...DEFAULTS }
  for (const setting of settings) {
    const [, name = '', value = ''] = /^([a-z-]+)=(\d+(?:\.\d+)?)$/u.exec(setting) ?? []
    const key = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
    if (key === undefined) throw usage(`"${setting}" is no setting of a fault`, `Use ${Object.keys(NAMES).join('=N, ')}=N`)
    values[key] = Number(value)
  }
  return { kind, ...values, bytes: Math.min(values.bytes, MOST_BYTES) }
}

/** Reads `kind=0.05` or `kind=0.01;after=5`: the rate, then settings. Throws CLI_USAGE for anything else. */
export function parseFaultRule(text: string): FaultRule {
  const [, kind = '', rate = '', settings = ''] = /^([a-z0-9-]+)=([^;]+)(.*)$/u.exec(text.trim()) ?? []
  const share = Number(rate)
  if (kind === '' || rate.trim() === '' || !(share >= 0 && share <= 1)) throw usage(`"${text}" is no fault with a rate`, 'Write kind=RATE with a rate from 0 to 1, such as rate-limit=0.05')
  return { fault: parseFault(kind + settings), rate: share }
}

/** The fault that befalls the next request; null = none. One draw a request, whatever the rules. */
export function drawFault(rules: readonly FaultRule[], random: Random): Fault | null {
  if (rules.length === 0) return null
  let left = random()
  for (const { fault, rate } of rules) {
    if (left < rate) return fault
    left -= rate
  }
  return null
}

function isKind(text: string): text is FaultKind {
  return (FAULT_KINDS as readonly string[]).includes(text)
}

function usage(message: string, mend: string): SpillwayError {
  return new SpillwayError('CLI_USAGE', message, mend)
}
