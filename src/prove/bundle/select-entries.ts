import type { Leaf } from '../leaf/schema.ts'
import { timeOf } from '../leaf/time-of.ts'

export interface Selection {
  /** Unix ms; from `from` to before `to`. Null = no end. */
  readonly from: number | null
  readonly to: number | null
  /** Null = all. */
  readonly tenant: string | null
}

/** Acts of the installation that say how complete a log is: they belong to every tenant. */
const SHARED: ReadonlySet<string> = new Set(['log-started', 'log-stopped', 'config', 'gap', 'retention'])

/** Whether a leaf is among those asked for. A tenant gets nothing of another's, nor acts that name nobody but could be about others. */
export function selects({ from, to, tenant }: Selection, leaf: Leaf): boolean {
  const time = timeOf(leaf)
  if ((from !== null && time < from) || (to !== null && time >= to)) return false
  return tenant === null || SHARED.has(leaf.leaf) || ('tenant' in leaf && leaf.tenant === tenant)
}
