import type { ControlStore } from '../../store/control.ts'
import { ROLES, type Role, type UserRow } from '../../store/people.ts'
import { isEverywhere, roleIn } from './permissions.ts'

export const DEFAULT_TENANT = 'default'

export interface OwnTenant {
  readonly id: string
  readonly role: Role
}

/** Where a user has a role, by name. Who belongs to every tenant belongs to those that anything is known of. */
export async function tenantsOf(store: Pick<ControlStore, 'keys' | 'budgets' | 'people'>, user: UserRow, more: readonly string[]): Promise<OwnTenant[]> {
  const named = user.memberships.map(({ tenant }) => tenant)
  const known = isEverywhere(user) ? [...named, DEFAULT_TENANT, ...more, ...(await allTenants(store))] : named
  return [...new Set(known)].filter((id) => id !== null).toSorted().map((id) => ({ id, role: roleIn(user, id)! }))
}

/** Where a session begins: the default tenant, else the first. */
export function firstTenant({ memberships }: Pick<UserRow, 'memberships'>): string {
  if (memberships.length === 0 || memberships.some(({ tenant }) => tenant === null || tenant === DEFAULT_TENANT)) return DEFAULT_TENANT
  return memberships.toSorted((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role))[0]!.tenant!
}

async function allTenants({ keys, budgets, people }: Pick<ControlStore, 'keys' | 'budgets' | 'people'>): Promise<(string | null)[]> {
  const [ofKeys, ofBudgets, users] = await Promise.all([keys.list(null), budgets.list(null), people.users.list()])
  return [...ofKeys.map(({ tenant }) => tenant), ...ofBudgets.map(({ tenant }) => tenant), ...users.flatMap(({ memberships }) => memberships.map(({ tenant }) => tenant))]
}
