import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Metrics } from './metrics.ts'
import type { Readiness } from './readiness.ts'

export interface OpsDeps {
  readonly metrics: Metrics
  readonly readiness: () => Readiness
  /** Who may read `/metrics`, which tells costs. Default: everybody who reaches the port. */
  readonly mayReadMetrics?: (request: IncomingMessage) => boolean
}

/**
 * `/healthz` (the process answers), `/readyz` (it can serve: 200, else 503) and `/metrics`. Returns whether the request was one of
 * these; the caller goes on with those that were not.
 */
export function opsRoutes({ metrics, readiness, mayReadMetrics }: OpsDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0]
    if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics') return false
    request.resume()
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(response, 405, 'application/json', JSON.stringify({ error: { code: 'method_not_allowed', message: 'Use GET' } }), { allow: 'GET, HEAD' })
    else if (path === '/healthz') answer(response, 200, 'application/json', '{"status":"ok"}')
    else if (path === '/readyz') {
      const { ready, notes } = readiness()
      answer(response, ready ? 200 : 503, 'application/json', JSON.stringify({ status: ready ? 'ready' : 'not ready', notes }))
    } else if (mayReadMetrics !== undefined && !mayReadMetrics(request)) answer(response, 401, 'application/json', JSON.stringify({ error: { code: 'unauthorized', message: 'A key with the scope read is needed' } }))
    else {
      metrics.text().then(
        (text) => answer(response, 200, metrics.contentType, text),
        () => answer(response, 500, 'application/json', JSON.stringify({ error: { code: 'internal_error', message: 'The metrics could not be read' } })),
      )
    }
    return true
  }
}

function answer(response: ServerResponse, status: number, type: string, body: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store', ...headers })
  response.end(body)
}
