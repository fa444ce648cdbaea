import type { Dialect } from './dialect.ts'

/** Single attributes of clients that otherwise speak GenAI names: Logfire's pending copies, Laminar's associations. */
export const OTHERS: Dialect = {
  name: 'others',
  fields: {
    pending: ['logfire.span_type'],
    user: ['lmnr.association.properties.user_id'],
    session: ['lmnr.association.properties.session_id'],
  },
  kinds: {},
  tagPrefixes: ['lmnr.association.properties.metadata.'],
  usagePrefixes: [],
}
