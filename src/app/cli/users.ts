import { Command, Option } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import type { ControlStore } from '../../store/control.ts'
import { type Membership, type Role, ROLES, type UserRow } from '../../store/people.ts'
import { actBy } from '../audit/act.ts'
import { changeUser, findUser, invite, newSetupLink, passwordLink, type PeopleDesk, withRole } from '../auth/people.ts'
import { siteOf } from '../auth/site.ts'
import { SERVER } from '../config/defaults.ts'
import { time } from '../manage/key-view.ts'
import { dataOption, type DataOption, withDataDir } from './data-option.ts'
import type { Io } from './io.ts'
import { renderTable } from './table.ts'

interface Shared extends DataOption {
  readonly json?: boolean
}

interface LinkOptions extends Shared {
  readonly url: string
}

interface Where {
  readonly tenant: string
  readonly everywhere?: boolean
}

/** `spillway users`: who signs in to the dashboard. A running server follows at once. */
export function usersCommand(io: Io): Command {
  const list = shared(new Command('list').description('users with their roles, and open invitations'))
    .addHelpText('after', '\nExamples:\n  $ spillway users list\n  $ spillway users list --json\n')
    .action((options: Shared) => withDesk(options, io, (desk) => runList(desk, options, io)))
  const setup = linked(new Command('setup-link').description('a new link that makes the first owner; works once, for a day'))
    .addHelpText('after', '\nExamples:\n  $ spillway users setup-link\n  $ spillway users setup-link --url https://spillway.example.com\n')
    .action((options: LinkOptions) => withDesk(options, io, (desk) => runSetup(desk, options, io), true))
  const inviteUser = where(linked(new Command('invite').description('a link with which somebody makes an account; works once, for a week')))
    .argument('<email>', 'their address')
    .addOption(roleOption().makeOptionMandatory())
    .addHelpText('after', '\nExamples:\n  $ spillway users invite ann@example.com --role finance\n  $ spillway users invite bob@example.com --role admin --everywhere\n')
    .action((email: string, options: LinkOptions & Where & { readonly role: Role }) => withDesk(options, io, (desk) => runInvite(desk, email, options, io), true))
  const role = where(shared(new Command('role').description('another role for a user')))
    .argument('<user>', 'address or id')
    .addArgument(roleArgument())
    .addHelpText('after', '\nExamples:\n  $ spillway users role ann@example.com auditor\n  $ spillway users role ann@example.com none --tenant acme\n')
    .action((name: string, wanted: Role | 'none', options: Shared & Where) => withDesk(options, io, (desk) => runRole(desk, name, wanted, options, io)))
  const disable = shared(new Command('disable').description('refuse a user and end all sessions of theirs'))
    .argument('<user>', 'address or id')
    .option('--undo', 'let them in again')
    .addHelpText('after', '\nExamples:\n  $ spillway users disable ann@example.com\n  $ spillway users disable ann@example.com --undo\n')
    .action((name: string, options: Shared & { readonly undo?: boolean }) => withDesk(options, io, (desk) => runDisable(desk, name, options, io)))
  const password = linked(new Command('password-link').description('a link with which a user sets a new password; works once, for a day'))
    .argument('<user>', 'address or id')
    .addHelpText('after', '\nWhoever opens the link has the account.\n\nExamples:\n  $ spillway users password-link ann@example.com\n')
    .action((name: string, options: LinkOptions) => withDesk(options, io, (desk) => runPassword(desk, name, options, io)))
  return [list, setup, inviteUser, role, disable, password].reduce((users, command) => users.addCommand(command), new Command('users').description('who signs in to the dashboard, and what they may do there'))
}

function shared(command: Command): Command {
  return dataOption(command).option('--json', 'print JSON')
}

function linked(command: Command): Command {
  return shared(command).option('--url <url>', 'what the link begins with', siteOf(null, SERVER.host, SERVER.port))
}

function where(command: Command): Command {
  return command.option('--tenant <id>', 'in this tenant', 'default').option('--everywhere', 'in every tenant')
}

function roleOption(): Option {
  return new Option('--role <role>', 'what they may do').choices(ROLES)
}

function roleArgument() {
  return new Command().createArgument('<role>', 'what they may do; none = nothing there').choices([...ROLES, 'none'])
}

function withDesk(options: Shared, io: Io, work: (desk: PeopleDesk) => Promise<void>, mayMake = false): Promise<void> {
  const now = io.now().getTime()
  return withDataDir(options, io, mayMake, ({ store }: { readonly store: ControlStore }) => work({ people: store.people, now, act: (deed) => actBy(io.env, now, deed) }))
}

async function runList({ people, now }: PeopleDesk, { json }: Shared, io: Io): Promise<void> {
  const [users, links] = await Promise.all([people.users.list(), people.links.list(now)])
  const invited = links.filter(({ kind }) => kind === 'invite')
  if (json === true) return print(io, { users: users.map(plain), invitations: invited.map(({ email, membership, expiresAt }) => ({ email, ...membership, expiresAt: time(expiresAt) })) })
  const rows = [...users.map((user) => [user.email, user.name, roles(user.memberships), user.disabledAt === null ? 'active' : 'disabled', user.signedInAt === null ? 'never' : time(user.signedInAt)!.slice(0, 10)]), ...invited.map(({ email, membership }) => [email, '', roles([membership!]), 'invited', ''])]
  io.stdout(rows.length === 0 ? 'No users. Make the first owner with "spillway users setup-link".\n' : `${renderTable([{ header: 'address' }, { header: 'name' }, { header: 'roles' }, { header: 'state', shrink: false }, { header: 'last sign-in', shrink: false }], rows, Math.min(io.columns, 100))}\n`)
}

async function runSetup(desk: PeopleDesk, options: LinkOptions, io: Io): Promise<void> {
  const token = await newSetupLink(desk)
  if (token === null) throw new SpillwayError('USER_EXISTS', 'there is an owner already', 'Let them invite others, or give one a new password with "spillway users password-link"')
  showLink(options, 'setup', token, 'It makes the first owner. It works once, until tomorrow.', io)
}

async function runInvite(desk: PeopleDesk, email: string, options: LinkOptions & Where & { readonly role: Role }, io: Io): Promise<void> {
  const { token, user } = await invite(desk, email, { tenant: placeOf(options), role: options.role })
  if (token !== null) showLink(options, 'invite', token, 'Send it to them: whoever opens it first makes the account. It works once, for a week.', io)
  else showUser(user, options, `${user.email} has an account and is a member now.`, io)
}

async function runRole(desk: PeopleDesk, name: string, wanted: Role | 'none', options: Shared & Where, io: Io): Promise<void> {
  const user = await findUser(desk.people, name)
  const place = placeOf(options)
  const changed = await changeUser(desk, user, (current) => ({ memberships: withRole(current, place, wanted === 'none' ? null : wanted) }), place, wanted === 'none' ? 'membership ended' : `role ${wanted}`)
  showUser(changed, options, `${user.email}: ${roles(changed.memberships) || 'no role anywhere'}`, io)
}

async function runDisable(desk: PeopleDesk, name: string, options: Shared & { readonly undo?: boolean }, io: Io): Promise<void> {
  const user = await findUser(desk.people, name)
  const isUndone = options.undo === true
  const changed = await changeUser(desk, user, { disabledAt: isUndone ? null : desk.now }, null, isUndone ? 'enabled' : 'disabled')
  showUser(changed, options, `${user.email} is ${isUndone ? 'let in again' : 'refused, and signed out everywhere'}.`, io)
}

async function runPassword(desk: PeopleDesk, name: string, options: LinkOptions, io: Io): Promise<void> {
  const user = await findUser(desk.people, name)
  showLink(options, 'invite', await passwordLink(desk, user), `With it ${user.email} sets a new password. It works once, until tomorrow.`, io)
}

function placeOf({ tenant, everywhere }: Where): string | null {
  return everywhere === true ? null : tenant
}

function roles(memberships: readonly Membership[]): string {
  return memberships.map(({ tenant, role }) => `${role} ${tenant === null ? 'everywhere' : `in ${tenant}`}`).join(', ')
}

function plain({ id, email, name, memberships, password, oidc, createdAt, disabledAt, signedInAt }: UserRow): object {
  return { id, email, name, memberships, hasPassword: password !== null, hasOidc: oidc !== null, createdAt: time(createdAt), disabledAt: time(disabledAt), signedInAt: time(signedInAt) }
}

function showLink({ url, json }: LinkOptions, page: string, token: string, text: string, io: Io): void {
  const link = `${url.replace(/\/+$/u, '')}/${page}#${token}`
  if (json === true) print(io, { link })
  else io.stdout(`${link}\n\n${text}\n`)
}

function showUser(user: UserRow, { json }: Shared, text: string, io: Io): void {
  if (json === true) print(io, { user: plain(user) })
  else io.stdout(`${text}\n`)
}

function print(io: Io, value: unknown): void {
  io.stdout(`${JSON.stringify(value, null, 2)}\n`)
}
