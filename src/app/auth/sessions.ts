import type { DashboardConfig } from '../../route/config-types.ts'
import type { ControlStore } from '../../store/control.ts'
import type { SessionRow, UserRow } from '../../store/people.ts'
import { hashToken, newToken } from './tokens.ts'

/** How exactly it is known when a session was last heard of: each time is a write. */
const SEEN_MS = 60_000

export interface Session {
  readonly row: SessionRow
  readonly user: UserRow
}

/** Who is signed in, by the token in the cookie. What a user may do is looked up each time, so that a change takes effect at once. */
export class Sessions {
  readonly #people: ControlStore['people']
  readonly #config: () => Pick<DashboardConfig, 'sessionMs' | 'idleMs'>

  constructor(people: ControlStore['people'], config: () => Pick<DashboardConfig, 'sessionMs' | 'idleMs'>) {
    this.#people = people
    this.#config = config
  }

  /** The token: a new one at every sign-in, so that none can be planted. */
  async begin(user: UserRow, tenant: string, now: number): Promise<string> {
    const token = newToken()
    await this.#people.sessions.insert({ hash: hashToken(token), user: user.id, tenant, createdAt: now, seenAt: now, expiresAt: now + this.#config().sessionMs })
    await this.#people.users.update(user.id, { signedInAt: now })
    return token
  }

  /** Null where it is over, or its user is not let in any more. */
  async find(token: string, now: number): Promise<Session | null> {
    const row = await this.#people.sessions.get(hashToken(token))
    if (row === null) return null
    const { sessionMs, idleMs } = this.#config()
    // The configuration may have become shorter since.
    const isOver = now >= row.expiresAt || now >= row.createdAt + sessionMs || now >= row.seenAt + idleMs
    const user = isOver ? null : await this.#people.users.get(row.user)
    if (user === null || user.disabledAt !== null) {
      await this.#people.sessions.remove(row.hash)
      return null
    }
    if (now - row.seenAt >= Math.min(SEEN_MS, idleMs / 4)) await this.#people.sessions.update(row.hash, { seenAt: now })
    return { row, user }
  }
}
