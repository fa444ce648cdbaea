import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../../core/clock.ts'
import type { PolicySnapshot } from '../../core/policy/types.ts'
import { budgetConditions } from '../../measure/alert/budget-burn.ts'
import { poolConditions } from '../../measure/alert/pool-health.ts'
import type { AlertChannel, GatewayConfig } from '../../route/config-types.ts'
import type { GatewayLog } from '../../route/gateway/deps.ts'
import type { HttpSend } from '../../route/pools/http-send.ts'
import type { ControlStore } from '../../store/control.ts'
import { AlertFiles } from './alert-files.ts'
import { budgetStates } from './budget-states.ts'
import { leakSource } from './leak-source.ts'
import { spendSource } from './spend-source.ts'
import type { TelemetryService } from '../telemetry/start-telemetry.ts'
import type { Channel } from './channel.ts'
import { emailChannel } from './email.ts'
import { startAlerts, type AlertSource, type RunningAlerts } from './start-alerts.ts'
import { webhookChannel } from './webhook.ts'

export interface ServerAlertsDeps {
  readonly store: ControlStore
  readonly snapshot: () => PolicySnapshot
  readonly send: HttpSend
  readonly clock: Clock
  readonly log: GatewayLog
  readonly telemetry: TelemetryService
}

export interface ServerAlerts extends Omit<RunningAlerts, 'round'> {
  /** Other channels and rules from now on; what is open stays open. */
  readonly reload: (config: GatewayConfig) => void
}

const MINUTES_PER_HOUR = 60
/** Of 30 days, as leaks are projected. */
const MINUTES_PER_MONTH = 43_200

/** The alerts of a running server. */
export function serverAlerts(first: GatewayConfig, deps: ServerAlertsDeps): ServerAlerts {
  let config = first
  const files = new AlertFiles(first.server.dataDir)
  const run = (): { readonly alerts: RunningAlerts; readonly timer: NodeJS.Timeout } => {
    const { to, everyMs, remindMs, clearMs } = config.alerts
    const alerts = startAlerts({ rules: { remindMs, clearMs }, sources: sourcesOf(deps, () => config), channels: to.map((channel) => channelOf(channel, deps.send)), files, clock: deps.clock, log: deps.log, wait: pause })
    return { alerts, timer: setInterval(() => void alerts.round(), everyMs).unref() }
  }
  let running = run()
  let stopping: Promise<void> = Promise.resolve()
  const end = (): void => {
    const { alerts, timer } = running
    clearInterval(timer)
    stopping = stopping.then(() => alerts.stop())
  }
  return {
    open: () => running.alerts.open(),
    reload: (next) => {
      const before = JSON.stringify(config.alerts)
      config = next
      if (JSON.stringify(next.alerts) === before) return
      end()
      running = run()
    },
    stop: () => {
      end()
      return stopping
    },
  }
}

export function channelOf(channel: AlertChannel, send: HttpSend): Channel {
  return channel.type === 'email' ? emailChannel(channel) : webhookChannel(channel, send)
}

function sourcesOf({ store, snapshot, telemetry }: ServerAlertsDeps, config: () => GatewayConfig): readonly AlertSource[] {
  const sleepers = (): ReadonlySet<string> => new Set(config().pools.flatMap(({ id, kind, alwaysWarm }) => (kind === 'serverless' && !alwaysWarm ? [id] : [])))
  const tenants = async (): Promise<readonly string[]> => [...new Set([...config().server.staticKeys, ...(await store.keys.list(null))].map(({ tenant }) => tenant))]
  const spend = spendSource({ aggregate: (tenant, query) => telemetry.store().aggregate(tenant, query), asOf: () => telemetry.status().asOf, tenants, leastUsd: () => (config().alerts.anomalyPerMinute * MINUTES_PER_HOUR) / 1e9 })
  const leaks = leakSource({ leaks: (tenant, window) => telemetry.store().leaks(tenant, window), asOf: () => telemetry.status().asOf, tenants, leastUsdPerMonth: () => (config().alerts.leakPerMinute * MINUTES_PER_MONTH) / 1e9 })
  return [
    ...(telemetry.status().state === 'off' ? [] : [spend, leaks]),
    { kind: 'pool-unhealthy', conditions: () => poolConditions(snapshot(), sleepers()) },
    { kind: 'budget-burn', conditions: async (now) => budgetConditions(await budgetStates(store, now), now) },
  ]
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal, ref: false }).catch(() => {})
}
