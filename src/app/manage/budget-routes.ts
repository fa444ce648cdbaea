import { parseUsd } from '../../core/money.ts'
import { budgetStatuses, findBudget, removeBudget, setBudget } from '../../route/admission/manage-budgets.ts'
import type { BudgetRow } from '../../store/control.ts'
import { ApiError } from '../api/api-error.ts'
import { type BudgetView, plainBudget } from './budget-view.ts'
import { type Asked, manageRoute, type ManageRoute } from './route.ts'
import { boolean, list, object, oneOf, optional, orNull, text, timeOrNull, usd, words } from './shapes.ts'

const SCOPES = ['tenant', 'key', 'user', 'feature', 'model'] as const
const PERIODS = ['day', 'month', 'total'] as const
const BUDGET = object({
  id: text('its name'),
  tenant: text('whose it is'),
  scope: oneOf(SCOPES, 'what it is about'),
  value: orNull(text('which one'), 'which key, user, feature or model; null = the whole tenant, or each'),
  each: boolean({ description: 'whether every one has this limit for itself' }),
  period: oneOf(PERIODS, 'of what time; days and months in UTC'),
  usd: usd('the limit'),
  spentUsd: text('spent in the window of now, over all where each has the limit for itself: US dollars, exact'),
  reservedUsd: text('held for what running calls may cost: US dollars, exact'),
  windowStart: timeOrNull('of the window of now; null = total'),
  windowEnd: timeOrNull('when it renews; null = never'),
  subjects: orNull(list(object({ subject: text('who; empty = not named'), spentUsd: text('US dollars, exact') }), 'the largest spenders first'), 'who spent how much, where each has the limit for itself'),
})
/** Subjects of one budget in an answer: the rest is in the costs by that dimension. */
const MOST_SUBJECTS = 100

export const budgetRoutes: readonly ManageRoute[] = [
  manageRoute({
    method: 'GET',
    path: '/api/v1/budgets',
    permission: 'read',
    summary: 'The budgets of the tenant, with what was spent in the window of now',
    body: null,
    answer: object({ budgets: list(BUDGET, 'by id') }),
    handle: async (asked) => ({ budgets: await views(asked, await asked.desk.store.budgets.list(asked.caller.tenant)) }),
  }),
  manageRoute({
    method: 'PUT',
    path: '/api/v1/budgets',
    permission: 'budgets',
    summary: 'Set a budget; one that there is for the same subject and time gets the new limit, and what was spent stays',
    body: object({
      scope: oneOf(SCOPES, 'what it is about'),
      value: optional(words('which key (by its id), user, feature or model', 256)),
      each: optional(boolean({ description: 'true for a limit that every one has for itself' })),
      period: oneOf(PERIODS, 'of what time'),
      usd: usd('the limit'),
    }),
    answer: object({ budget: BUDGET }),
    handle: async (asked) => {
      const { desk, caller: { tenant }, body, act } = asked
      const { scope, period } = body
      const value = await subjectOf(asked, scope, body.value, body.each === true)
      const [budget] = await views(asked, [await setBudget(desk.store, { tenant, scope, value, period }, parseUsd(body.usd), act)])
      return { budget }
    },
  }),
  manageRoute({
    method: 'DELETE',
    path: '/api/v1/budgets/{id}',
    permission: 'budgets',
    summary: 'Lift a budget; what was spent under it is forgotten',
    body: null,
    answer: object({ removed: text('its id') }),
    handle: async ({ desk, caller: { tenant }, id, act }) => {
      await removeBudget(desk.store, await findBudget(desk.store, id, tenant), act)
      return { removed: id }
    },
  }),
]

async function subjectOf({ desk, caller: { tenant } }: Asked<unknown>, scope: BudgetRow['scope'], value: string | undefined, each: boolean): Promise<string> {
  if (scope === 'tenant') {
    if (value !== undefined || each) throw new ApiError('invalid_body', 'A budget of the whole tenant is about nobody in particular: leave value and each out.', 'value')
    return ''
  }
  if ((value === undefined) !== each) throw new ApiError('invalid_body', 'Give value, or each: true, one of the two.', 'value')
  if (value === undefined) return '*'
  if (value === '*') throw new ApiError('invalid_body', 'Give each: true for a limit that every one has for itself.', 'value')
  // Budgets of keys are named after the key: one of another tenant must not be reached by it.
  const keys = scope === 'key' ? [...desk.config().server.staticKeys.filter((key) => key.tenant === tenant), ...(await desk.store.keys.list(tenant))] : []
  if (scope === 'key' && !keys.some(({ id }) => id === value)) throw new ApiError('not_found', 'There is no such key in this tenant.', 'value')
  return value
}

async function views({ desk, now }: Asked<unknown>, budgets: readonly BudgetRow[]): Promise<BudgetView[]> {
  return (await budgetStatuses(desk.store, budgets, now)).map((status) => plainBudget({ ...status, subjects: status.subjects.slice(0, MOST_SUBJECTS) }))
}
