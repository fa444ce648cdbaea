import { callRoute, callsRoute } from './calls-route.ts'
import { costsRoute } from './costs-route.ts'
import { exportRoute } from './export-route.ts'
import { distributionRoute, latencyRoute } from './latency-route.ts'
import { insightsRoute } from './insights-route.ts'
import { parseQuery } from './parse-query.ts'
import { errorText, QueryError, queryErrorOf } from './query-error.ts'
import type { Asking, FileAnswer, Route } from './route.ts'
import { isoTime } from './shapes.ts'
import { reconciliationRoute } from './reconciliation-route.ts'
import { traceRoute } from './trace-route.ts'

/** Everything that can be asked. */
export const ROUTES: readonly Route[] = [callsRoute, callRoute, traceRoute, costsRoute, latencyRoute, distributionRoute, exportRoute, reconciliationRoute, insightsRoute]

export type QueryAnswer = { readonly type: 'json'; readonly status: number; readonly text: string } | ({ readonly type: 'file' } & { readonly answer: FileAnswer })

/** Answers one question by its path and query string (without `?`). Errors are answers too; what it rejects with is a defect. */
export async function answerQuery(path: string, search: string, asking: Asking): Promise<QueryAnswer> {
  try {
    const [route, id] = routeOf(path)
    const answer = await route.handle(parseQuery(route.query, search) as never, asking, id)
    if (route.answer === 'file') return { type: 'file', answer: answer as FileAnswer }
    return { type: 'json', status: 200, text: JSON.stringify({ asOf: asking.asOf === null ? null : isoTime(asking.asOf), behindBytes: asking.behindBytes, ...(answer as object) }) }
  } catch (thrown) {
    const error = queryErrorOf(thrown)
    if (error === null) throw thrown
    return { type: 'json', status: error.status, text: errorText(error) }
  }
}

function routeOf(path: string): [Route, string] {
  for (const route of ROUTES) {
    if (route.path === path) return [route, '']
    const prefix = route.path.endsWith('{id}') ? route.path.slice(0, -'{id}'.length) : null
    if (prefix !== null && path.startsWith(prefix) && path.length > prefix.length) return [route, idOf(path.slice(prefix.length))]
  }
  throw new QueryError('not_found', 'There is nothing at this path. /api/v1/openapi.json lists what there is.')
}

function idOf(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw new QueryError('not_found', 'The id is not encoded as an address must be.')
  }
}
