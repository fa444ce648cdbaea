import { hash, invalid, moment, named } from './check-rows.ts'
import { type LinkRow, type Membership, ROLES, type SessionRow, type UserChange, type UserRow } from '../people.ts'

const LONGEST_ID = 128
const LONGEST_EMAIL = 254
const LONGEST_NAME = 256
const MOST_MEMBERSHIPS = 1000
const KINDS = ['setup', 'invite', 'password'] as const

/** Throws CONTROL_ROW_INVALID. Every adapter checks before it writes. */
export function checkUser(user: UserRow): void {
  named('user', 'id', user.id, LONGEST_ID)
  emailOf('user', user.email)
  moment('createdAt', user.createdAt)
  checkUserChange(user)
}

export function checkUserChange(change: UserChange): void {
  if (change.name !== undefined) named('user', 'name', change.name, LONGEST_NAME)
  if (change.password !== undefined && change.password !== null) named('user', 'password', change.password, LONGEST_NAME)
  if (change.oidc !== undefined && change.oidc !== null) {
    named('user', 'oidc.issuer', change.oidc.issuer, 2000)
    named('user', 'oidc.subject', change.oidc.subject, 256)
  }
  for (const field of ['disabledAt', 'signedInAt'] as const) {
    const value = change[field]
    if (value !== undefined && value !== null) moment(field, value)
  }
  if (change.memberships === undefined) return
  if (change.memberships.length > MOST_MEMBERSHIPS) throw invalid('user', 'memberships', `are more than ${MOST_MEMBERSHIPS}`)
  for (const one of change.memberships) membership('user', one)
  if (new Set(change.memberships.map(({ tenant }) => tenant)).size < change.memberships.length) throw invalid('user', 'memberships', 'name a tenant twice')
}

export function checkSession({ hash: digest, user, tenant, createdAt, seenAt, expiresAt }: SessionRow): void {
  hash('session', 'hash', digest)
  named('session', 'user', user, LONGEST_ID)
  checkTenant(tenant)
  for (const [field, value] of Object.entries({ createdAt, seenAt, expiresAt })) moment(field, value)
}

export function checkTenant(tenant: string): void {
  named('session', 'tenant', tenant, LONGEST_ID)
}

export function checkLink({ hash: digest, kind, email, membership: given, createdAt, expiresAt }: LinkRow): void {
  hash('link', 'hash', digest)
  if (!KINDS.includes(kind)) throw invalid('link', 'kind', `is not among ${KINDS.join(', ')}`)
  if (kind === 'setup' ? email !== '' : email === '') throw invalid('link', 'email', 'belongs to every link but that for the first owner')
  if (kind !== 'setup') emailOf('link', email)
  if ((kind === 'invite') !== (given !== undefined)) throw invalid('link', 'membership', 'belongs to an invitation, and to no other link')
  if (given !== undefined) membership('link', given)
  for (const [field, value] of Object.entries({ createdAt, expiresAt })) moment(field, value)
}

function membership(row: string, { tenant, role }: Membership): void {
  if (tenant !== null) named(row, 'tenant', tenant, LONGEST_ID)
  if (!ROLES.includes(role)) throw invalid(row, 'role', `is not among ${ROLES.join(', ')}`)
}

function emailOf(row: string, email: string): void {
  named(row, 'email', email, LONGEST_EMAIL)
  if (email !== email.toLowerCase() || !/^[^\s@]+@[^\s@]+$/u.test(email)) throw invalid(row, 'email', 'is no address in lower case')
}
