import type { Role, UserRow } from '../../store/people.ts'
import { ApiError } from '../api/api-error.ts'
import { changeUser, findUser, invite, type PeopleDesk, withRole } from '../auth/people.ts'
import { isEverywhere, roleIn } from '../auth/permissions.ts'
import { time } from './key-view.ts'
import { type Asked, manageRoute, type ManageRoute } from './route.ts'
import { boolean, list, object, optional, orNull, role, text, timeOrNull, words } from './shapes.ts'

const USER = object({
  id: text('its name'),
  email: text('the address'),
  name: text('as they call themselves'),
  role: orNull(role, 'in this tenant'),
  everywhere: boolean({ description: 'whether they belong to every tenant' }),
  elsewhere: boolean({ description: 'whether they belong to another tenant too' }),
  disabled: boolean({ description: 'whether they are refused' }),
  hasPassword: boolean({ description: 'whether they sign in with a password' }),
  hasOidc: boolean({ description: 'whether they sign in through the identity provider' }),
  createdAt: timeOrNull('since when'),
  signedInAt: timeOrNull('the last time; null = never'),
})

export const userRoutes: readonly ManageRoute[] = [
  manageRoute({
    method: 'GET',
    path: '/api/v1/users',
    permission: 'users',
    summary: 'Who has a role in the tenant, and who is invited',
    body: null,
    answer: object({ users: list(USER, 'oldest first'), invitations: list(object({ email: text('the address'), role, everywhere: boolean({ description: 'whether into every tenant' }), expiresAt: timeOrNull('until when the link works') }), 'that still work') }),
    handle: async ({ desk, caller: { tenant, everywhere }, now }) => {
      const { people } = desk.store
      const [users, links] = await Promise.all([people.users.list(), people.links.list(now)])
      const invited = links.flatMap(({ email, membership, expiresAt }) => (membership !== undefined && (membership.tenant === tenant || (membership.tenant === null && everywhere)) ? [{ email, role: membership.role, everywhere: membership.tenant === null, expiresAt: time(expiresAt) }] : []))
      return { users: users.filter((user) => roleIn(user, tenant) !== null).map((user) => view(user, tenant)), invitations: invited }
    },
  }),
  manageRoute({
    method: 'POST',
    path: '/api/v1/users/invite',
    permission: 'users',
    summary: 'A link with which somebody makes an account, shown once; who has one becomes a member at once',
    body: object({ email: words('an e-mail address', 254, 3), role, everywhere: optional(boolean({ description: 'true for a role in every tenant' })) }),
    answer: object({ link: orNull(text('an address'), 'to be sent to them: whoever opens it first is in; null = they are a member already'), expiresAt: timeOrNull('until when it works'), user: orNull(USER, 'who has become a member') }),
    status: 201,
    handle: async (asked) => {
      const { desk, caller, body } = asked
      refuseOwners(asked, body.role)
      if (body.everywhere === true && !(caller.kind === 'user' && caller.everywhere)) throw new ApiError('not_yours', 'Only a user who belongs to every tenant can invite into every tenant.', 'everywhere')
      const { token, user, ...rest } = await invite(peopleDesk(asked), body.email, { tenant: body.everywhere === true ? null : caller.tenant, role: body.role })
      if (token === null) return { link: null, expiresAt: null, user: view(user!, caller.tenant) }
      return { link: `${desk.config().dashboard.publicUrl ?? ''}/invite#${token}`, expiresAt: time('expiresAt' in rest ? rest.expiresAt : null), user: null }
    },
  }),
  manageRoute({
    method: 'PATCH',
    path: '/api/v1/users/{id}',
    permission: 'users',
    summary: "Change a user's role in the tenant, take them out of it, or refuse them",
    body: object({ role: optional(orNull(role, 'a role, or null to take them out of this tenant')), disabled: optional(boolean({ description: 'true to refuse them everywhere, false to let them in again' })) }),
    answer: object({ user: USER }),
    handle: async (asked) => {
      const { caller: { tenant }, body } = asked
      let user = await changeable(asked)
      const desk = peopleDesk(asked)
      if (body.role !== undefined) {
        const wanted = body.role
        if (wanted !== null) refuseOwners(asked, wanted)
        const place = user.memberships.some((one) => one.tenant === tenant) ? tenant : null
        user = await changeUser(desk, user, (current) => ({ memberships: withRole(current, place, wanted) }), place, wanted === null ? 'membership ended' : `role ${wanted}`)
      }
      if (body.disabled !== undefined && body.disabled !== (user.disabledAt !== null)) user = await changeUser(desk, user, { disabledAt: body.disabled ? asked.now : null }, null, body.disabled ? 'disabled' : 'enabled')
      return { user: view(user, tenant) }
    },
  }),
]

/** A user that the caller may change: of this tenant, not themselves, no owner unless the caller may, and of no tenant that the caller is not of. */
async function changeable(asked: Asked<{ readonly disabled?: boolean }>): Promise<UserRow> {
  const { desk, caller, id, body } = asked
  const user = await findUser(desk.store.people, id)
  const current = roleIn(user, caller.tenant)
  if (current === null || user.id !== id) throw new ApiError('not_found', 'There is no such user in this tenant.')
  if (user.id === caller.id) throw new ApiError('not_yours', 'Somebody else has to change your role.')
  refuseOwners(asked, current)
  const isOwn = user.memberships.some(({ tenant }) => tenant === caller.tenant)
  const isAbove = caller.kind === 'user' && caller.everywhere
  if ((!isOwn || isEverywhere(user)) && !isAbove) throw new ApiError('not_yours', 'This user belongs to every tenant: somebody who does, too, has to change this.')
  if (body.disabled !== undefined) for (const { role: held } of user.memberships) refuseOwners(asked, held)
  if (body.disabled !== undefined && user.memberships.length > 1 && !isAbove) throw new ApiError('not_yours', 'This user belongs to other tenants, too: take them out of this one instead.', 'disabled')
  return user
}

function refuseOwners({ caller }: Asked<unknown>, wanted: Role): void {
  if (wanted === 'owner' && !caller.permissions.has('owners')) throw new ApiError('permission_missing', 'Owners are made and changed by owners.', 'role')
}

function peopleDesk({ desk, now, act }: Asked<unknown>): PeopleDesk {
  return { people: desk.store.people, now, act }
}

function view(user: UserRow, tenant: string): object {
  const { id, email, name, password, oidc, memberships, disabledAt, createdAt, signedInAt } = user
  return {
    id,
    email,
    name,
    role: roleIn(user, tenant),
    everywhere: isEverywhere(user),
    elsewhere: memberships.some((one) => one.tenant !== null && one.tenant !== tenant),
    disabled: disabledAt !== null,
    hasPassword: password !== null,
    hasOidc: oidc !== null,
    createdAt: time(createdAt),
    signedInAt: time(signedInAt),
  }
}
