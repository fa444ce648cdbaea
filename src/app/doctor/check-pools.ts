import type { EndpointConfig, PoolConfig } from '../../route/config-types.ts'
import { authHeaders } from '../../route/pools/auth-headers.ts'
import type { HttpSend, SmallAnswer } from '../../route/pools/http-send.ts'
import { fail, ok, warn, type Finding } from './finding.ts'

export interface PoolCheck {
  readonly findings: readonly Finding[]
  /** Upstream's clock minus ours, ms, as sure as a second; null = no upstream said. */
  readonly skewMs: number | null
}

const TIMEOUT_MS = 10_000
const MAX_BYTES = 4 * 1024 * 1024

/**
 * Asks every endpoint of a pool what it serves. Where requests have to be signed (AWS, Google) or the service has no list of
 * models, that it answers at all is what can be said.
 */
export async function checkPool(pool: PoolConfig, send: HttpSend, now: () => number): Promise<PoolCheck> {
  const checked = await Promise.all(pool.endpoints.map((endpoint) => checkEndpoint(pool, endpoint, send, now)))
  return { findings: checked.map(({ finding }) => finding), skewMs: checked.map(({ skewMs }) => skewMs).find((skew) => skew !== null) ?? null }
}

interface EndpointCheck {
  readonly finding: Finding
  readonly skewMs: number | null
}

async function checkEndpoint(pool: PoolConfig, endpoint: EndpointConfig, send: HttpSend, now: () => number): Promise<EndpointCheck> {
  const check = `pool ${pool.id}`
  const before = now()
  try {
    const answer = await send({
      url: endpoint.url + listPath(pool),
      method: 'GET',
      headers: { accept: 'application/json', ...(pool.protocol === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}), ...authHeaders(pool.auth) },
      body: null,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      allowLinkLocal: pool.allowLinkLocal === true,
    })
    return { finding: judge(check, pool, endpoint, answer), skewMs: skewOf(answer, before, now()) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown'
    const message = `${endpoint.id} does not answer: ${reason}`
    const finding = pool.kind === 'serverless' ? warn(check, message, 'It may have scaled to zero; if it never answers, check the URL and the network') : fail(check, message, 'Start it, or check the URL and the network between')
    return { finding, skewMs: null }
  }
}

function listPath({ protocol }: PoolConfig): string {
  return protocol === 'runpod' ? '/health' : protocol === 'replicate' ? '/v1/account' : '/v1/models'
}

function judge(check: string, pool: PoolConfig, { id }: EndpointConfig, { status, body }: SmallAnswer): Finding {
  if (status === 401 || status === 403) {
    const signed = pool.auth.type === 'aws-sigv4' || pool.auth.type === 'google-adc'
    return signed ? ok(check, `${id} answers; what it serves is not asked, since requests are signed`) : fail(check, `${id} refuses the credentials (status ${status})`, 'Check the secret that auth refers to')
  }
  if (status >= 500) return fail(check, `${id} answers with status ${status}`, 'Look at its log')
  if (pool.protocol === 'runpod' || pool.protocol === 'replicate') return status === 200 ? ok(check, `${id} answers`) : fail(check, `${id} answers with status ${status}`, 'Check the endpoint id in the URL')
  if (status !== 200) return warn(check, `${id} answers, but has no list of models (status ${status})`, 'Check the URL; Azure and the like may be fine without')
  const served = modelIds(body)
  if (served === null) return warn(check, `${id} answers, but not with a list of models`, 'Check that the URL is that of an OpenAI-compatible API')
  const missing = [...new Set(Object.values(pool.models))].filter((name) => !served.has(name))
  if (missing.length === 0) return ok(check, `${id} serves ${Object.values(pool.models).join(', ')}`)
  return fail(check, `${id} does not serve ${missing.join(', ')}`, `It serves ${[...served].slice(0, 5).join(', ') || 'nothing'}${served.size > 5 ? ' ...' : ''}; write models as {asked name: name there}`)
}

function modelIds(body: string): ReadonlySet<string> | null {
  try {
    const { data } = JSON.parse(body) as { data?: unknown }
    return Array.isArray(data) ? new Set(data.map((model: unknown) => String((model as { id?: unknown } | null)?.id))) : null
  } catch {
    return null
  }
}

/** `Date` has whole seconds, cut off: half a second is added, and it was said somewhere between question and answer. */
function skewOf({ date }: SmallAnswer, before: number, after: number): number | null {
  const theirs = date === null ? Number.NaN : Date.parse(date) + 500
  return Number.isNaN(theirs) ? null : theirs - (before + after) / 2
}
