import { SpillwayError } from '../../core/errors.ts'
import { isOwner, type LinkRow, type PeopleStore, type SessionRow, type UserChange, type UserRow } from '../people.ts'
import { checkLink, checkSession, checkTenant, checkUser, checkUserChange } from './check-people.ts'
import { byAge, lastOwner, samePurpose, taken } from './people-rules.ts'

/** The part of the memory store that people are in; `guard` refuses once it is closed, `note` keeps an act. */
export function memoryPeople(guard: <T>(work: () => T) => Promise<T>, note: (act: object | undefined) => void): PeopleStore {
  const users = new Map<string, UserRow>()
  const sessions = new Map<string, SessionRow>()
  const links = new Map<string, LinkRow>()

  const working = (hash: string, now: number): LinkRow | null => {
    const link = links.get(hash)
    return link === undefined || link.expiresAt <= now ? null : link
  }
  const insert = (user: UserRow): void => {
    checkUser(user)
    if (users.has(user.id) || [...users.values()].some((one) => isSame(one, user))) throw taken()
    users.set(user.id, structuredClone(user))
  }
  const update = (id: string, wanted: UserChange | ((user: UserRow) => UserChange)): boolean => {
    const old = users.get(id)
    if (old === undefined) return false
    const change = typeof wanted === 'function' ? wanted(old) : wanted
    checkUserChange(change)
    const user = structuredClone({ ...old, ...change })
    if ([...users.values()].some((one) => one.id !== id && isSame(one, user))) throw taken()
    if (isOwner(old) && !isOwner(user) && [...users.values()].filter(isOwner).length === 1) throw lastOwner()
    users.set(id, user)
    return true
  }

  return {
    users: {
      insert: (user, act) =>
        guard(() => {
          insert(user)
          note(act)
        }),
      list: () => guard(() => [...users.values()].toSorted(byAge)),
      get: (id) => guard(() => users.get(id) ?? null),
      byEmail: (email) => guard(() => [...users.values()].find((user) => user.email === email) ?? null),
      byOidc: (issuer, subject) => guard(() => [...users.values()].find(({ oidc }) => oidc?.issuer === issuer && oidc.subject === subject) ?? null),
      update: (id, change, act) =>
        guard(() => {
          const found = update(id, change)
          if (found) note(act)
          return found
        }),
    },
    sessions: {
      insert: (session) =>
        guard(() => {
          checkSession(session)
          if (!users.has(session.user)) throw new SpillwayError('USER_UNKNOWN', 'there is no such user', 'Sign in again')
          for (const [hash, { expiresAt }] of sessions) if (expiresAt <= session.createdAt) sessions.delete(hash)
          sessions.set(session.hash, { ...session })
        }),
      get: (hash) => guard(() => sessions.get(hash) ?? null),
      update: (hash, change) =>
        guard(() => {
          if (change.tenant !== undefined) checkTenant(change.tenant)
          const session = sessions.get(hash)
          if (session !== undefined) sessions.set(hash, { ...session, ...change })
          return session !== undefined
        }),
      remove: (hash) => guard(() => sessions.delete(hash)),
      removeOf: (user, but) =>
        guard(() => {
          const gone = [...sessions.values()].filter((one) => one.user === user && one.hash !== but)
          for (const { hash } of gone) sessions.delete(hash)
          return gone.length
        }),
    },
    links: {
      put: (link, act) =>
        guard(() => {
          checkLink(link)
          for (const [hash, old] of links) if (old.expiresAt <= link.createdAt || samePurpose(old, link)) links.delete(hash)
          links.set(link.hash, structuredClone(link))
          note(act)
        }),
      get: (hash, now) => guard(() => working(hash, now)),
      list: (now) => guard(() => [...links.values()].filter(({ expiresAt }) => expiresAt > now).toSorted((a, b) => a.createdAt - b.createdAt || (a.hash < b.hash ? -1 : 1))),
      redeem: (hash, now, work, act) =>
        guard(() => {
          const link = working(hash, now)
          if (link === null || (link.kind === 'setup' && [...users.values()].some(isOwner))) return false
          if ('insert' in work) insert(work.insert)
          else if (!update(work.update, work.change)) return false
          links.delete(hash)
          note(act)
          return true
        }),
    },
  }
}

function isSame(one: UserRow, other: UserRow): boolean {
  return one.email === other.email || (one.oidc !== null && one.oidc.issuer === other.oidc?.issuer && one.oidc.subject === other.oidc.subject)
}
