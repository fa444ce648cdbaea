import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { SpillwayError } from '../../core/errors.ts'
import { isOwner, type LinkRow, type Membership, type PeopleStore, type SessionRow, type UserChange, type UserRow } from '../people.ts'
import { checkLink, checkSession, checkTenant, checkUser, checkUserChange } from './check-people.ts'
import { lastOwner, samePurpose, taken } from './people-rules.ts'

export interface Tools {
  readonly database: DatabaseSync
  /** Runs it, refuses once the store is closed, and turns what SQLite throws into our errors. */
  readonly guard: <T>(work: () => T) => Promise<T>
  readonly transaction: <T>(work: () => T) => Promise<T>
  readonly note: (act: object | undefined) => void
}

/** The part of the SQLite store that people are in. */
export function sqlitePeople({ database, guard, transaction, note }: Tools): PeopleStore {
  const sql = Object.fromEntries(Object.entries(SQL).map(([name, text]) => [name, database.prepare(text)])) as Readonly<Record<keyof typeof SQL, StatementSync>>
  const all = (): UserRow[] => (sql.users.all() as unknown as StoredUser[]).map(toUser)
  const linkOf = (hash: string, now: number): LinkRow | null => {
    const row = sql.link.get(hash, now) as unknown as StoredLink | undefined
    return row === undefined ? null : toLink(row)
  }
  const linksAt = (now: number): LinkRow[] => (sql.links.all(now) as unknown as StoredLink[]).map(toLink)

  const insert = (user: UserRow): void => {
    refuseTaken(user)
    sql.insertUser.run(user.id, user.email, user.name, user.password, user.oidc?.issuer ?? null, user.oidc?.subject ?? null, JSON.stringify(user.memberships), user.createdAt, user.disabledAt, user.signedInAt)
  }
  const update = (id: string, wanted: UserChange | ((user: UserRow) => UserChange)): boolean => {
    const old = userBy(sql.user, id)
    if (old === null) return false
    const change = typeof wanted === 'function' ? wanted(old) : wanted
    checkUserChange(change)
    const user = { ...old, ...change }
    refuseTaken(user)
    if (isOwner(old) && !isOwner(user) && all().filter(isOwner).length === 1) throw lastOwner()
    sql.updateUser.run(user.name, user.password, user.oidc?.issuer ?? null, user.oidc?.subject ?? null, JSON.stringify(user.memberships), user.disabledAt, user.signedInAt, id)
    return true
  }
  /** Said before the database would, whose words name columns. */
  const refuseTaken = ({ id, email, oidc }: UserRow): void => {
    const others = [userBy(sql.userByEmail, email), oidc === null ? null : userBy(sql.userByOidc, oidc.issuer, oidc.subject)]
    if (others.some((other) => other !== null && other.id !== id)) throw taken()
  }

  return {
    users: {
      insert: async (user, act) => {
        checkUser(user)
        await transaction(() => {
          if (userBy(sql.user, user.id) !== null) throw taken()
          insert(user)
          note(act)
        })
      },
      list: () => guard(all),
      get: (id) => guard(() => userBy(sql.user, id)),
      byEmail: (email) => guard(() => userBy(sql.userByEmail, email)),
      byOidc: (issuer, subject) => guard(() => userBy(sql.userByOidc, issuer, subject)),
      update: (id, change, act) =>
        transaction(() => {
          const found = update(id, change)
          if (found) note(act)
          return found
        }),
    },
    sessions: {
      insert: async (session) => {
        checkSession(session)
        const { hash, user, tenant, createdAt, seenAt, expiresAt } = session
        await transaction(() => {
          if (userBy(sql.user, user) === null) throw new SpillwayError('USER_UNKNOWN', 'there is no such user', 'Sign in again')
          sql.forgetSessions.run(createdAt)
          sql.insertSession.run(hash, user, tenant, createdAt, seenAt, expiresAt)
        })
      },
      get: (hash) => guard(() => (sql.session.get(hash) as unknown as SessionRow | undefined) ?? null),
      update: async (hash, { seenAt = null, tenant = null }) => {
        if (tenant !== null) checkTenant(tenant)
        return transaction(() => sql.updateSession.run(seenAt, tenant, hash).changes > 0)
      },
      remove: (hash) => transaction(() => sql.removeSession.run(hash).changes > 0),
      removeOf: (user, but) => transaction(() => Number(sql.removeSessionsOf.run(user, but ?? '').changes)),
    },
    links: {
      put: async (link, act) => {
        checkLink(link)
        await transaction(() => {
          sql.forgetLinks.run(link.createdAt)
          for (const old of linksAt(link.createdAt)) if (samePurpose(old, link)) sql.removeLink.run(old.hash)
          sql.insertLink.run(link.hash, link.kind, link.email, link.membership === undefined ? null : JSON.stringify(link.membership), link.createdAt, link.expiresAt)
          note(act)
        })
      },
      get: (hash, now) => guard(() => linkOf(hash, now)),
      list: (now) => guard(() => linksAt(now)),
      redeem: async (hash, now, work, act) => {
        if ('insert' in work) checkUser(work.insert)
        return transaction(() => {
          const link = linkOf(hash, now)
          if (link === null || (link.kind === 'setup' && all().some(isOwner))) return false
          if ('insert' in work) insert(work.insert)
          else if (!update(work.update, work.change)) return false
          sql.removeLink.run(hash)
          note(act)
          return true
        })
      },
    },
  }
}

interface StoredUser extends Omit<UserRow, 'oidc' | 'memberships'> {
  readonly issuer: string | null
  readonly subject: string | null
  readonly memberships: string
}

interface StoredLink extends Omit<LinkRow, 'membership'> {
  readonly membership: string | null
}

const USER = 'SELECT id, email, name, password, oidc_issuer AS issuer, oidc_subject AS subject, memberships, created_at AS createdAt, disabled_at AS disabledAt, signed_in_at AS signedInAt FROM users'
const LINK = 'SELECT hash, kind, email, membership, created_at AS createdAt, expires_at AS expiresAt FROM links'

const SQL = {
  users: `${USER} ORDER BY created_at, id`,
  user: `${USER} WHERE id = ?`,
  userByEmail: `${USER} WHERE email = ?`,
  userByOidc: `${USER} WHERE oidc_issuer = ? AND oidc_subject = ?`,
  insertUser: 'INSERT INTO users (id, email, name, password, oidc_issuer, oidc_subject, memberships, created_at, disabled_at, signed_in_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  updateUser: 'UPDATE users SET name = ?, password = ?, oidc_issuer = ?, oidc_subject = ?, memberships = ?, disabled_at = ?, signed_in_at = ? WHERE id = ?',
  session: 'SELECT hash, user, tenant, created_at AS createdAt, seen_at AS seenAt, expires_at AS expiresAt FROM sessions WHERE hash = ?',
  insertSession: 'INSERT INTO sessions (hash, user, tenant, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
  forgetSessions: 'DELETE FROM sessions WHERE expires_at <= ?',
  updateSession: 'UPDATE sessions SET seen_at = coalesce(?, seen_at), tenant = coalesce(?, tenant) WHERE hash = ?',
  removeSession: 'DELETE FROM sessions WHERE hash = ?',
  removeSessionsOf: 'DELETE FROM sessions WHERE user = ? AND hash <> ?',
  link: `${LINK} WHERE hash = ? AND expires_at > ?`,
  links: `${LINK} WHERE expires_at > ? ORDER BY created_at, hash`,
  insertLink: 'INSERT INTO links (hash, kind, email, membership, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
  forgetLinks: 'DELETE FROM links WHERE expires_at <= ?',
  removeLink: 'DELETE FROM links WHERE hash = ?',
} as const

function userBy(statement: StatementSync, ...values: SQLInputValue[]): UserRow | null {
  const row = statement.get(...values) as unknown as StoredUser | undefined
  return row === undefined ? null : toUser(row)
}

function toUser({ issuer, subject, memberships, ...row }: StoredUser): UserRow {
  return { ...row, oidc: issuer === null || subject === null ? null : { issuer, subject }, memberships: JSON.parse(memberships) as Membership[] }
}

function toLink({ membership, ...row }: StoredLink): LinkRow {
  return membership === null ? row : { ...row, membership: JSON.parse(membership) as Membership }
}
