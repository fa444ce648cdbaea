import Type from 'typebox'
import { CALL, callView } from './call-view.ts'
import { QueryError } from './query-error.ts'
import { route } from './route.ts'
import { FILTERS, selectionOf, TIME } from './selection.ts'
import { list, textOrNull } from './shapes.ts'

const PAGE = 50
const MOST = 500

export const callsRoute = route({
  path: '/api/v1/calls',
  summary: 'Calls, newest first, in pages',
  query: Type.Object({
    ...TIME,
    ...FILTERS,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST, description: `the calls of a page: a whole number from 1 to ${MOST} (default: ${PAGE})` })),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description: 'next of the page before' })),
    steps: Type.Optional(Type.Boolean({ description: 'true for steps that are no calls, and second views of calls, too (default: false)' })),
  }),
  answer: Type.Object({ calls: list(CALL, 'the calls'), next: textOrNull('the cursor of the next page') }),
  handle: async (query, { store, tenant, now }) => {
    const { limit = PAGE, cursor, steps = false } = query
    const { calls, next } = await store.calls(tenant, { ...selectionOf(query, now), limit, ...(cursor === undefined ? {} : { cursor }), billableOnly: !steps })
    return { calls: calls.map(callView), next }
  },
})

export const callRoute = route({
  path: '/api/v1/calls/{id}',
  summary: 'One call or step',
  query: Type.Object({}),
  answer: Type.Object({ call: CALL }),
  handle: async (_, { store, tenant }, id) => {
    const found = await store.observation(tenant, id)
    if (found === null) throw new QueryError('not_found', 'There is no such call, or it is not loaded yet.')
    return { call: callView(found) }
  },
})
