import Type from 'typebox'
import type { Alert, Silence } from '../../measure/alert/alert-book.ts'
import { CONDITION_KINDS } from '../../measure/alert/condition.ts'
import { usdText } from '../../core/catalog/usd-text.ts'
import { ApiError } from '../api/api-error.ts'
import { time } from './key-view.ts'
import { type Asked, manageRoute, type ManageRoute } from './route.ts'
import { list, object, oneOf, optional, orNull, text, timeOrNull, words } from './shapes.ts'

const kind = oneOf(CONDITION_KINDS, 'the kind of trouble')
const ALERT = {
  id: text('the same as long as it is the same trouble'),
  kind,
  tenant: orNull(text('a tenant'), 'whose trouble it is; null = the installation\'s'),
  severity: oneOf(['warning', 'critical'], 'how bad'),
  text: text('one sentence with the figures'),
  mend: text('what to do about it'),
  usd: orNull(text('US dollars, exact'), 'what it costs or has cost, where that is known'),
  since: timeOrNull('since when'),
}
const SILENCE = object({
  id: text('its name'),
  prefix: text('alerts whose id begins with this; empty = all'),
  kind: orNull(kind, 'alerts of this kind alone'),
  tenant: orNull(text('a tenant'), 'alerts of this tenant alone; null = all, those of the installation too'),
  until: timeOrNull('until when'),
  reason: text('for those who read the list'),
})
const LONGEST_SECONDS = 31 * 86_400

export const alertRoutes: readonly ManageRoute[] = [
  manageRoute({
    method: 'GET',
    path: '/api/v1/alerts',
    permission: 'read',
    summary: 'What is wrong now in the tenant or the installation, what ended lately, and what is silenced',
    body: null,
    answer: object({ open: list(object({ ...ALERT, toldAt: timeOrNull('when people were told last; null = not yet') }), 'as they began'), recent: list(object({ ...ALERT, endedAt: timeOrNull('when it was over') }), 'the newest first'), silences: list(SILENCE, 'that last') }),
    handle: async ({ desk: { alerts }, caller: { tenant }, now }) => {
      const concerns = (whose: string | null | undefined): boolean => (whose ?? tenant) === tenant
      return {
        open: alerts.readOpen().flatMap((alert) => (concerns(alert.condition.tenant) ? [{ ...view(alert), toldAt: time(alert.toldAt) }] : [])),
        recent: alerts.readEnded().flatMap(({ alert, endedAt }) => (concerns(alert.condition.tenant) ? [{ ...view(alert), endedAt: time(endedAt) }] : [])),
        silences: alerts.silences(now).filter((silence) => concerns(silence.tenant)).map(silenceView),
      }
    },
  }),
  manageRoute({
    method: 'POST',
    path: '/api/v1/alerts/silences',
    permission: 'alerts',
    summary: 'Send nothing of some alerts for a while; they stay in the list',
    body: object({
      prefix: words('alerts whose id begins with this, empty for all', 300, 0),
      kind: optional(orNull(kind, 'alerts of this kind alone')),
      seconds: Type.Integer({ minimum: 60, maximum: LONGEST_SECONDS, description: `how long: seconds from 60 to ${LONGEST_SECONDS}` }),
      reason: optional(words('for those who read the list', 300, 0)),
    }),
    answer: object({ silence: SILENCE }),
    status: 201,
    handle: async ({ desk: { alerts }, caller: { tenant, everywhere }, body, now }) => {
      if (alerts.silences(now).length >= MOST_SILENCES) throw new ApiError('conflict', `There are ${MOST_SILENCES} silences already: end one.`)
      // Trouble of the installation is not one tenant's to hush up.
      return { silence: silenceView(alerts.silence({ prefix: body.prefix, kind: body.kind ?? null, tenant: everywhere ? null : tenant, until: now + body.seconds * 1000, reason: body.reason ?? '' })) }
    },
  }),
  manageRoute({
    method: 'DELETE',
    path: '/api/v1/alerts/silences/{id}',
    permission: 'alerts',
    summary: 'End a silence now',
    body: null,
    answer: object({ removed: text('its id') }),
    handle: async (asked) => {
      const { alerts } = asked.desk
      if (!ownSilences(asked).some(({ id }) => id === asked.id) || !alerts.unsilence(asked.id)) throw new ApiError('not_found', 'There is no such silence.')
      return { removed: asked.id }
    },
  }),
]

const MOST_SILENCES = 1000

function ownSilences({ desk: { alerts }, caller: { tenant, everywhere }, now }: Asked<unknown>): readonly Silence[] {
  return alerts.silences(now).filter((silence) => everywhere || silence.tenant === tenant)
}

function view({ condition, since }: Alert): object {
  const { id, kind: what, tenant, severity, text: words, mend, nanoUsd } = condition
  return { id, kind: what, tenant, severity, text: words, mend, usd: nanoUsd === null ? null : usdText(BigInt(nanoUsd)), since: time(since) }
}

function silenceView({ id, prefix, kind: what, tenant, until, reason }: Silence): object {
  return { id, prefix, kind: what, tenant: tenant ?? null, until: time(until), reason }
}
