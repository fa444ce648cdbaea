import type { PoolConfig } from '../config-types.ts'
import { probeRequest, startProbes, type ProbeDeps, type Probes } from './scraper.ts'

const MAX_BYTES = 64 * 1024
/** One lost packet is no outage: so many failures in a row mean down, one success means up. */
const FALL = 2

/**
 * Asks every endpoint that has a health check and emits `health` at the first answer and at each change. Up: it answers and
 * not with a 5xx (a 401 or 404 is a wrong path here and no outage). RunPod's `/health` is about workers: up = one is there
 * that can serve; none = scaled to zero.
 */
export function startHealthChecks(deps: ProbeDeps): Probes {
  const known = new Map<string, { up: boolean | null; failures: number }>()
  return startProbes(deps, ({ health }) => health, async (pool, endpoint, path, timeoutMs, signal) => {
    const key = `${pool.id}\0${endpoint.id}`
    const state = known.get(key) ?? { up: null, failures: 0 }
    known.set(key, state)
    const settle = (up: boolean): void => {
      state.failures = up ? 0 : state.failures + 1
      if (up === state.up || (!up && state.up === true && state.failures < FALL)) return
      state.up = up
      deps.emit({ type: 'health', pool: pool.id, endpoint: endpoint.id, at: deps.clock.now(), up })
    }
    let answered = false
    try {
      const { status, body } = await deps.send(probeRequest(pool, endpoint, path, timeoutMs, MAX_BYTES), signal)
      answered = true
      const { up, why } = verdictOf(pool, status, body)
      settle(up)
      if (!up || status >= 300) throw new Error(why)
      return why
    } catch (error) {
      // Stopped by us is not down.
      if (!answered && !signal.aborted) settle(false)
      throw error
    }
  })
}

function verdictOf(pool: PoolConfig, status: number, body: string): { readonly up: boolean; readonly why: string } {
  if (status >= 500) return { up: false, why: `status ${status}` }
  if (pool.protocol !== 'runpod' || status !== 200) return { up: true, why: status < 300 ? 'up' : `status ${status}` }
  const workers = runpodWorkers(body)
  return workers === null ? { up: true, why: 'up' } : { up: workers > 0, why: `status 200 with ${workers} workers` }
}

/** Workers that serve or could at once, from `{"workers": {"idle", "ready", "running", ...}}`; null where it is something else. */
function runpodWorkers(body: string): number | null {
  try {
    const { workers } = JSON.parse(body) as { workers?: Readonly<Record<string, unknown>> }
    const counts = ['idle', 'ready', 'running'].map((state) => workers?.[state]).filter((count) => typeof count === 'number')
    return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0)
  } catch {
    return null
  }
}
