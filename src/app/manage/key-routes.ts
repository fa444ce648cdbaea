import { randomBytes } from 'node:crypto'
import Type from 'typebox'
import { OPEN_RULES } from '../../route/admission/key-rules.ts'
import { changeKey, createKey, disableKey, findKey, type KeyDesk, rotateKey, type ShownKey } from '../../route/admission/manage-keys.ts'
import type { KeyRow, KeyRules } from '../../store/control.ts'
import { ApiError } from '../api/api-error.ts'
import { permissionsOfKey } from '../auth/permissions.ts'
import { type KeyView, plainKey } from './key-view.ts'
import { type Asked, manageRoute, type ManageRoute } from './route.ts'
import { boolean, day, futureTime, list, object, oneOf, optional, orNull, text, timeOrNull, usd, words } from './shapes.ts'

const limit = (what: string) => orNull(Type.Integer({ minimum: 1, maximum: 1_000_000_000 }), `${what}: a whole number from 1 to 1000000000`)
const LIMITS = object({ rpm: limit('requests in any 60 seconds'), tpm: limit('tokens in any 60 seconds'), concurrency: limit('calls at once') })
const RULES = {
  scopes: Type.Array(oneOf(['call', 'read', 'ingest', 'audit', 'admin'], 'a scope'), { minItems: 1, maxItems: 5, uniqueItems: true, description: 'what it may do: a list of call, read, ingest, audit, admin' }),
  models: orNull(Type.Array(words('the name of a model', 256), { maxItems: 1000 }), 'the models that it may use, * at the end of a name standing for any rest: a list of names'),
  residency: orNull(words('a region', 128), 'the region that its calls never leave, such as eu'),
  priority: oneOf(['realtime', 'standard', 'batch'], 'the class of its calls'),
  limits: LIMITS,
}
const KEY = object({
  id: text('its public name'),
  tenant: text('whose it is'),
  name: text('what it is for'),
  state: oneOf(['active', 'disabled', 'expired'], 'whether it works'),
  createdAt: timeOrNull('when it was made'),
  expiresAt: timeOrNull('until when it works; null = for ever'),
  disabledAt: timeOrNull('since when it is refused; null = it is not'),
  lastUsedAt: timeOrNull('within a minute; null = never'),
  oldSecretUntil: timeOrNull('until when the secret before the last rotation works; null = it does not'),
  rules: object(RULES),
  budgets: list(object({ id: text('of the budget'), period: oneOf(['day', 'month', 'total'], 'of what time'), usd: usd('the limit') }), 'its own budgets'),
})
const SHOWN = object({ key: KEY, secret: text('shown once: it is not stored') })
const { scopes, models, residency, priority } = RULES
const rules = { scopes: optional(scopes), models: optional(models), residency: optional(residency), priority: optional(priority), limits: optional(LIMITS) }
const expiresAt = orNull(day('until when it works'), 'until when it works: a date or a time in UTC, such as 2027-06-30')
const name = words('what it is for', 200)
const MONTH_SECONDS = 31 * 86_400
const DEFAULT_GRACE_SECONDS = 86_400

export const keyRoutes: readonly ManageRoute[] = [
  manageRoute({
    method: 'GET',
    path: '/api/v1/keys',
    permission: 'keys',
    summary: 'The keys of the tenant, with their rules and last use',
    body: null,
    answer: object({ keys: list(KEY, 'oldest first'), configured: list(text('the id'), 'keys of the configuration file, which are managed there') }),
    handle: async ({ desk, caller: { tenant }, now }) => {
      const [keys, budgets] = await Promise.all([desk.store.keys.list(tenant), desk.store.budgets.list(tenant)])
      const configured = desk.config().server.staticKeys.filter((key) => key.tenant === tenant)
      return { keys: keys.map((key) => plainKey(key, budgets, now)), configured: configured.map(({ id }) => id) }
    },
  }),
  manageRoute({
    method: 'POST',
    path: '/api/v1/keys',
    permission: 'keys',
    summary: 'Make a key',
    body: object({ name, ...rules, expiresAt: optional(expiresAt) }),
    answer: SHOWN,
    status: 201,
    handle: async (asked) => {
      const { body, caller, now } = asked
      const wanted = { name: body.name, tenant: caller.tenant, expiresAt: expiry(body.expiresAt, now) ?? null, rules: changedRules(OPEN_RULES, body) }
      refuseMore(asked, wanted.rules)
      return shown(asked, await createKey(keyDesk(asked), wanted))
    },
  }),
  manageRoute({
    method: 'PATCH',
    path: '/api/v1/keys/{id}',
    permission: 'keys',
    summary: "Change a key's name, rules or expiry, or whether it is refused",
    body: object({ name: optional(name), ...rules, expiresAt: optional(expiresAt), disabled: optional(boolean({ description: 'true to refuse it, false to accept it again' })) }),
    answer: object({ key: KEY }),
    handle: async (asked) => {
      const { body, now } = asked
      const old = await ownKey(asked)
      const until = expiry(body.expiresAt, now)
      const change = { ...(body.name === undefined ? {} : { name: body.name }), ...(until === undefined ? {} : { expiresAt: until }), rules: changedRules(old.rules, body) }
      refuseMore(asked, change.rules)
      const desk = keyDesk(asked)
      let key = await changeKey(desk, old, change)
      if (body.disabled !== undefined && body.disabled !== (key.disabledAt !== null)) key = await disableKey(desk, key, !body.disabled)
      return { key: await view(asked, key) }
    },
  }),
  manageRoute({
    method: 'POST',
    path: '/api/v1/keys/{id}/rotate',
    permission: 'keys',
    summary: 'A new secret for a key; its budgets, limits and history go on',
    body: object({ graceSeconds: optional(Type.Integer({ minimum: 0, maximum: MONTH_SECONDS, description: `how long the old secret still works, 0 where it has leaked: seconds up to ${MONTH_SECONDS}` })) }),
    answer: SHOWN,
    handle: async (asked) => shown(asked, await rotateKey(keyDesk(asked), await ownKey(asked), (asked.body.graceSeconds ?? DEFAULT_GRACE_SECONDS) * 1000)),
  }),
  manageRoute({
    method: 'DELETE',
    path: '/api/v1/keys/{id}',
    permission: 'keys',
    summary: 'Refuse a key from now on; what it did stays on record',
    body: null,
    answer: object({ key: KEY }),
    handle: async (asked) => {
      const key = await ownKey(asked)
      return { key: await view(asked, key.disabledAt === null ? await disableKey(keyDesk(asked), key, false) : key) }
    },
  }),
]

type Wanted = Partial<Omit<KeyRules, 'limits'>> & { readonly limits?: KeyRules['limits'] }

function changedRules(old: KeyRules, { scopes, models, residency, priority, limits }: Wanted): KeyRules {
  return {
    scopes: scopes ?? old.scopes,
    models: models === undefined ? old.models : models,
    residency: residency === undefined ? old.residency : residency,
    priority: priority ?? old.priority,
    limits: limits ?? old.limits,
  }
}

/** Undefined = not named. */
function expiry(written: string | null | undefined, now: number): number | null | undefined {
  return typeof written === 'string' ? futureTime(written, 'expiresAt', now) : written
}

/** A key of the caller's tenant that may do no more than the caller: its secret could be had by rotating it. */
async function ownKey(asked: Asked<unknown>): Promise<KeyRow> {
  const key = await findKey(asked.desk.store, asked.id, asked.caller.tenant)
  refuseMore(asked, key.rules)
  return key
}

function refuseMore({ caller }: Asked<unknown>, { scopes }: KeyRules): void {
  const mayAdminister = scopes.includes('admin')
  const mayAudit = scopes.includes('audit')
  const needed = permissionsOfKey({ mayRead: scopes.includes('read'), mayAudit, mayAdminister })
  if ((mayAdminister || mayAudit) && !caller.everywhere) throw new ApiError('not_yours', 'A key with the scope "audit" or "admin" may see what concerns all tenants: somebody who belongs to all of them has to make or change it.', 'scopes')
  if (needed.some((one) => !caller.permissions.has(one))) throw new ApiError('not_yours', 'The key would be, or is, allowed more than you are.', 'scopes')
}

function keyDesk({ desk, now, act }: Asked<unknown>): KeyDesk {
  return { store: desk.store, pepper: desk.pepper, randomBytes, now, actOf: (deed, { id, tenant }) => act({ ...deed, tenant, key: id }) }
}

async function shown(asked: Asked<unknown>, { key, secret }: ShownKey): Promise<object> {
  return { key: await view(asked, key), secret }
}

async function view({ desk, now }: Asked<unknown>, key: KeyRow): Promise<KeyView> {
  return plainKey(key, await desk.store.budgets.list(key.tenant), now)
}
