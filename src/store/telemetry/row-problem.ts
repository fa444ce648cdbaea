import type { Observation, Score } from '../../core/observation.ts'

/** Longest id or name, in UTF-16 units, that is kept. */
const LONGEST = 1024
/** Years 1900 to 2200: beyond them a time is no time of a call. */
const EARLIEST = -2_208_988_800_000
const LATEST = 7_258_118_400_000
const MOST_TOKENS = 4_000_000_000
const LARGEST_COST = 9_000_000_000_000_000_000n
const MONEY = /^-?\d{1,19}$/u

/**
 * Why an observation cannot be stored, or null. Whoever makes observations cuts and mends before; this is the last line, and it
 * trusts no type: one bad row in a journal must not keep all that follow it out of the store.
 */
export function rowProblem(observation: Observation): string | null {
  try {
    return shapeProblem(observation) ?? rangeProblem(observation)
  } catch {
    return 'no observation'
  }
}

const TEXTS = ['source', 'kind', 'name', 'outcome', 'usageSource'] as const
const TEXTS_OR_NULL = ['spanId', 'responseId', 'provider', 'modelAsked', 'modelServed', 'keyId', 'pool', 'endpoint', 'reason', 'errorCode', 'finishReason', 'fingerprint'] as const
const ATTRIBUTED = ['user', 'feature', 'session', 'prompt', 'promptVersion', 'traceId', 'parentSpanId'] as const
const NUMBERS_OR_NULL = ['queuedMs', 'ttftMs', 'tpotMs', 'status', 'requestBytes', 'responseBytes', 'clientRetry'] as const

function shapeProblem(observation: Observation): string | null {
  for (const field of TEXTS) if (typeof observation[field] !== 'string') return `no ${field}`
  for (const field of TEXTS_OR_NULL) if (observation[field] !== null && typeof observation[field] !== 'string') return `a ${field} that is no text`
  for (const field of NUMBERS_OR_NULL) if (observation[field] !== null && !Number.isFinite(observation[field])) return `a ${field} that is no number`
  const { attribution, cost, usage, billable, segments, toolsDeclared, toolsCalled } = observation
  for (const field of ATTRIBUTED) if (attribution[field] !== null && typeof attribution[field] !== 'string') return `a ${field} that is no text`
  for (const tag of Object.values(attribution.tags)) if (typeof tag !== 'string') return 'a tag that is no text'
  if (typeof billable !== 'boolean' || typeof usage !== 'object' || usage === null) return 'no usage'
  if (typeof cost.status !== 'string') return 'no cost'
  return [segments, toolsDeclared, toolsCalled, cost.missing].every(Array.isArray) ? null : 'a list that is none'
}

function rangeProblem({ tenant, id, startedAt, durationMs, cost, usage, attempts, clientRetry }: Observation): string | null {
  if (!fits(tenant)) return 'no tenant'
  if (!fits(id)) return 'no id, or one that is too long'
  if (typeof startedAt !== 'number' || !(startedAt >= EARLIEST && startedAt < LATEST)) return 'a start out of range'
  if (typeof durationMs !== 'number' || !(durationMs >= 0 && durationMs < MOST_TOKENS)) return 'a duration out of range'
  if (!MONEY.test(cost.nanoUsd) || magnitude(cost.nanoUsd) > LARGEST_COST) return 'an amount out of range'
  if (!isCount(attempts) || (clientRetry !== null && !isCount(clientRetry))) return 'a count out of range'
  for (const tokens of Object.values(usage)) if (!isCount(tokens)) return 'a token count out of range'
  return null
}

/** The same for a score. */
export function scoreProblem({ tenant, id, name, at, value, source, label, traceId, observationId, sessionId }: Score): string | null {
  if (typeof source !== 'string' || ![label, traceId, observationId, sessionId].every((text) => text === null || typeof text === 'string')) return 'a text that is none'
  if (!fits(tenant)) return 'no tenant'
  if (!fits(id)) return 'no id, or one that is too long'
  if (!fits(name)) return 'no name, or one that is too long'
  if (typeof at !== 'number' || !(at >= EARLIEST && at < LATEST)) return 'a time out of range'
  return value !== null && !Number.isFinite(value) ? 'a value that is no number' : null
}

function fits(text: string): boolean {
  return typeof text === 'string' && text.length > 0 && text.length <= LONGEST
}

/** The sum over a call's eight buckets fits 32 bits as well. */
function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS / 8
}

function magnitude(text: string): bigint {
  const value = BigInt(text)
  return value < 0n ? -value : value
}
