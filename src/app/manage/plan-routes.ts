import { randomBytes } from 'node:crypto'
import Type from 'typebox'
import { holdAgainst } from '../../prove/actuals/actuals.ts'
import type { PlanRow } from '../../store/plans.ts'
import { ApiError } from '../api/api-error.ts'
import { manageRoute, type ManageRoute } from './route.ts'
import { list, object, orNull, text, timeOrNull, words } from './shapes.ts'

const usd = (description: string) => Type.Number({ minimum: 0, maximum: 1e12, description: `${description}, US dollars` })
const usdOrNull = (description: string) => orNull(usd(description), description)
const number = (description: string) => Type.Number({ description })
const SUMMARY = object({
  recommended: words('the id of the scenario', 200),
  scenario: words('its title', 300),
  monthlyUsd: usd('a month of 730 hours'),
  lowUsd: usdOrNull('the lower end of the 80 % interval'),
  highUsd: usdOrNull('its upper end'),
  dedicatedUsd: usd('of it rented replicas'),
  otherUsd: usd('of it all else'),
  requestsPerMonth: Type.Number({ minimum: 0, maximum: 1e15, description: 'requests that it was made for' }),
  currentMonthlyUsd: usdOrNull('what was paid before'),
})
const PLAN = object({ id: text('its name'), title: text('as it was saved'), savedAt: timeOrNull('when'), summary: SUMMARY })
const WINDOW = /^[1-9]\d{0,2}[hdw]$/u

export const planRoutes: readonly ManageRoute[] = [
  manageRoute({
    method: 'GET',
    path: '/api/v1/plans',
    permission: 'read',
    summary: 'Saved plans; what is metered is held against the newest',
    body: null,
    answer: object({ plans: list(PLAN, 'the newest first') }),
    handle: async ({ desk, caller: { tenant } }) => ({ plans: (await desk.store.plans.list(tenant)).map(view) }),
  }),
  manageRoute({
    method: 'POST',
    path: '/api/v1/plans',
    permission: 'budgets',
    summary: 'Save a plan, to be held against what is metered',
    body: object({ title: words('a title', 200), summary: SUMMARY }),
    answer: object({ plan: PLAN }),
    status: 201,
    handle: async ({ desk, caller: { tenant }, body: { title, summary }, now }) => {
      const plan: PlanRow = { id: `plan_${randomBytes(9).toString('base64url')}`, tenant, title, savedAt: now, summary }
      await desk.store.plans.put(plan)
      return { plan: view(plan) }
    },
  }),
  manageRoute({
    method: 'DELETE',
    path: '/api/v1/plans/{id}',
    permission: 'budgets',
    summary: 'Forget a saved plan',
    body: null,
    answer: object({ removed: text('its name') }),
    handle: async ({ desk, caller: { tenant }, id }) => {
      if (!(await desk.store.plans.remove(tenant, id))) throw new ApiError('not_found', 'There is no such plan.')
      return { removed: id }
    },
  }),
  manageRoute({
    method: 'GET',
    path: '/api/v1/actuals/{id}',
    permission: 'read',
    summary: 'What was metered in a window such as 24h, 7d or 4w (the id), against the newest saved plan for as many hours',
    body: null,
    answer: object({
      plan: orNull(PLAN, 'null = none is saved'),
      actuals: orNull(
        object({
          hours: number('from the hour of the first call in the window on'),
          plannedUsd: usd("the plan's month for as many hours"),
          plannedDedicatedUsd: usd('of it rented replicas'),
          plannedOtherUsd: usd('of it all else'),
          meteredUsd: usd('rented replicas as configured now, and calls elsewhere as metered'),
          meteredDedicatedUsd: usd('of it rented replicas'),
          meteredOtherUsd: usd('of it calls elsewhere'),
          difference: orNull(number('a share'), 'metered above planned, as a share of planned'),
          plannedRequests: number('requests for as many hours'),
          requests: number('that came'),
          traffic: orNull(number('a ratio'), 'requests that came over planned ones'),
          plannedAtTrafficUsd: usd('the plan at the traffic that came, if all but rented replicas goes with it'),
          within: orNull(Type.Boolean(), 'whether it lies within the 80 % interval of the plan'),
        }),
        'null = no plan, or no call',
      ),
    }),
    handle: async ({ desk, caller: { tenant }, id }) => {
      if (!WINDOW.test(id)) throw new ApiError('invalid_body', 'Give a window such as 24h, 7d or 4w.', 'id')
      const [plan] = await desk.store.plans.list(tenant)
      if (plan === undefined) return { plan: null, actuals: null }
      const metered = await desk.metered(tenant, id)
      return { plan: view(plan), actuals: metered === null ? null : holdAgainst(plan.summary, metered) }
    },
  }),
]

function view({ id, title, savedAt, summary }: PlanRow): object {
  return { id, title, savedAt: new Date(savedAt).toISOString(), summary }
}
