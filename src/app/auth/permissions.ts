import { ROLES, type Role, type UserRow } from '../../store/people.ts'

/** What somebody may do in a tenant. Every route asks for one of these. */
export const PERMISSIONS = [
  /** Ask what was recorded in sums, and see how it goes at present. */
  'read',
  /** See single calls and traces, and export them. */
  'calls',
  /** See the audit log and its proofs. */
  'audit',
  /** Read what was asked and answered, where that is kept. */
  'bodies',
  'keys',
  'budgets',
  /** Silence alerts. */
  'alerts',
  /** See pools, prices and the rest of the configuration. */
  'settings',
  'users',
  /** Make and change owners. */
  'owners',
] as const
export type Permission = (typeof PERMISSIONS)[number]

export const PERMISSIONS_OF: Readonly<Record<Role, readonly Permission[]>> = {
  owner: PERMISSIONS,
  admin: PERMISSIONS.filter((one) => one !== 'owners'),
  engineer: ['read', 'calls', 'audit', 'keys', 'alerts', 'settings'],
  finance: ['read', 'budgets', 'settings'],
  auditor: ['read', 'calls', 'audit'],
  viewer: ['read'],
}

/** Of a key. One that only calls or reports may do nothing here. */
export function permissionsOfKey({ mayRead, mayAudit, mayAdminister }: { readonly mayRead: boolean; readonly mayAudit: boolean; readonly mayAdminister: boolean }): readonly Permission[] {
  if (mayAdminister) return PERMISSIONS.filter((one) => one !== 'owners' && one !== 'bodies' && (mayRead || (one !== 'read' && one !== 'calls')))
  return [...(mayRead ? (['read', 'calls'] as const) : []), ...(mayAudit ? (['audit'] as const) : [])]
}

/** The role of a user in a tenant; what is said of the tenant itself counts before what is said of all. Null = none. */
export function roleIn({ memberships }: Pick<UserRow, 'memberships'>, tenant: string): Role | null {
  return (memberships.find((one) => one.tenant === tenant) ?? memberships.find((one) => one.tenant === null))?.role ?? null
}

export function permissionsIn(user: Pick<UserRow, 'memberships'>, tenant: string): ReadonlySet<Permission> {
  const role = roleIn(user, tenant)
  return new Set(role === null ? [] : PERMISSIONS_OF[role])
}

/** Whether it belongs to every tenant. */
export function isEverywhere({ memberships }: Pick<UserRow, 'memberships'>): boolean {
  return memberships.some(({ tenant }) => tenant === null)
}

/** Whether all that it may do in a tenant it may do in every one: only then what concerns all of them is told or changed. */
export function actsEverywhere(user: Pick<UserRow, 'memberships'>, tenant: string): boolean {
  const role = user.memberships.find((one) => one.tenant === null)?.role
  return role !== undefined && [...permissionsIn(user, tenant)].every((one) => PERMISSIONS_OF[role].includes(one))
}

/** The one with the most rights, in the order of ROLES; null of none. */
export function strongest(roles: readonly Role[]): Role | null {
  return ROLES.find((role) => roles.includes(role)) ?? null
}
