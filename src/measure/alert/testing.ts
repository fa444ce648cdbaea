import type { Condition } from './condition.ts'

/** A condition with what the test does not care about filled in. */
export function aCondition(parts: Partial<Condition> = {}): Condition {
  return { id: 'pool-unhealthy:floor', kind: 'pool-unhealthy', tenant: null, severity: 'warning', text: 'Pool floor has 1 of 2 endpoints out of service: a (down).', mend: 'Look at the engine.', nanoUsd: null, holdMs: 0, ...parts }
}
