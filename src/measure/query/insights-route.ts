import Type from 'typebox'
import { LEAK_KINDS } from '../insight/finding.ts'
import { insightsOf } from '../insight/insights-of.ts'
import { QueryError } from './query-error.ts'
import { route } from './route.ts'
import { TIME, timeOf } from './selection.ts'
import { count, isoTime, list, nano, number, orNull, text, time } from './shapes.ts'

const DAY_MS = 86_400_000
/** All of a window is read twice. */
const MOST_DAYS = 92

const FINDING = Type.Object({
  id: text('the same for the same kind and subject'),
  kind: Type.Enum([...LEAK_KINDS]),
  subject: Type.Object({ dimension: Type.Enum(['feature', 'prompt', 'key', 'user', 'none']), name: text('its name'), part: Type.Optional(text('narrower still: a version, a model')) }),
  what: text('what happens, with its figures'),
  mend: text('what to do'),
  lostNanoUsd: nano('what the calls would have cost less, after all mends before this one: each dollar is in one finding'),
  monthly: orNull(Type.Object({ nanoUsd: nano('over 30 days, if they are as those of the window'), low: nano('the lower end of the 80 % interval'), high: nano('its upper end') })),
  confidence: number('how likely it is the waste it says, 0 to 1'),
  hypothesis: Type.Boolean({ description: "not proven by the tenant's own calls: in no total" }),
  calls: count('calls that the mend changes or spares'),
  evidence: list(text('the id of a call'), 'those that lost the most first'),
  figures: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()]), { description: 'the numbers that it stands on' }),
})

export const insightsRoute = route({
  path: '/api/v1/insights',
  summary: 'Where money leaked: loops, retry storms, abandoned answers, bloat, unused tools, missed caches, dear models, concentration',
  query: Type.Object({ ...TIME, leak: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'the id of one leak' })) }),
  answer: Type.Object({
    from: time('the start'),
    to: time('the end, which is not in it'),
    calls: count('calls that were read'),
    spentNanoUsd: nano('what they cost'),
    lostNanoUsd: nano('what leaked, hypotheses left out'),
    perhapsNanoUsd: nano('what hypotheses come to'),
    findings: list(FINDING, 'the most dollars first, hypotheses last'),
    limits: list(text('in words'), 'what was left out because memory is bounded'),
  }),
  handle: async (query, { store, tenant, now, prices }) => {
    const window = timeOf({ from: query.from ?? '14d', ...(query.to === undefined ? {} : { to: query.to }) }, now)
    if (window.until - window.from > MOST_DAYS * DAY_MS) throw new QueryError('invalid_parameter', `Ask for at most ${MOST_DAYS} days.`, 'from')
    const { from, until, findings, ...report } = (await insightsOf(store, tenant, window, prices)).report
    const wanted = query.leak === undefined ? findings : findings.filter(({ id }) => id === query.leak)
    if (query.leak !== undefined && wanted.length === 0) throw new QueryError('not_found', 'No leak of this time has that id.', 'leak')
    return { ...report, from: isoTime(from), to: isoTime(until), findings: wanted.map((finding) => Object.assign({}, finding, { evidence: [...finding.evidence] })), limits: [...report.limits] }
  },
})
