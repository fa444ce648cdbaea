import { beforeEach, describe, expect, it } from 'vitest'
import type { ControlStore } from './control.ts'
import { isOwner, type LinkRow, type SessionRow, type UserRow } from './people.ts'

/** What every control store must do with people. `current` gives the store of the running test, which is empty at its start. */
export function describePeople(current: () => ControlStore): void {
  let store: ControlStore
  let people: ControlStore['people']
  beforeEach(() => {
    store = current()
    people = store.people
  })
  const acts = async (): Promise<unknown[]> => (await store.acts.list(100)).map(({ act }) => act)

  describe('users', () => {
    it('come back as they went in, oldest first, and are found by what is theirs alone', async () => {
      const [ann, bob] = [user('u_b', { createdAt: 1 }), user('u_a', { createdAt: 2, name: `Bobby "; DROP TABLE users; -- 鍵`, password: null, oidc: { issuer: 'https://idp', subject: 's1' }, memberships: [{ tenant: null, role: 'owner' }, { tenant: `o'brien`, role: 'viewer' }], disabledAt: 3, signedInAt: 4 })]
      await people.users.insert(bob, { n: 1 })
      await people.users.insert(ann)
      expect(await people.users.list()).toEqual([ann, bob])
      expect([await people.users.get('u_a'), await people.users.byEmail('u_a@example.com'), await people.users.byOidc('https://idp', 's1')]).toEqual([bob, bob, bob])
      expect([await people.users.get('u_c'), await people.users.byEmail('x@example.com'), await people.users.byOidc('https://other', 's1')]).toEqual([null, null, null])
      expect(await acts()).toEqual([{ n: 1 }])
    })

    it.each([
      ['id', user('u_a', { email: 'other@example.com' })],
      ['address', user('u_z', { email: 'u_a@example.com' })],
      ['identity', user('u_z', { oidc: { issuer: 'i', subject: 's' } })],
    ])('with the %s of another are refused, without an act', async (_, clash) => {
      const old = user('u_a', { oidc: { issuer: 'i', subject: 's' } })
      await people.users.insert(old)
      await expect(people.users.insert(clash, { n: 1 })).rejects.toMatchObject({ code: 'CONTROL_CONFLICT' })
      expect([await people.users.list(), await acts()]).toEqual([[old], []])
    })

    it('change in the named fields alone', async () => {
      const old = user('u_a')
      await people.users.insert(old)
      expect(await people.users.update('u_a', { memberships: [{ tenant: 't', role: 'auditor' }], disabledAt: 9 }, { n: 1 })).toBe(true)
      expect(await people.users.update('u_a', { name: 'New', password: null, disabledAt: null, signedInAt: 5 })).toBe(true)
      expect(await people.users.update('u_z', { name: 'x' }, { n: 2 })).toBe(false)
      expect(await people.users.list()).toEqual([{ ...old, memberships: [{ tenant: 't', role: 'auditor' }], name: 'New', password: null, signedInAt: 5 }])
      expect(await acts()).toEqual([{ n: 1 }])
    })

    it('two changes at once lose nothing', async () => {
      await people.users.insert(user('u_a', { memberships: [] }))
      await Promise.all(['t', 'v', 'w'].map((tenant) => people.users.update('u_a', ({ memberships }) => ({ memberships: [...memberships, { tenant, role: 'viewer' }] }))))
      expect((await people.users.get('u_a'))!.memberships.map(({ tenant }) => tenant)).toEqual(['t', 'v', 'w'])
    })

    it('cannot take the identity of another by a change', async () => {
      await people.users.insert(user('u_a', { oidc: { issuer: 'i', subject: 's' } }))
      await people.users.insert(user('u_b'))
      await expect(people.users.update('u_b', { oidc: { issuer: 'i', subject: 's' } })).rejects.toMatchObject({ code: 'CONTROL_CONFLICT' })
    })

    it('the last who owns the installation stays its owner, and in', async () => {
      await people.users.insert(user('u_a', OWNER))
      await people.users.insert(user('u_b', { ...OWNER, disabledAt: 1 }))
      await people.users.insert(user('u_c', { memberships: [{ tenant: 't', role: 'owner' }] }))
      for (const change of [{ disabledAt: 1 }, { memberships: [] }, { memberships: [{ tenant: 't', role: 'owner' } as const] }]) {
        await expect(people.users.update('u_a', change, { n: 1 })).rejects.toMatchObject({ code: 'CONTROL_LAST_OWNER' })
      }
      expect(await people.users.update('u_b', { disabledAt: null })).toBe(true)
      expect(await people.users.update('u_a', { disabledAt: 1 })).toBe(true)
      expect((await people.users.list()).filter(isOwner).map(({ id }) => id)).toEqual(['u_b'])
      expect(await acts()).toEqual([])
    })

    it.each<[string, Partial<UserRow>]>([
      ['no address', { email: '' }],
      ['an address in capitals', { email: 'Ann@example.com' }],
      ['an address that is none', { email: 'ann' }],
      ['a line break in the name', { name: 'a\nb' }],
      ['no name', { name: '' }],
      ['an unknown role', { memberships: [{ tenant: 't', role: 'root' as 'admin' }] }],
      ['an empty tenant', { memberships: [{ tenant: '', role: 'admin' }] }],
      ['a tenant twice', { memberships: [{ tenant: 't', role: 'admin' }, { tenant: 't', role: 'viewer' }] }],
      ['a time that is none', { disabledAt: 0.5 }],
      ['an empty subject', { oidc: { issuer: 'i', subject: '' } }],
    ])('with %s are refused', async (_, change) => {
      await expect(people.users.insert(user('u_a', change))).rejects.toMatchObject({ code: 'CONTROL_ROW_INVALID' })
      expect(await people.users.list()).toEqual([])
    })
  })

  describe('sessions', () => {
    beforeEach(() => people.users.insert(user('u_a')))

    it('are found by their hash, change, and end', async () => {
      await people.sessions.insert(session('a'))
      expect(await people.sessions.get(digest('a'))).toEqual(session('a'))
      expect(await people.sessions.get(digest('b'))).toBeNull()
      await people.sessions.update(digest('a'), { seenAt: 20 })
      await people.sessions.update(digest('a'), { tenant: 'other' })
      expect(await people.sessions.get(digest('a'))).toEqual({ ...session('a'), seenAt: 20, tenant: 'other' })
      expect([await people.sessions.update(digest('b'), { seenAt: 1 }), await people.sessions.remove(digest('a')), await people.sessions.remove(digest('a'))]).toEqual([false, true, false])
      expect(await people.sessions.get(digest('a'))).toBeNull()
    })

    it('of a user end together, but for one', async () => {
      await people.users.insert(user('u_b'))
      for (const name of ['a', 'b', 'c']) await people.sessions.insert(session(name))
      await people.sessions.insert(session('d', { user: 'u_b' }))
      expect(await people.sessions.removeOf('u_a', digest('b'))).toBe(2)
      expect([await people.sessions.get(digest('b')), await people.sessions.get(digest('d'))]).toEqual([session('b'), session('d', { user: 'u_b' })])
      expect(await people.sessions.removeOf('u_a', null)).toBe(1)
    })

    it('that are over are forgotten when another begins', async () => {
      await people.sessions.insert(session('a', { expiresAt: 50 }))
      await people.sessions.insert(session('b', { expiresAt: 51 }))
      await people.sessions.insert(session('c', { createdAt: 50 }))
      expect([await people.sessions.get(digest('a')), await people.sessions.get(digest('b'))]).toEqual([null, session('b', { expiresAt: 51 })])
    })

    it('of nobody are refused', async () => {
      await expect(people.sessions.insert(session('a', { user: 'u_z' }))).rejects.toMatchObject({ code: 'USER_UNKNOWN' })
    })
  })

  describe('links', () => {
    it('work until they expire', async () => {
      await people.links.put(invite('a'), { n: 1 })
      expect([await people.links.get(digest('a'), 99), await people.links.get(digest('a'), 100), await people.links.get(digest('b'), 0)]).toEqual([invite('a'), null, null])
      expect([await people.links.list(99), await people.links.list(100)]).toEqual([[invite('a')], []])
      expect(await people.links.redeem(digest('a'), 100, { insert: user('u_a') })).toBe(false)
      expect([await people.users.list(), await acts()]).toEqual([[], [{ n: 1 }]])
    })

    it('a new one for the same purpose takes the place of the old one', async () => {
      await people.links.put(invite('a'))
      await people.links.put(invite('b', { membership: { tenant: 'other', role: 'viewer' } }))
      await people.links.put(setup('s1'))
      await people.links.put(invite('c', { membership: { tenant: 't', role: 'admin' }, createdAt: 1 }))
      await people.links.put({ ...setup('s2'), createdAt: 2 })
      expect((await people.links.list(5)).map(({ hash }) => hash)).toEqual([digest('b'), digest('c'), digest('s2')])
    })

    it('work once, with the user or not at all', async () => {
      await people.links.put(invite('a'))
      await people.users.insert(user('u_a'))
      await expect(people.links.redeem(digest('a'), 1, { insert: user('u_b', { email: 'u_a@example.com' }) }, { n: 1 })).rejects.toMatchObject({ code: 'CONTROL_CONFLICT' })
      const results = await Promise.all(['u_b', 'u_c'].map((id) => people.links.redeem(digest('a'), 1, { insert: user(id) }, { id })))
      expect(results).toEqual([true, false])
      expect([(await people.users.list()).map(({ id }) => id), await acts()]).toEqual([['u_a', 'u_b'], [{ id: 'u_b' }]])
    })

    it('may change a user', async () => {
      await people.users.insert(user('u_a'))
      await people.links.put({ hash: digest('a'), kind: 'password', email: 'u_a@example.com', createdAt: 0, expiresAt: 100 })
      expect(await people.links.redeem(digest('a'), 1, { update: 'u_z', change: { password: 'new' } })).toBe(false)
      expect(await people.links.redeem(digest('a'), 1, { update: 'u_a', change: { password: 'new' } })).toBe(true)
      expect(await people.users.get('u_a')).toEqual(user('u_a', { password: 'new' }))
    })

    it('that for the first owner is of no use once there is one', async () => {
      await people.links.put(setup('s'))
      await people.users.insert(user('u_a', OWNER))
      expect(await people.links.redeem(digest('s'), 1, { insert: user('u_b', OWNER) })).toBe(false)
      expect((await people.users.list()).map(({ id }) => id)).toEqual(['u_a'])
    })

    it.each<[string, LinkRow]>([
      ['a hash that is none', invite('a', { hash: 'token' })],
      ['an unknown kind', invite('a', { kind: 'door' as 'setup' })],
      ['an address where none belongs', { ...setup('a'), email: 'a@example.com' }],
      ['no address', invite('a', { email: '' })],
      ['a role where none belongs', { ...setup('a'), membership: { tenant: 't', role: 'owner' } }],
    ])('with %s are refused', async (_, link) => {
      await expect(people.links.put(link)).rejects.toMatchObject({ code: 'CONTROL_ROW_INVALID' })
      expect(await people.links.list(0)).toEqual([])
    })
  })
}

const OWNER: Pick<UserRow, 'memberships'> = { memberships: [{ tenant: null, role: 'owner' }] }

function user(id: string, change: Partial<UserRow> = {}): UserRow {
  return { id, email: `${id}@example.com`, name: id, password: 'hash', oidc: null, memberships: [{ tenant: 't', role: 'viewer' }], createdAt: 0, disabledAt: null, signedInAt: null, ...change }
}

function session(name: string, change: Partial<SessionRow> = {}): SessionRow {
  return { hash: digest(name), user: 'u_a', tenant: 't', createdAt: 10, seenAt: 10, expiresAt: 100, ...change }
}

function digest(text: string): string {
  return Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)
}

function invite(name: string, change: Partial<LinkRow> = {}): LinkRow {
  return { hash: digest(name), kind: 'invite', email: 'new@example.com', membership: { tenant: 't', role: 'viewer' }, createdAt: 0, expiresAt: 100, ...change }
}

function setup(name: string): LinkRow {
  return { hash: digest(name), kind: 'setup', email: '', createdAt: 0, expiresAt: 100 }
}
