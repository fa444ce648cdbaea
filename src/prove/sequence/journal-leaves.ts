import type { CallIntent, CallRecord } from '../../core/call.ts'
import { callLeaf, cut, utc } from '../leaf/call-leaf.ts'
import { encodeLeaf } from '../leaf/leaf.ts'
import type { AdminLeaf, Leaf } from '../leaf/schema.ts'
import type { TenantKeys } from '../leaf/tenant-keys.ts'

/** Most acts that are brought into the journal at once, and again where that failed. */
export const ACTS_AT_ONCE = 32

/** An administrative act on its way through the journal. */
export interface ActRecord {
  readonly kind: 'act'
  readonly schemaVersion: 1
  /** Its own for ever: whoever brings acts into the journal may bring one twice. Absent = it comes once. */
  readonly id?: string
  readonly leaf: AdminLeaf
}

/** Ids of acts that are remembered: more than may come twice, see `takeActs`. */
const REMEMBERED_ACTS = 2 * ACTS_AT_ONCE

export interface LeafContext {
  /** Version of the program. */
  readonly build: string
  readonly keys: TenantKeys
  /** Version of the configuration that the last call was served under; null = none yet. */
  readonly config: string | null
  /** Ids of the acts that were taken last. */
  readonly acts: readonly string[]
  /** Unix ms, for what has no time of its own. */
  readonly now: number
}

export interface LeavesOfRecord {
  readonly leaves: readonly Buffer[]
  readonly config: string | null
  readonly acts: readonly string[]
}

/**
 * The leaves of one record of the journal. What is none of the log's business gives none; what cannot be read gives a gap, since
 * a loss must be seen. A configuration has its leaf before the first call under it.
 */
export function leavesOfRecord(record: unknown, position: number, context: LeafContext): LeavesOfRecord {
  try {
    const { leaves, config, acts = context.acts } = translate(record, position, context)
    return { leaves: leaves.map(encodeLeaf), config, acts }
  } catch {
    const until = utc(context.now)
    return { leaves: [encodeLeaf({ leaf: 'gap', v: 1, at: until, actor: null, reason: `record ${position} of the journal is not as it should be`, lost: 1, from: null, until })], config: context.config, acts: context.acts }
  }
}

function translate(record: unknown, position: number, { build, keys, config, acts }: LeafContext): { readonly leaves: readonly Leaf[]; readonly config: string | null; readonly acts?: readonly string[] } {
  const { kind } = record as { readonly kind?: unknown }
  /** A configuration has its leaf before the first call under it. */
  const under = (version: string, at: number, leaf: Leaf): { readonly leaves: readonly Leaf[]; readonly config: string } => ({
    leaves: version === config ? [leaf] : [{ leaf: 'config', v: 1, at: utc(at), actor: null, version: cut(version), build: cut(build) }, leaf],
    config: version,
  })
  if (kind === 'call') {
    const call = record as CallRecord
    // By its configuration; how many there are, coverage says.
    if (call.audit === 'off') return { leaves: [], config }
    return under(call.configVersion, call.arrivedAt, callLeaf(call, { seq: position, build, keys }))
  }
  if (kind === 'intent') {
    const { id, tenant, keyId, api, modelAsked, arrivedAt, configVersion, system } = record as CallIntent
    return under(configVersion, arrivedAt, { leaf: 'intent', v: 1, at: utc(arrivedAt), actor: null, tenant: cut(tenant), key: cut(keyId), call: cut(id), api, model: cut(modelAsked), config: cut(configVersion), ...(system === undefined ? {} : { system: cut(system) }) })
  }
  if (kind === 'gap') return { leaves: [gapLeaf(record as GapFields)], config }
  if (kind === 'act') {
    const { id, leaf } = record as ActRecord
    if (typeof id !== 'string') return { leaves: [leaf], config }
    return acts.includes(id) ? { leaves: [], config } : { leaves: [leaf], config, acts: [...acts, id].slice(-REMEMBERED_ACTS) }
  }
  if (kind === 'admission') return { leaves: killLeaf(record as LoopFields), config }
  return { leaves: [], config }
}

interface GapFields {
  readonly reason: string
  readonly lost: number | null
  readonly from: number | null
  readonly until: number
}

function gapLeaf({ reason, lost, from, until }: GapFields): AdminLeaf {
  return { leaf: 'gap', v: 1, at: utc(until), actor: null, reason: cut(reason), lost, from: from === null ? null : utc(from), until: utc(until) }
}

interface LoopFields {
  readonly type: string
  readonly at: number
  readonly tenant: string
  readonly keyId: string
  readonly model: string
  readonly repeats: number
  readonly spent: string
}

/** Of the events of admission only those that stop calls; the rest are warnings. */
function killLeaf({ type, at, tenant, keyId, model, repeats, spent }: LoopFields): AdminLeaf[] {
  if (type !== 'loop-killed' && type !== 'loop-throttled') return []
  return [{ leaf: 'kill', v: 1, at: utc(at), actor: null, tenant: cut(tenant), key: cut(keyId), model: cut(model), action: type === 'loop-killed' ? 'killed' : 'throttled', repeats, spentNanoUsd: spent }]
}
