import type { Observation, Score } from '../../core/observation.ts'

/** Longest id or name, in UTF-16 units, that is kept. */
const LONGEST = 1024
/** Years 1900 to 2200: beyond them a time is no time of a call. */
const EARLIEST = -2_208_988_800_000
const LATEST = 7_258_118_400_000
const MOST_TOKENS = 4_000_000_000
const LARGEST_COST = 9_000_000_000_000_000_000n
const MONEY = /^-?\d{1,19}$/u

/** Why an observation cannot be stored, or null. Whoever makes observations cuts and mends before; this is the last line. */
export function rowProblem(observation: Observation): string | null {
  const { tenant, id, startedAt, durationMs, cost, usage, attempts, clientRetry } = observation
  if (!fits(tenant)) return 'no tenant'
  if (!fits(id)) return 'no id, or one that is too long'
  if (!(startedAt >= EARLIEST && startedAt < LATEST)) return 'a start out of range'
  if (!(durationMs >= 0 && durationMs < MOST_TOKENS)) return 'a duration out of range'
  if (!MONEY.test(cost.nanoUsd) || magnitude(cost.nanoUsd) > LARGEST_COST) return 'an amount out of range'
  if (!isCount(attempts) || (clientRetry !== null && !isCount(clientRetry))) return 'a count out of range'
  for (const tokens of Object.values(usage)) if (!isCount(tokens)) return 'a token count out of range'
  return null
}

/** The same for a score. */
export function scoreProblem({ tenant, id, name, at, value }: Score): string | null {
  if (!fits(tenant)) return 'no tenant'
  if (!fits(id)) return 'no id, or one that is too long'
  if (!fits(name)) return 'no name, or one that is too long'
  if (!(at >= EARLIEST && at < LATEST)) return 'a time out of range'
  return value !== null && !Number.isFinite(value) ? 'a value that is no number' : null
}

function fits(text: string): boolean {
  return text.length > 0 && text.length <= LONGEST
}

/** The sum over a call's eight buckets fits 32 bits as well. */
function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS / 8
}

function magnitude(text: string): bigint {
  const value = BigInt(text)
  return value < 0n ? -value : value
}
