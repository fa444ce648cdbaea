import type { Priority } from '../../core/call.ts'
import type { KeyRules } from '../../store/control.ts'

/** Rules of a key that nobody has restricted. */
export const OPEN_RULES: KeyRules = {
  scopes: ['call', 'read'],
  models: null,
  residency: null,
  priority: 'standard',
  limits: { rpm: null, tpm: null, concurrency: null },
}

export type ModelRule = (model: string) => boolean

/** An allow-list of model names; `*` at the end of one stands for any rest. Null = no list, every model. */
export function modelRule(models: readonly string[] | null): ModelRule | null {
  if (models === null) return null
  const exact = new Set(models)
  const prefixes = models.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1))
  return (model) => exact.has(model) || prefixes.some((prefix) => model.startsWith(prefix))
}

/** Two residencies of which neither contains the other. */
export const CONFLICT = Symbol('residency conflict')

/**
 * The narrower of two residencies: `eu-central-1` within `eu` is narrower, an absent one is the widest. CONFLICT where
 * neither contains the other: such a call may go nowhere.
 */
export function stricterResidency(key: string | null, call: string | null): string | null | typeof CONFLICT {
  if (key === null || call === null) return key ?? call
  if (within(call, key)) return call
  return within(key, call) ? key : CONFLICT
}

function within(region: string, wider: string): boolean {
  return region === wider || region.startsWith(`${wider}-`)
}

/**
 * `standard` says nothing, so the other's word counts; where one says realtime and the other batch, batch holds: a key
 * for batch work cannot jump the queue by saying so.
 */
export function stricterPriority(key: Priority, call: Priority): Priority {
  if (key === 'batch' || call === 'batch') return 'batch'
  return key === 'realtime' || call === 'realtime' ? 'realtime' : 'standard'
}
