import { userInfo } from 'node:os'
import { utc } from '../../prove/leaf/call-leaf.ts'
import type { AdminLeaf } from '../../prove/leaf/schema.ts'

type WithoutStamp<Act> = Act extends AdminLeaf ? Omit<Act, 'v' | 'at' | 'actor'> : never
/** What was done, without when and by whom. */
export type Deed = WithoutStamp<AdminLeaf>

/** An act by the command line, for the control store to hold until the journal takes it. `now`: Unix ms. */
export function actBy(env: Readonly<Record<string, string | undefined>>, now: number, deed: Deed): AdminLeaf {
  return { v: 1, at: utc(now), actor: `cli:${env['SPILLWAY_ACTOR'] ?? userName()}`.slice(0, 256), ...deed } as AdminLeaf
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A user id without an entry in the system's table.
    return 'unknown'
  }
}
