/** Fields that are never logged, wherever they stand, by their names in small letters without dashes and underscores. */
const BODIES: ReadonlySet<string> = new Set('body rawbody json raw messages messagecontent content contents prompt prompts input inputs output outputs completion choices text delta arguments toolcalls tools system instructions'.split(' '))
const CREDENTIALS = /secret|password|passphrase|pepper|credential|authorization|cookie|apikey|accesskey|privatekey|token$/u
/** What looks like a credential in any text: Spillway's keys, those of the providers that we know, bearer tokens, AWS ids, JWTs. */
const LOOKS = /\b(?:sw_|sk-(?:ant-|proj-|or-)?|rpa_|r8_|hf_|gsk_|ghp_|xox[abp]-|tgp_v1_|fw_)[\w-]{8,}|\bAKIA[0-9A-Z]{16}\b|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\b(?:Bearer|Basic)\s+[\w.~+/=-]{6,}/gu
export const REDACTED = '[redacted]'

const MAX_DEPTH = 6
const MAX_ITEMS = 50
const MAX_TEXT = 2000

/** Replaces known secrets, and what looks like one, in a text of at most 2000 characters. */
export function redactText(text: string, secrets: readonly string[]): string {
  let safe = text
  for (const secret of secrets) if (secret.length >= 4) safe = safe.replaceAll(secret, REDACTED)
  return safe.replaceAll(LOOKS, REDACTED)
}

/** A copy of a value that is fit for a log: bounded, without secrets and without what a call says. Errors keep name, code and text. */
export function redactValue(value: unknown, secrets: readonly string[], depth = 0): unknown {
  if (typeof value === 'string') return redactText(value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}...` : value, secrets)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '[deep]'
  // Bytes are bodies.
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return REDACTED
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redactValue(item, secrets, depth + 1))
  if (value instanceof Error) return redactError(value, secrets, depth)
  const entries = value instanceof Map ? [...value].map(([key, item]) => [String(key), item] as const) : value instanceof Set ? [['values', [...value]] as const] : Object.entries(value)
  return Object.fromEntries(entries.slice(0, MAX_ITEMS).map(([name, item]) => [redactText(name, secrets), isText(item) && isPrivate(name) ? REDACTED : redactValue(item, secrets, depth + 1)]))
}

function isPrivate(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[-_\s]/gu, '')
  return BODIES.has(plain) || CREDENTIALS.test(plain)
}

/** Numbers say how much, never what: `output: 12` may be logged. */
function isText(value: unknown): boolean {
  return typeof value !== 'number' && typeof value !== 'boolean' && value !== null && value !== undefined
}

/** The text of an error may quote a body: JSON.parse does. So its first line only, and the stack without it. */
function redactError(error: Error, secrets: readonly string[], depth: number): Record<string, unknown> {
  const { code } = error as NodeJS.ErrnoException
  const quotesInput = error instanceof SyntaxError
  const text = quotesInput ? 'invalid JSON' : (error.message.split('\n', 1)[0] ?? '')
  return {
    type: error.name,
    ...(code === undefined ? {} : { code: redactValue(code, secrets, depth + 1) }),
    message: redactValue(text, secrets, depth + 1),
    stack: redactText((error.stack ?? '').split('\n').filter((line) => /^\s+at /u.test(line)).slice(0, 20).join('\n'), secrets),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, secrets, depth + 1) }),
  }
}
