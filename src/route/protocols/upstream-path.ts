import type { Api } from '../../core/call.ts'
import type { EndpointConfig, PoolConfig } from '../config-types.ts'
import type { UpstreamAdapter } from '../seams.ts'

/** The upstream's name of the model that the client asks for. */
export function upstreamModel(pool: PoolConfig, asked: string): string {
  return Object.hasOwn(pool.models, asked) ? pool.models[asked]! : asked
}

/** Path of a request: the endpoint's own base path, then the pool's path for this API, or the protocol's. */
export function upstreamPath(pool: PoolConfig, endpoint: EndpointConfig, api: Api, standard: string, model: string): string {
  const path = pool.paths?.[api]
  return basePath(endpoint) + (path === undefined ? standard : path.replaceAll('{model}', encodeURIComponent(model)))
}

/** Path of the endpoint's URL without a slash at its end; '' for most. */
export function basePath(endpoint: EndpointConfig): string {
  return new URL(endpoint.url).pathname.replace(/\/+$/u, '')
}

/** The adapter with the pool's own paths in place of the protocol's. */
export function onPoolPaths(adapter: UpstreamAdapter): UpstreamAdapter {
  return {
    ...adapter,
    request: (call, pool, endpoint, callId) => {
      const request = adapter.request(call, pool, endpoint, callId)
      if (pool.paths?.[call.api] === undefined) return request
      const path = upstreamPath(pool, endpoint, call.api, '', upstreamModel(pool, call.model))
      return request instanceof Promise ? request.then((bare) => ({ ...bare, path })) : { ...request, path }
    },
  }
}
