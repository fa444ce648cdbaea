import type { Leaf } from '../leaf/schema.ts'
import { timeOf } from '../leaf/time-of.ts'

export interface Selection {
  /** Unix ms; from `from` to before `to`. Null = no end. */
  readonly from: number | null
  readonly to: number | null
  /** Null = all. */
  readonly tenant: string | null
  /** An AI system, as the configuration names it. Null = all. */
  readonly system: string | null
}

/** Whether it holds all of its time, and not a part that is chosen by whom it is about: then the log's own bundles go with it. */
export function isWhole({ tenant, system }: Pick<Selection, 'tenant' | 'system'>): boolean {
  return tenant === null && system === null
}

/** Acts of the installation that say how complete a log is: they belong to every tenant. */
const SHARED: ReadonlySet<string> = new Set(['log-started', 'log-stopped', 'config', 'gap', 'retention'])

/**
 * Tells of each leaf of a log, given in order, whether it is among those asked for. A tenant gets nothing of another's, nor acts that
 * name nobody but could be about others. To a system belong its calls, and what was done with them afterwards.
 */
export function selector({ from, to, tenant, system }: Selection): (leaf: Leaf) => boolean {
  /** Calls of the system so far, where one is asked for. */
  const calls = new Set<string>()
  const isOfSystem = (leaf: Leaf): boolean => {
    if (leaf.leaf !== 'call' && leaf.leaf !== 'intent') return 'call' in leaf && calls.has(leaf.call)
    if (leaf.system !== system) return false
    calls.add(leaf.leaf === 'call' ? leaf.id : leaf.call)
    return true
  }
  return (leaf) => {
    const time = timeOf(leaf)
    const chosen = SHARED.has(leaf.leaf) || ((system === null || isOfSystem(leaf)) && (tenant === null || ('tenant' in leaf && leaf.tenant === tenant)))
    return chosen && (from === null || time >= from) && (to === null || time < to)
  }
}
