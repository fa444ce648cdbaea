import type { PolicySnapshot } from '../../core/policy/types.ts'
import type { AuditStatus } from '../audit/start-audit.ts'

export interface Readiness {
  readonly ready: boolean
  /** Why not, and what is amiss although it is ready. Short, without addresses. */
  readonly notes: readonly string[]
}

/**
 * Ready: it takes calls and some pool can serve, be it after waking. A journal whose disk refuses, telemetry that does not load, or
 * an audit log that has stopped, is a note and no reason to take the gateway away from its users: records wait in memory or in the
 * journal, and what is lost is on record.
 */
export function readiness(state: { readonly draining: boolean; readonly snapshot: PolicySnapshot; readonly wakeable: ReadonlySet<string>; readonly journalFailure: string | null; readonly telemetryFailure: string | null; readonly audit: AuditStatus | null }): Readiness {
  const notes: string[] = []
  if (state.draining) notes.push('draining')
  const able = state.snapshot.pools.filter(({ id, endpoints }) => state.wakeable.has(id) || endpoints.some(({ up, breaker }) => up && breaker !== 'open'))
  if (able.length === 0) notes.push('no pool can serve')
  const ready = notes.length === 0
  for (const { id } of state.snapshot.pools) if (!able.some((pool) => pool.id === id)) notes.push(`pool ${id} is down`)
  if (state.journalFailure !== null) notes.push(`journal: ${state.journalFailure}`)
  if (state.telemetryFailure !== null) notes.push(`telemetry does not load (${state.telemetryFailure}): the log says why`)
  if (state.audit !== null && state.audit.stopped !== null) notes.push(`the audit log has stopped (${state.audit.stopped})`)
  for (const { name, failure } of state.audit?.witnesses ?? []) if (failure !== null) notes.push(`witness ${name} has not signed the newest checkpoint`)
  return { ready, notes }
}
