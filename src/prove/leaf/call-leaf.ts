import type { CallRecord } from '../../core/call.ts'
import { TOKEN_BUCKETS } from '../../core/billing/rate-card.ts'
import { type Json, mendedCanonicalJson } from './canonical-json.ts'
import type { CallLeaf } from './schema.ts'
import type { TenantKeys } from './tenant-keys.ts'

const LONGEST = 256
const MOST_FAILED = 8

/** The leaf of a call: commitments and pseudonyms, no bodies, no names. `seq`: the record's position in the journal. */
export function callLeaf(call: CallRecord, { seq, build, keys }: { readonly seq: number; readonly build: string; readonly keys: TenantKeys }): CallLeaf {
  const { tenant, attribution, attempts, cost } = call
  return {
    leaf: 'call',
    v: 1,
    seq,
    id: cut(call.id),
    build: cut(build),
    config: cut(call.configVersion),
    tenant: cut(tenant),
    key: cutOrNone(call.keyId),
    user: attribution.user === null ? null : keys.pseudonym(tenant, attribution.user),
    api: call.api,
    streamed: call.streamed,
    model: { asked: cut(call.modelAsked), served: cutOrNone(call.modelServed) },
    pool: cutOrNone(call.pool),
    endpoint: cutOrNone(call.endpoint),
    residency: cutOrNone(call.residency),
    reason: cut(call.reason),
    start: utc(call.arrivedAt),
    end: utc(call.arrivedAt + call.totalMs),
    queuedMs: call.queuedMs,
    ttftMs: call.ttftMs,
    outcome: call.outcome,
    status: call.status,
    error: cutOrNone(call.errorCode),
    finish: cutOrNone(call.finishReason),
    attempts: attempts.length,
    failed: attempts.flatMap(({ pool, status, error }) => (error === null ? [] : { pool: cut(pool), status, error: cut(error) })).slice(0, MOST_FAILED),
    tokens: Object.fromEntries(TOKEN_BUCKETS.flatMap((bucket) => (call.usage[bucket] === undefined ? [] : [[bucket, call.usage[bucket]]]))),
    tokensFrom: call.usageSource,
    cost: { nanoUsd: cost.nanoUsd, status: cost.status, prices: cut(cost.priceVersion) },
    request: { bytes: call.requestBytes, commitment: call.fingerprint === null ? null : keys.commitment(tenant, 'request', call.fingerprint) },
    response: { bytes: call.responseBytes },
    record: recordCommitment(call, keys),
    ...committed('asked', call.hashes?.request, tenant, keys),
    ...committed('answered', call.hashes?.response, tenant, keys),
    ...(call.body === undefined ? {} : { body: call.body }),
    ...(call.redacted === undefined ? {} : { redacted: call.redacted }),
    ...(call.system === undefined ? {} : { system: cut(call.system) }),
  }
}

function committed(name: 'asked' | 'answered', hash: string | null | undefined, tenant: string, keys: TenantKeys): { readonly [field in 'asked' | 'answered']?: string } {
  return hash === null || hash === undefined ? {} : { [name]: keys.commitment(tenant, name, hash) }
}

/** Whoever has the journal's record and the tenant's key can show that the leaf was made of it. */
export function recordCommitment(call: CallRecord, keys: TenantKeys): string {
  return keys.commitment(call.tenant, 'record', mendedCanonicalJson(call as unknown as Json))
}

/** Unix ms as ISO 8601 in UTC. Throws where it is no time: JSON turns what is no number into null, which is no 1970. */
export function utc(ms: number): string {
  if (!Number.isFinite(ms)) throw new RangeError('no time')
  return new Date(ms).toISOString()
}

/** Names come from clients. */
export function cut(text: string): string {
  return text.slice(0, LONGEST).toWellFormed()
}

function cutOrNone(text: string | null): string | null {
  return text === null ? null : cut(text)
}
