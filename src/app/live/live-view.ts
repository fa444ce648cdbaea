import type { PolicySnapshot } from '../../core/policy/types.ts'
import type { GatewayConfig } from '../../route/config-types.ts'
import type { AuditStatus } from '../audit/start-audit.ts'
import type { TelemetryStatus } from '../telemetry/start-telemetry.ts'
import type { Recent } from './recent-calls.ts'

/** What is so at one moment: pools as the policy sees them, the last minute of one tenant's calls, and how the rest of the process is. */
export interface LiveView {
  /** Unix ms. */
  readonly at: number
  readonly pools: readonly LivePool[]
  /** Calls that wait for room. */
  readonly waiting: number
  readonly queueLimit: number
  readonly saturation: { readonly enter: number; readonly release: number }
  readonly recent: Recent
  readonly prewarm: {
    readonly rules: readonly { readonly pool: string; readonly cron: string; readonly timeZone: string; readonly leadMinutes: number; readonly keepMinutes: number; readonly replicas: number; readonly via: string }[]
    readonly warm: readonly { readonly pool: string; readonly via: string; readonly replicas: number; readonly since: number }[]
  }
  readonly telemetry: { readonly state: string; readonly asOf: number | null; readonly behindBytes: number; readonly failure: string | null }
  readonly journal: { readonly bytes: number; readonly lost: number; readonly failure: string | null }
  /** Null = there is no audit log. */
  readonly audit: { readonly size: number; readonly stopped: string | null; readonly witnesses: readonly { readonly name: string; readonly ok: boolean }[] } | null
  readonly alerts: { readonly warning: number; readonly critical: number }
  readonly notes: readonly string[]
}

export interface LivePool {
  readonly id: string
  readonly kind: 'dedicated' | 'serverless' | 'tokens'
  readonly region: string | null
  readonly models: readonly string[]
  readonly inFlight: number
  /** Requests that all its endpoints hold at once. */
  readonly capacity: number
  /** 1 = full; above `saturation.enter` it takes no more, until it is under `release`. */
  readonly saturation: number
  readonly saturated: boolean
  readonly endpoints: readonly LiveEndpoint[]
}

export interface LiveEndpoint {
  readonly id: string
  readonly up: boolean
  readonly breaker: 'closed' | 'open' | 'half-open'
  readonly inFlight: number
  readonly capacity: number
  /** As the engine says; null = it was not asked or did not say. */
  readonly waiting: number | null
  readonly running: number | null
  readonly kvUsage: number | null
  readonly scrapeAgeMs: number | null
}

export interface LiveSources {
  readonly config: () => Pick<GatewayConfig, 'pools' | 'policy' | 'prewarm'>
  readonly snapshot: () => PolicySnapshot
  /** The clock that the policy's stamps are of. */
  readonly policyNow: () => number
  readonly warm: () => LiveView['prewarm']['warm']
  readonly telemetry: () => TelemetryStatus
  readonly journal: () => { readonly bytes: number; readonly lost: number; readonly failure: string | null }
  readonly audit: () => AuditStatus | null
  readonly alerts: () => { readonly warning: number; readonly critical: number }
  readonly notes: () => readonly string[]
}

export function liveView(sources: LiveSources, recent: Recent, at: number): LiveView {
  const { pools, policy, prewarm } = sources.config()
  const { pools: states, waiting } = sources.snapshot()
  const now = sources.policyNow()
  const { state, asOf, behindBytes, failure } = sources.telemetry()
  const { bytes, lost, failure: journalFailure } = sources.journal()
  const audit = sources.audit()
  return {
    at,
    waiting,
    queueLimit: policy.queue.limit,
    saturation: { enter: policy.saturation.enter, release: policy.saturation.release },
    pools: states.flatMap((pool) => {
      const config = pools.find(({ id }) => id === pool.id)
      if (config === undefined) return []
      const { id, inFlight, saturation, saturated, endpoints } = pool
      return [
        {
          id,
          kind: config.kind,
          region: config.region,
          models: Object.keys(config.models),
          inFlight,
          capacity: config.maxInFlight ?? config.capacity * endpoints.length,
          saturation,
          saturated,
          endpoints: endpoints.map(({ id: endpoint, up, breaker, inFlight: own, scrapedAt, metrics }) => ({
            id: endpoint,
            up,
            breaker,
            inFlight: own,
            capacity: config.maxInFlight === null ? config.capacity : Math.ceil(config.maxInFlight / endpoints.length),
            waiting: metrics?.waiting ?? null,
            running: metrics?.running ?? null,
            kvUsage: metrics?.kvUsage ?? null,
            scrapeAgeMs: scrapedAt === null ? null : Math.max(0, now - scrapedAt),
          })),
        },
      ]
    }),
    recent,
    prewarm: { rules: prewarm.map(({ pool, cron, timeZone, leadMinutes, keepMinutes, replicas, via }) => ({ pool, cron, timeZone, leadMinutes, keepMinutes, replicas, via })), warm: sources.warm() },
    telemetry: { state, asOf, behindBytes, failure: failure?.code ?? null },
    journal: { bytes, lost, failure: journalFailure },
    audit: audit === null ? null : { size: audit.size, stopped: audit.stopped, witnesses: audit.witnesses.map(({ name, failure: refused }) => ({ name, ok: refused === null })) },
    alerts: sources.alerts(),
    notes: sources.notes(),
  }
}
