import type { OidcConfig } from '../../../route/config-types.ts'
import type { Role, UserRow } from '../../../store/people.ts'
import { witness } from '../../audit/act.ts'
import { changeUser, emailOf, type PeopleDesk, withRole } from '../people.ts'
import { strongest } from '../permissions.ts'
import { newUserId } from '../tokens.ts'
import type { Identity } from './provider.ts'

/** Why somebody whom the provider knows is not let in; pages say it in words. */
export type Refusal = 'no_role' | 'no_email' | 'disabled' | 'address_taken'

/**
 * The user that an identity is: known by issuer and subject, else by an address that the provider has verified, else new. Where a
 * claim gives roles, the role in the provider's tenant follows it at each sign-in.
 */
export async function userOfIdentity({ people, now }: Pick<PeopleDesk, 'people' | 'now'>, config: OidcConfig, { issuer, subject, claims }: Identity): Promise<UserRow | Refusal> {
  const role = roleOf(claims, config)
  const known = await people.users.byOidc(issuer, subject)
  if (known !== null) return known.disabledAt === null ? withCurrentRole({ people, now }, config, known, role) : 'disabled'
  if (role === null) return 'no_role'
  const email = emailIn(claims)
  if (email === null) return 'no_email'
  const same = await people.users.byEmail(email)
  if (same === null) {
    const user: UserRow = { id: newUserId(), email, name: nameIn(claims) ?? email, password: null, oidc: { issuer, subject }, memberships: [{ tenant: config.tenant, role }], createdAt: now, disabledAt: null, signedInAt: null }
    await people.users.insert(user, witness(`user:${user.id}`, now)({ leaf: 'user-created', tenant: config.tenant, user: user.id, role, by: 'identity-provider' }))
    return user
  }
  // An address that anybody could have typed in at the provider must not open an account.
  if (claims['email_verified'] !== true || same.oidc !== null) return 'address_taken'
  if (same.disabledAt !== null) return 'disabled'
  const desk = deskOf(same, { people, now })
  return withCurrentRole({ people, now }, config, await changeUser(desk, same, { oidc: { issuer, subject } }, null, 'identity linked'), role)
}

async function withCurrentRole(desk: Pick<PeopleDesk, 'people' | 'now'>, config: OidcConfig, user: UserRow, role: Role | null): Promise<UserRow | Refusal> {
  if (config.roleClaim === null) return user
  const { tenant } = config
  const current = user.memberships.find((one) => one.tenant === tenant)?.role ?? null
  // Who has a role in every tenant was given it here, and keeps it.
  if (current === role || (current === null && user.memberships.some((one) => one.tenant === null))) return role === null && user.memberships.length === 0 ? 'no_role' : user
  const changed = await changeUser(deskOf(user, desk), user, (latest) => ({ memberships: withRole(latest, tenant, role) }), tenant, role === null ? 'membership ended' : `role ${role}`)
  return changed.memberships.length === 0 ? 'no_role' : changed
}

/** The provider says it of the user, so the user is the actor. */
function deskOf({ id }: UserRow, { people, now }: Pick<PeopleDesk, 'people' | 'now'>): PeopleDesk {
  return { people, now, act: witness(`user:${id}`, now) }
}

function roleOf(claims: Identity['claims'], { roleClaim, roles, defaultRole }: OidcConfig): Role | null {
  const groups = roleClaim === null ? [] : groupsIn(claims, roleClaim)
  const given = groups.flatMap((group) => (Object.hasOwn(roles, group) ? [roles[group]!] : []))
  return strongest(given) ?? (defaultRole === 'none' ? null : defaultRole)
}

/** A claim by its name, else by a path with dots, such as `realm_access.roles`: a text or a list of texts. */
function groupsIn(claims: Identity['claims'], name: string): string[] {
  const steps = Object.hasOwn(claims, name) ? [name] : name.split('.')
  const value = steps.reduce<unknown>((at, step) => (typeof at === 'object' && at !== null && Object.hasOwn(at, step) ? (at as Readonly<Record<string, unknown>>)[step] : undefined), claims)
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter((one) => typeof one === 'string')
}

function emailIn(claims: Identity['claims']): string | null {
  try {
    return typeof claims['email'] === 'string' ? emailOf(claims['email']) : null
  } catch {
    return null
  }
}

function nameIn(claims: Identity['claims']): string | null {
  const name = claims['name'] ?? claims['preferred_username']
  const shown = typeof name === 'string' ? name.replaceAll(/[\u0000-\u001f\u007f]/gu, ' ').trim().slice(0, 200) : ''
  return shown === '' ? null : shown
}
