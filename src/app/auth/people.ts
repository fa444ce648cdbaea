import { oneLine, SpillwayError } from '../../core/errors.ts'
import type { ControlStore } from '../../store/control.ts'
import { isOwner, type LinkRow, type Membership, type Role, type UserChange, type UserRow } from '../../store/people.ts'
import type { Witness } from '../audit/act.ts'
import { checkPassword, hashPassword } from './passwords.ts'
import { hashToken, newToken, newUserId } from './tokens.ts'

/** What making and changing users needs; the API uses the same as the command line. */
export interface PeopleDesk {
  readonly people: ControlStore['people']
  /** Unix ms. */
  readonly now: number
  readonly act: Witness
}

const SETUP_MS = 24 * 3_600_000
const INVITE_MS = 7 * 24 * 3_600_000
const PASSWORD_MS = 24 * 3_600_000
/** Passwords are hashed once the link has been found to work, so that a wrong one costs nothing. */
const MOST_USERS = 10_000

/** The address as it is stored; throws where it is none. */
export function emailOf(text: string): string {
  const email = text.trim().toLowerCase()
  if (email.length > 254 || !/^[^\s@\u0000-\u001f\u007f]+@[^\s@\u0000-\u001f\u007f]+$/u.test(email)) throw new SpillwayError('CONTROL_ROW_INVALID', 'this is no e-mail address', 'Give one such as ann@example.com')
  return email
}

export async function hasOwner(people: ControlStore['people']): Promise<boolean> {
  return (await people.users.list()).some(isOwner)
}

/** The token of a new link for the first owner, in place of all before; null where there is an owner. */
export async function newSetupLink({ people, now }: Pick<PeopleDesk, 'people' | 'now'>): Promise<string | null> {
  return (await hasOwner(people)) ? null : putLink({ people, now }, { kind: 'setup', email: '' }, SETUP_MS)
}

/** Makes the first owner, of all tenants. */
export async function setUp({ people, now }: Pick<PeopleDesk, 'people' | 'now'>, { token, email, name, password }: { readonly token: string; readonly email: string; readonly name: string; readonly password: string }, act: (user: UserRow) => object): Promise<UserRow> {
  await findLink(people, token, ['setup'], now)
  const user = await newUser(emailOf(email), name, password, { tenant: null, role: 'owner' }, now)
  if (!(await people.links.redeem(hashToken(token), now, { insert: user }, act(user)))) throw linkInvalid()
  return user
}

export type Invited = { readonly token: string; readonly expiresAt: number; readonly user: null } | { readonly token: null; readonly user: UserRow }

/** A link for somebody new; who has an account becomes a member at once. Throws USER_EXISTS where they are one. */
export async function invite(desk: PeopleDesk, address: string, membership: Membership): Promise<Invited> {
  const { people, now, act } = desk
  const email = emailOf(address)
  const known = await people.users.byEmail(email)
  if (known !== null) {
    if (known.memberships.some(({ tenant }) => tenant === membership.tenant)) throw new SpillwayError('USER_EXISTS', 'this user is a member already', 'Change the role instead')
    const user = await changeUser(desk, known, (current) => ({ memberships: withRole(current, membership.tenant, membership.role) }), membership.tenant, `role ${membership.role}`)
    return { token: null, user }
  }
  if ((await people.users.list()).length >= MOST_USERS) throw new SpillwayError('CONTROL_CONFLICT', `there are ${MOST_USERS} users, which is the most`, 'Let them sign in through an identity provider of another installation')
  const token = await putLink(desk, { kind: 'invite', email, membership }, INVITE_MS, act({ leaf: 'user-invited', tenant: membership.tenant, role: membership.role }))
  return { token, expiresAt: now + INVITE_MS, user: null }
}

/** A link with which a user sets a new password. Whoever has it has the account: only the command line makes one. */
export async function passwordLink(desk: PeopleDesk, user: UserRow): Promise<string> {
  return putLink(desk, { kind: 'password', email: user.email }, PASSWORD_MS, desk.act({ leaf: 'user-changed', tenant: null, user: user.id, changed: 'password link' }))
}

/** Makes the user that was invited, or sets the password that a link allows to set; all other sessions of that user end. */
export async function acceptLink({ people, now }: Pick<PeopleDesk, 'people' | 'now'>, { token, name, password }: { readonly token: string; readonly name: string; readonly password: string }, witnessOf: (user: UserRow) => Witness): Promise<{ readonly user: UserRow; readonly tenant: string | null }> {
  const link = await findLink(people, token, ['invite', 'password'], now)
  if (link.kind === 'password') {
    const user = await people.users.byEmail(link.email)
    if (user === null || user.disabledAt !== null) throw linkInvalid()
    checkPassword(password, user.email)
    const change = { password: await hashPassword(password) }
    if (!(await people.links.redeem(link.hash, now, { update: user.id, change }, witnessOf(user)({ leaf: 'user-changed', tenant: null, user: user.id, changed: 'password' })))) throw linkInvalid()
    await people.sessions.removeOf(user.id, null)
    return { user: { ...user, ...change }, tenant: null }
  }
  const membership = link.membership!
  const user = await newUser(link.email, name, password, membership, now)
  const { tenant, role } = membership
  if (!(await people.links.redeem(link.hash, now, { insert: user }, witnessOf(user)({ leaf: 'user-created', tenant, user: user.id, role, by: 'invitation' })))) throw linkInvalid()
  return { user, tenant }
}

/** `changed` in words of the audit log. Who is disabled is signed out everywhere. */
export async function changeUser({ people, act }: PeopleDesk, { id }: UserRow, change: UserChange | ((user: UserRow) => UserChange), tenant: string | null, changed: string): Promise<UserRow> {
  const found = await people.users.update(id, change, act({ leaf: 'user-changed', tenant, user: id, changed }))
  const user = found ? await people.users.get(id) : null
  if (user === null) throw unknownUser(id)
  if (user.disabledAt !== null) await people.sessions.removeOf(id, null)
  return user
}

/** The memberships with another role in one tenant; null = none there. */
export function withRole({ memberships }: UserRow, tenant: string | null, role: Role | null): readonly Membership[] {
  const others = memberships.filter((one) => one.tenant !== tenant)
  return role === null ? others : [...others, { tenant, role }]
}

/** By id or address. Throws USER_UNKNOWN. */
export async function findUser(people: ControlStore['people'], name: string): Promise<UserRow> {
  const user = (await people.users.get(name)) ?? (await people.users.byEmail(name.trim().toLowerCase()))
  if (user === null) throw unknownUser(name)
  return user
}

async function newUser(email: string, name: string, password: string, membership: Membership, now: number): Promise<UserRow> {
  checkPassword(password, email)
  return { id: newUserId(), email, name, password: await hashPassword(password), oidc: null, memberships: [membership], createdAt: now, disabledAt: null, signedInAt: null }
}

async function putLink({ people, now }: Pick<PeopleDesk, 'people' | 'now'>, about: Pick<LinkRow, 'kind' | 'email' | 'membership'>, lastsMs: number, act?: object): Promise<string> {
  const token = newToken()
  await people.links.put({ ...about, hash: hashToken(token), createdAt: now, expiresAt: now + lastsMs }, act)
  return token
}

async function findLink(people: ControlStore['people'], token: string, kinds: readonly LinkRow['kind'][], now: number): Promise<LinkRow> {
  const link = await people.links.get(hashToken(token), now)
  if (link === null || !kinds.includes(link.kind)) throw linkInvalid()
  return link
}

function linkInvalid(): SpillwayError {
  return new SpillwayError('LINK_INVALID', 'this link does not work, or no more', 'Ask for a new one: links work once, and not for ever')
}

function unknownUser(name: string): SpillwayError {
  return new SpillwayError('USER_UNKNOWN', `there is no user "${oneLine(name)}"`, 'List them with "spillway users list"')
}
