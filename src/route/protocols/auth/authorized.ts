import type { Clock } from '../../../core/clock.ts'
import type { UpstreamAdapter } from '../../seams.ts'
import type { Authorize } from './authorize.ts'

/** The adapter whose every request carries the credentials of its pool. */
export function authorized(adapter: UpstreamAdapter, authorize: Authorize, clock: Clock): UpstreamAdapter {
  const { run } = adapter
  return {
    request: (call, pool, endpoint, callId) => {
      const request = adapter.request(call, pool, endpoint, callId)
      // No promise where none is needed: most pools have a key at hand.
      return request instanceof Promise ? request.then((bare) => authorize(pool.auth, bare, endpoint.url, clock)) : authorize(pool.auth, request, endpoint.url, clock)
    },
    response: adapter.response,
    ...(run === undefined
      ? {}
      : {
          run: (exchange) => {
            const { pool, endpoint, send } = exchange
            return run({ ...exchange, send: async (request, signal) => send(await authorize(pool.auth, request, endpoint.url, clock), signal) })
          },
        }),
  }
}
