import { leakConditions } from '../../measure/alert/leak-found.ts'
import type { Condition } from '../../measure/alert/condition.ts'
import type { LeakReport } from '../../measure/insight/finding.ts'
import type { Window } from '../../measure/insight/insights-of.ts'
import type { AlertSource } from './start-alerts.ts'

export interface LeakSourceDeps {
  /** Throws where the store is not to be had just now. */
  readonly leaks: (tenant: string, window: Window) => Promise<LeakReport>
  /** Unix ms up to which everything is loaded; null = not known. */
  readonly asOf: () => number | null
  readonly tenants: () => Promise<readonly string[]>
  /** Loss a month from which a leak is told, USD. */
  readonly leastUsdPerMonth: () => number
}

const HOUR_MS = 3_600_000
/** All calls of the window are read twice: minutes of a thread for a busy tenant. */
const EVERY_MS = 6 * HOUR_MS
const WINDOW_MS = 14 * 24 * HOUR_MS

/** Leaks of the last 14 days, looked for every six hours. Hypotheses are for those who ask, and told to nobody. */
export function leakSource({ leaks, asOf, tenants, leastUsdPerMonth }: LeakSourceDeps): AlertSource {
  let found: { readonly at: number; readonly conditions: readonly Condition[] } | null = null

  async function ofTenant(tenant: string, until: number): Promise<readonly Condition[]> {
    const { findings } = await leaks(tenant, { from: until - WINDOW_MS, until })
    const sure = findings.flatMap(({ id, what, mend, monthly, hypothesis }) => (hypothesis || monthly === null ? [] : [{ id, tenant, text: what, mend, nanoUsdPerMonth: BigInt(monthly.nanoUsd) }]))
    return leakConditions(sure, leastUsdPerMonth())
  }

  return {
    kind: 'leak',
    conditions: async () => {
      const at = asOf()
      if (at === null) return null
      if (found !== null && at - found.at < EVERY_MS) return found.conditions
      const all: Condition[] = []
      for (const tenant of await tenants()) all.push(...(await ofTenant(tenant, at)))
      found = { at, conditions: all }
      return all
    },
  }
}
