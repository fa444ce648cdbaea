import { createHash } from 'node:crypto'
import type { GatewayConfig, LoopRule, PrewarmRule } from '../../route/config-types.ts'
import { alertConfig } from './alert-config.ts'
import { auditOf } from './audit-config.ts'
import { crossCheck } from './cross-check.ts'
import { dashboardConfig } from './dashboard-config.ts'
import * as defaults from './defaults.ts'
import { poolConfig, upstreamAuth, type Resolved } from './pool-config.ts'
import type { Problems } from './problems.ts'
import type { ConfigFile } from './schema.ts'
import { telemetryConfig } from './telemetry-config.ts'
import { byteCount, fraction, milliseconds, spendPerMinute } from './units.ts'
import { upstreamUrl } from './upstream-url.ts'

export interface Surroundings extends Resolved {
  /** Text of the file and of the user's own catalog: what the version is a hash of. */
  readonly sources: readonly string[]
  /** Absolute. */
  readonly dataDir: string
  /** SPILLWAY_PORT, where it is set. */
  readonly port: number | null
}

/** The configuration that the gateway runs by; null where `problems` says why there is none. */
export function gatewayConfig(file: ConfigFile, surroundings: Surroundings, problems: Problems): GatewayConfig | null {
  const { secrets, sources, dataDir, port } = surroundings
  const pools = file.pools.map((pool, index) => poolConfig(pool, index, surroundings, problems))
  const server = file.server ?? {}
  const config = {
    version: createHash('sha256').update(sources.join('\0')).digest('hex').slice(0, 12),
    server: {
      host: server.host ?? defaults.SERVER.host,
      port: port ?? server.port ?? defaults.SERVER.port,
      dataDir,
      drainMs: ms(server.drain, defaults.SERVER.drainMs),
      staticKeys: (server.keys ?? []).map(({ id, secret, tenant }) => ({ id, secret: secrets.get(secret) ?? '', tenant: tenant ?? 'default' })),
    },
    pools: pools.filter((pool) => pool !== null),
    policy: policyOf(file.routing ?? {}),
    limits: limitsOf(file.limits ?? {}),
    timeouts: timeoutsOf(file.timeouts ?? {}),
    retries: retriesOf(file.retries ?? {}),
    prewarm: (file.prewarm ?? []).map((rule, index) => prewarmOf(rule, index, secrets, problems)),
    loops: loopsOf(file.loops ?? {}),
    journal: journalOf(file.journal ?? {}),
    audit: auditOf(file.audit ?? {}, problems),
    records: { ...defaults.RECORDS, ...file.records },
    alerts: alertConfig(file.alerts, secrets, problems),
    telemetry: telemetryConfig(file.telemetry ?? {}, secrets, problems),
    dashboard: dashboardConfig(file.dashboard ?? {}, server.host ?? defaults.SERVER.host, secrets, problems),
  }
  crossCheck(file, config, problems)
  return problems.list().length === 0 ? config : null
}

function ms(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : milliseconds(text)
}

function size(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : byteCount(text)
}

function policyOf(file: NonNullable<ConfigFile['routing']>): GatewayConfig['policy'] {
  const base = defaults.POLICY
  const breaker = file.breaker ?? {}
  const { sloTtft } = file
  return {
    sloTtftMs: sloTtft === undefined ? base.sloTtftMs : sloTtft === null ? null : milliseconds(sloTtft),
    weights: { ...base.weights, ...file.weights },
    saturation: { ...base.saturation, ...file.saturation },
    queue: { limit: file.queue?.limit ?? base.queue.limit, maxWaitMs: ms(file.queue?.maxWait, base.queue.maxWaitMs) },
    staleAfterMs: ms(file.staleAfter, base.staleAfterMs),
    breaker: {
      failureShare: breaker.failureShare === undefined ? base.breaker.failureShare : fraction(breaker.failureShare),
      minimum: breaker.minimum ?? base.breaker.minimum,
      consecutive: breaker.consecutive ?? base.breaker.consecutive,
      windowMs: ms(breaker.window, base.breaker.windowMs),
      openMs: ms(breaker.open, base.breaker.openMs),
      maxOpenMs: ms(breaker.maxOpen, base.breaker.maxOpenMs),
      probes: breaker.probes ?? base.breaker.probes,
    },
    prefixEntries: file.prefixEntries ?? base.prefixEntries,
    seed: file.seed ?? base.seed,
  }
}

function limitsOf(file: NonNullable<ConfigFile['limits']>): GatewayConfig['limits'] {
  const base = defaults.LIMITS
  return {
    maxBodyBytes: size(file.maxBody, base.maxBodyBytes),
    maxJsonDepth: file.maxJsonDepth ?? base.maxJsonDepth,
    maxHeaderBytes: size(file.maxHeaders, base.maxHeaderBytes),
    headerMs: ms(file.headerTimeout, base.headerMs),
    bodyMs: ms(file.bodyTimeout, base.bodyMs),
    maxConnections: file.maxConnections ?? base.maxConnections,
    writeBufferBytes: size(file.writeBuffer, base.writeBufferBytes),
  }
}

function timeoutsOf(file: NonNullable<ConfigFile['timeouts']>): GatewayConfig['timeouts'] {
  const base = defaults.TIMEOUTS
  return { connectMs: ms(file.connect, base.connectMs), firstByteMs: ms(file.firstByte, base.firstByteMs), idleMs: ms(file.idle, base.idleMs), totalMs: ms(file.total, base.totalMs) }
}

function retriesOf(file: NonNullable<ConfigFile['retries']>): GatewayConfig['retries'] {
  const base = defaults.RETRIES
  return { attempts: file.attempts ?? base.attempts, baseMs: ms(file.base, base.baseMs), maxMs: ms(file.max, base.maxMs), budgetShare: file.budget === undefined ? base.budgetShare : fraction(file.budget) }
}

function loopsOf(file: NonNullable<ConfigFile['loops']>): GatewayConfig['loops'] {
  const base = loopRule(file, defaults.LOOPS)
  const ruleOf = (rule: NonNullable<typeof file.rules>[number]): NonNullable<GatewayConfig['loops']['rules']>[number] => ({ key: rule.key ?? null, feature: rule.feature ?? null, ...loopRule(rule, base) })
  return { ...base, rules: (file.rules ?? []).map(ruleOf) }
}

function loopRule(file: Omit<NonNullable<ConfigFile['loops']>, 'rules'>, base: LoopRule): LoopRule {
  return {
    action: file.action ?? base.action,
    repeats: file.repeats ?? base.repeats,
    windowMs: ms(file.window, base.windowMs),
    spendPerMinute: file.spendAbove === undefined ? base.spendPerMinute : Number(spendPerMinute(file.spendAbove)),
    spend: file.spend ?? base.spend,
  }
}

function journalOf(file: NonNullable<ConfigFile['journal']>): GatewayConfig['journal'] {
  const { keep } = file
  return { keepMs: keep === undefined ? defaults.JOURNAL.keepMs : keep === null ? null : milliseconds(keep), maxBytes: size(file.maxSize, defaults.JOURNAL.maxBytes) }
}

function prewarmOf(rule: NonNullable<ConfigFile['prewarm']>[number], index: number, secrets: ReadonlyMap<string, string>, problems: Problems): PrewarmRule {
  const base = defaults.PREWARM
  const { control } = rule
  return {
    pool: rule.pool,
    cron: rule.cron,
    timeZone: rule.timeZone ?? base.timeZone,
    leadMinutes: rule.lead === undefined ? base.leadMinutes : milliseconds(rule.lead) / 60_000,
    keepMinutes: rule.keep === undefined ? base.keepMinutes : milliseconds(rule.keep) / 60_000,
    replicas: rule.replicas ?? base.replicas,
    via: rule.via ?? base.via,
    ...(control === undefined ? {} : { control: { url: upstreamUrl(control.url, ['prewarm', index, 'control', 'url'], problems, false), auth: control.auth === undefined ? { type: 'none' } : upstreamAuth(control.auth, secrets) } }),
  }
}
