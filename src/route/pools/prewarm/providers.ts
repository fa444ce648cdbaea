import type { PoolConfig, PrewarmRule } from '../../config-types.ts'
import { authHeaders } from '../auth-headers.ts'
import type { HttpSend, SmallAnswer, SmallRequest } from '../http-send.ts'

/** How a provider is told to keep replicas up. Rejects with an Error fit for a log. */
export interface WarmProvider {
  /** The minimum at present; null = the provider does not say. */
  readonly minimum: () => Promise<number | null>
  readonly setMinimum: (replicas: number) => Promise<void>
}

const TIMEOUT_MS = 15_000
const MAX_BYTES = 256 * 1024

/**
 * The provider of a rule; null for rules that warm by dummy requests.
 *
 * - RunPod: REST API, `PATCH /v1/endpoints/{id}` with `workersMin`, `GET` for the present one (docs.runpod.io/api-reference).
 * - Replicate: HTTP API, `PATCH /v1/deployments/{owner}/{name}` with `min_instances`; the present one is
 *   `current_release.configuration.min_instances` of `GET` (replicate.com/docs/reference/http#deployments.update).
 * - Modal: no public HTTP API; its SDK has `update_autoscaler(min_containers=...)` (modal.com/docs/guide/scale). So this calls a web
 *   endpoint of the user's own, `POST {"min_containers": n}`, that calls it; `GET` may answer `{"min_containers": n}`.
 */
export function warmProvider(rule: PrewarmRule, pool: PoolConfig, send: HttpSend): WarmProvider | null {
  const auth = rule.control?.auth ?? pool.auth
  const ask = (method: SmallRequest['method'], url: string, body: object | null): Promise<SmallAnswer> =>
    checked(
      send({
        url,
        method,
        headers: { accept: 'application/json', ...(body === null ? {} : { 'content-type': 'application/json' }), ...authHeaders(auth) },
        body: body === null ? null : JSON.stringify(body),
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_BYTES,
      }),
    )
  const base = rule.control?.url
  switch (rule.via) {
    case 'dummy-request':
      return null
    case 'runpod-workers-min':
      return overResources(pool.endpoints.map(({ url }) => `${base ?? 'https://rest.runpod.io/v1'}/endpoints/${runpodId(url)}`), ask, (replicas) => ({ workersMin: replicas }), ['workersMin'])
    case 'replicate-min-instances':
      return overResources(replicateDeployments(pool).map((name) => `${base ?? 'https://api.replicate.com/v1'}/${name}`), ask, (replicas) => ({ min_instances: replicas }), ['current_release', 'configuration', 'min_instances'])
    case 'modal-min-containers': {
      const url = base ?? ''
      return {
        minimum: async () => numberAt(await ask('GET', url, null).catch(() => null), ['min_containers']),
        setMinimum: async (replicas) => void (await ask('POST', url, { min_containers: replicas })),
      }
    }
  }
}

type Ask = (method: SmallRequest['method'], url: string, body: object | null) => Promise<SmallAnswer>

/** A pool over several of the provider's endpoints or deployments: each is given the minimum; the largest present one counts. */
function overResources(resources: readonly string[], ask: Ask, body: (replicas: number) => object, field: readonly string[]): WarmProvider {
  const urls = [...new Set(resources)]
  return {
    minimum: async () => {
      const known = (await Promise.all(urls.map(async (url) => numberAt(await ask('GET', url, null), field)))).filter((one) => one !== null)
      return known.length === 0 ? null : Math.max(...known)
    },
    setMinimum: async (replicas) => {
      for (const url of urls) await ask('PATCH', url, body(replicas))
    },
  }
}

async function checked(answer: Promise<SmallAnswer>): Promise<SmallAnswer> {
  const { status } = await answer
  if (status >= 200 && status < 300) return answer
  throw new Error(status === 401 || status === 403 ? `the provider refuses the credentials (status ${status})` : `the provider answers with status ${status}`)
}

/** From `https://api.runpod.ai/v2/ID` or `.../v2/ID/openai`. */
function runpodId(url: string): string {
  return /\/v2\/([A-Za-z0-9_-]+)/u.exec(new URL(url).pathname)?.[1] ?? ''
}

/** Models whose upstream name is `deployments/OWNER/NAME`. */
function replicateDeployments({ models }: PoolConfig): string[] {
  return Object.values(models)
    .filter((name) => /^deployments\/[^/]+\/[^/]+$/u.test(name))
    .map((name) => name.split('/').map(encodeURIComponent).join('/'))
}

function numberAt(answer: SmallAnswer | null, field: readonly string[]): number | null {
  if (answer === null) return null
  try {
    let value: unknown = JSON.parse(answer.body)
    for (const step of field) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
  } catch {
    return null
  }
}
