import { userInfo } from 'node:os'
import { utc } from '../../prove/leaf/call-leaf.ts'
import type { AdminLeaf } from '../../prove/leaf/schema.ts'

type WithoutStamp<Act> = Act extends AdminLeaf ? Omit<Act, 'v' | 'at' | 'actor'> : never
/** What was done, without when and by whom. */
export type Deed = WithoutStamp<AdminLeaf>

/** Turns a deed into the act that the control store holds until the journal takes it; knows who does it, and when. */
export type Witness = (deed: Deed) => AdminLeaf

/** `actor`: such as `cli:ann`, `key:key_7Qm2XkP0aB3c` or `user:user_x1`. `now`: Unix ms. */
export function witness(actor: string, now: number): Witness {
  return (deed) => ({ v: 1, at: utc(now), actor: actor.slice(0, 256), ...deed }) as AdminLeaf
}

/** An act by the command line. */
export function actBy(env: Readonly<Record<string, string | undefined>>, now: number, deed: Deed): AdminLeaf {
  return witness(commandLine(env), now)(deed)
}

/** Who gives a command. */
export function commandLine(env: Readonly<Record<string, string | undefined>>): string {
  return `cli:${env['SPILLWAY_ACTOR'] ?? userName()}`
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A user id without an entry in the system's table.
    return 'unknown'
  }
}
