import { poolSpecs } from '../../route/gateway/pool-specs.ts'
import type { CallRecord } from '../../core/call.ts'
import type { Clock } from '../../core/clock.ts'
import { SpillwayError } from '../../core/errors.ts'
import { createPolicy } from '../../core/policy/policy.ts'
import type { Policy, PolicySnapshot } from '../../core/policy/types.ts'
import type { Random } from '../../core/random.ts'
import type { ActRecord } from '../../prove/sequence/journal-leaves.ts'
import { createAdmission } from '../../route/admission/admission.ts'
import type { AdmissionEvent } from '../../route/admission/options.ts'
import { fingerprint } from '../../route/admission/fingerprint.ts'
import type { GatewayConfig } from '../../route/config-types.ts'
import type { GatewayLog } from '../../route/gateway/deps.ts'
import { isAudited } from '../../route/gateway/audit-rules.ts'
import { createGateway } from '../../route/gateway/gateway.ts'
import { whereOf } from '../../route/gateway/where-of.ts'
import { steadyTime } from '../../route/gateway/steady-time.ts'
import { startHealthChecks } from '../../route/pools/health-checks.ts'
import { httpClient } from '../../route/pools/http-send.ts'
import { dummySender } from '../../route/pools/prewarm/dummy-request.ts'
import { createPrewarmer } from '../../route/pools/prewarm/prewarmer.ts'
import { startScraper } from '../../route/pools/scraper.ts'
import { createWaker } from '../../route/pools/waker.ts'
import { createAdapters } from '../../route/protocols/adapters.ts'
import { anthropicFace } from '../../route/protocols/anthropic/face.ts'
import { openaiFace } from '../../route/protocols/openai/face.ts'
import { auditFolder } from '../audit/audit-home.ts'
import { startBreakerActs } from '../audit/breaker-acts.ts'
import { logRoutes } from '../audit/log-routes.ts'
import { type RunningAudit, startAudit } from '../audit/start-audit.ts'
import { startBodies } from '../audit/start-bodies.ts'
import { strictIntents } from '../audit/strict-intents.ts'
import { startTakingActs } from '../audit/take-acts.ts'
import { join } from 'node:path'
import { openDataDir } from '../../store/control/data-dir.ts'
import { journalSink } from '../../store/journal-file/journal-sink.ts'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { journalFolder } from '../config/data-folder.ts'
import { serverAlerts, type ServerAlerts } from '../alerts/server-alerts.ts'
import { shippedCatalog } from '../catalog.ts'
import { startDashboard } from '../auth/start-dashboard.ts'
import { apiRoutes } from '../api/api-routes.ts'
import { dedicatedPools } from '../api/dedicated-pools.ts'
import { ingestRoutes } from '../ingest/ingest-routes.ts'
import { liveRoutes } from '../live/live-routes.ts'
import { readerAt } from '../live/reader-at.ts'
import { RecentCalls } from '../live/recent-calls.ts'
import { priceBook } from '../../measure/ingest/price/price-book.ts'
import { packageRoot } from '../root.ts'
import { webRoutes } from '../web/web-routes.ts'
import { paperRoutes } from '../report/paper-routes.ts'
import { Papers } from '../report/papers.ts'
import { createMetrics } from '../metrics/metrics.ts'
import { opsRoutes } from '../metrics/ops-routes.ts'
import { readiness, type Readiness } from '../metrics/readiness.ts'
import { callIds } from './call-ids.ts'
import { startTelemetry, TELEMETRY_OFF, type TelemetryService } from '../telemetry/start-telemetry.ts'
import { keepServersJournal } from './keep-servers-journal.ts'

export interface ServerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: GatewayLog
  /** Told of every finished call, after the journal. */
  readonly onRecord?: (record: CallRecord) => void
  readonly isDemo?: boolean
}

export interface RunningServer {
  readonly host: string
  readonly port: number
  /** New rules for calls from now on; those that run keep theirs. Host, port and data folder stay until a restart. */
  readonly reload: (config: GatewayConfig) => void
  /** A change that was refused: counted, nothing else. */
  readonly reloadRefused: () => void
  /** A new link with which the first owner is made; null where there is one, or no dashboard. */
  readonly setupLink: () => Promise<string | null>
  readonly snapshot: () => PolicySnapshot
  readonly active: () => number
  /** Finishes what runs, as long as the configuration allows, writes the journal and lets go of everything. */
  readonly stop: () => Promise<void>
}

/**
 * Wires one process: the control store and the journal of a data folder, admission, policy, probes, metrics and the data path.
 * Where it cannot start (LISTEN_FAILED, JOURNAL_LOCKED ...) it lets go of all that it had taken.
 */
export async function startServer(first: GatewayConfig, options: ServerOptions): Promise<RunningServer> {
  const taken = new AsyncDisposableStack()
  try {
    return await wire(first, options, taken)
  } catch (error) {
    // The first failure is the one to mend.
    await taken.disposeAsync().catch(() => {})
    throw error
  }
}

/** `taken`: what has to be closed, the last first. */
async function wire(first: GatewayConfig, { clock, random, log, onRecord, isDemo }: ServerOptions, taken: AsyncDisposableStack): Promise<RunningServer> {
  let config = first
  let draining = false
  // The policy knows one time: calls, probes and whoever looks at it go by it. A scrape stamped by another would never be stale.
  const steady = steadyTime(() => clock.now())
  const policyClock: Clock = { now: steady }
  let stopping: Promise<void> | null = null
  const client = httpClient()
  taken.defer(() => client.close())
  const { store, pepper } = openDataDir(config.server.dataDir)
  taken.defer(() => store.close())
  const journal = await openJournal({ folder: journalFolder(config.server.dataDir), clock })
  let audit: RunningAudit | null = null
  // Closed after the journal, whose last records it still takes.
  taken.defer(() => audit?.stop())
  taken.defer(() => journal.close())
  // Started when calls are taken, closed before the journal that it reads.
  let telemetry: TelemetryService = TELEMETRY_OFF
  const keeper = keepServersJournal(journal, { folder: journalFolder(config.server.dataDir), limits: () => config.journal, clock, log })
  taken.defer(() => keeper.stop())
  // Before the journal: what the command line has done until now still goes into it.
  const acts = startTakingActs(store, journal, (error) => log.error({ code: error instanceof SpillwayError ? error.code : 'INTERNAL' }, 'administrative acts wait: they cannot be taken into the journal'))
  taken.defer(() => acts.stop())
  const audited = isAudited(first.audit)
  const sink = journalSink(journal)
  const kept = audited ? first.audit.bodies : null
  const bodies = kept === null ? null : await startBodies({ dataDir: first.server.dataDir, store, settings: kept, append: sink.append, clock, log })
  taken.defer(() => bodies?.stop())
  const adapters = createAdapters({ clock, random })
  const onEvent = (event: AdmissionEvent): void => {
    log.warn({ event: event.type }, 'admission')
    // What was stopped or would have been, with its evidence; amounts as text, as everywhere in the journal.
    sink.append(JSON.parse(JSON.stringify({ kind: 'admission', schemaVersion: 1, ...event }, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value instanceof Error ? value.message : value))) as object)
  }
  // One for the life of the process: it holds what running calls have reserved.
  const admission = createAdmission({ store, pepper, clock, staticKeys: config.server.staticKeys, loops: config.loops, reservationMs: longestCallMs(config), onEvent })
  taken.defer(() => admission.close())
  await admission.reload()
  let policy = policyOf(config)

  let models = modelsOf(config)
  let alerts: ServerAlerts | null = null
  const metrics = createMetrics({
    models: () => models,
    snapshot: () => policy.snapshot(steady()),
    journal: () => journal.stats(),
    telemetry: () => telemetry.status(),
    kept: () => keeper.stats(),
    audit: () => audit?.status() ?? null,
    configVersion: () => config.version,
    now: steady,
    alerts: () => alerts?.open() ?? { warning: 0, critical: 0 },
  })
  const wakeable = (): ReadonlySet<string> => new Set(config.pools.flatMap(({ id, kind }) => (kind === 'serverless' ? [id] : [])))
  const sendDummy = dummySender(adapters, client.send)
  const prewarmer = createPrewarmer(config.prewarm, config.pools, {
    clock,
    send: client.send,
    sendDummy,
    append: sink.append,
    onFailure: (pool, message) => log.warn({ pool }, `pre-warming failed: ${message}`),
  })
  const probesOf = (of: GatewayConfig): (() => void) => {
    const deps = { pools: of.pools, clock: policyClock, random, send: client.send, emit: (event: Parameters<Policy['observe']>[0]) => policy.observe(event) }
    const running = [startScraper(deps), startHealthChecks(deps)]
    return () => running.forEach(({ stop }) => stop())
  }

  const wakePool = createWaker({ clock: policyClock, sendDummy, emit: (event) => policy.observe(event), onFailure: (pool, message) => log.warn({ pool }, `waking failed: ${message}`) })

  const ready = (): Readiness => readiness({ draining, snapshot: policy.snapshot(steady()), wakeable: wakeable(), journalFailure: journal.stats().failure, telemetryFailure: telemetry.status().failure?.code ?? null, audit: audit?.status() ?? null })
  const ops = opsRoutes({ metrics, readiness: ready })
  const ingest = ingestRoutes({ admission, journal, price: priceBook(shippedCatalog().tokenOffers), clock, onDefect: (error) => log.error({ error: whereOf(error) }, 'telemetry could not be taken') })
  const { door, routes: dashboard, setupLink } = startDashboard({ store, pepper, admission, config: () => config, isDemo: isDemo ?? false, telemetry: () => telemetry, audit: () => (audit === null ? null : { ...audit.status(), position: audit.position() }), journal: () => journal.stats(), clock, onDefect: (error) => log.error({ error: whereOf(error) }, 'the dashboard could not be served'), onSignInFailure: (reason) => log.warn({ reason }, 'signing in at the identity provider failed') })
  const api = apiRoutes({ door, telemetry: () => telemetry, dedicated: () => dedicatedPools(config.pools), clock, onDefect: (error) => log.error({ error: whereOf(error) }, 'a question could not be answered') })

  const auditLog = logRoutes({ door, folder: auditFolder(first.server.dataDir), clock, append: (leaf) => sink.append({ kind: 'act', schemaVersion: 1, leaf } satisfies ActRecord), onDefect: (error) => log.error({ error: whereOf(error) }, 'the audit log could not be read') })

  const papers = new Papers()
  taken.defer(() => papers.close())
  const paper = paperRoutes({ papers, publicUrl: () => config.dashboard.publicUrl, clock, onDefect: (error) => log.error({ error: whereOf(error) }, 'a report could not be made') })
  const recent = new RecentCalls()
  const live = liveRoutes({
    sources: { config: () => config, snapshot: () => policy.snapshot(steady()), policyNow: steady, warm: () => prewarmer.status(), telemetry: () => telemetry.status(), journal: () => journal.stats(), audit: () => audit?.status() ?? null, alerts: () => alerts?.open() ?? { warning: 0, critical: 0 }, notes: () => ready().notes },
    recent,
    identify: readerAt(door),
    clock,
    onDefect: (error) => log.error({ error: whereOf(error) }, 'the live view failed'),
  })
  taken.defer(() => live.close())
  const web = webRoutes(join(packageRoot(), 'dist', 'web'))

  const gateway = createGateway({
    config,
    policy,
    admission,
    adapters,
    faces: [anthropicFace, openaiFace],
    clock,
    steady,
    random,
    newCallId: callIds(),
    fingerprint,
    ...(audited ? { intend: strictIntents(journal, () => audit?.status() ?? null) } : {}),
    ...(bodies === null ? {} : { bodies: bodies.keeper }),
    sink: {
      append: (record) => {
        sink.append(record)
        onRecord?.(record)
      },
    },
    metrics: {
      finished: (record) => {
        metrics.observeCall(record)
        prewarmer.observe(record)
        recent.observe(record, clock.now())
      },
    },
    routes: (request, response) => ops(request, response) || live.handle(request, response) || ingest(request, response) || dashboard(request, response) || paper(request, response) || api(request, response) || auditLog(request, response) || web(request, response),
    wake: (id) => {
      const pool = config.pools.find((one) => one.id === id)
      if (pool !== undefined) void wakePool(pool)
    },
    log,
  })
  taken.defer(() => gateway.close())
  const { remember, witnesses, quorum } = first.audit
  if (audited) audit = await startAudit({ remember, witnesses, quorum, dataDir: first.server.dataDir, durable: () => journal.stats().bytes, log })
  if (audited) taken.defer(startBreakerActs(() => policy.snapshot(steady()), clock, sink.append))
  if (audit !== null) keeper.hold('audit', audit.position)
  const { host, port } = await gateway.listen()
  if (first.telemetry.mode === 'on') {
    const running = startTelemetry({ dataDir: first.server.dataDir, config: first.telemetry, durable: () => journal.stats().bytes, prices: shippedCatalog().tokenOffers, clock, log })
    taken.defer(() => running.stop())
    keeper.hold('telemetry', running.position)
    telemetry = running
  }
  alerts = serverAlerts(first, { store, snapshot: () => policy.snapshot(steady()), send: client.send, telemetry, clock, log })
  taken.defer(() => alerts?.stop())
  let stopProbes = probesOf(config)
  // An old record that cannot be read costs what was learned from it, and no call.
  const recalled = prewarmer.recall(journal.read(0)).catch((error: unknown) => log.error({ code: error instanceof SpillwayError ? error.code : 'unknown' }, 'pre-warming could not read the journal'))
  void recalled.then(() => (draining ? undefined : prewarmer.start()))
  keeper.start()
  log.info({ host, port, pools: config.pools.map(({ id }) => id) }, 'serving')

  return {
    host,
    port,
    setupLink: () =>
      setupLink(host, port).catch((error: unknown) => {
        log.error({ code: error instanceof SpillwayError ? error.code : 'INTERNAL' }, 'no link for the first owner could be made: "spillway users setup-link" makes one')
        return null
      }),
    snapshot: () => policy.snapshot(steady()),
    active: () => gateway.active(),
    reloadRefused: () => metrics.observeReload(false),
    reload(next) {
      // What may throw comes first: then the old configuration is in force, whole.
      const nextPolicy = policyOf(next)
      gateway.reload({ config: next, policy: nextPolicy, admission })
      config = next
      models = modelsOf(next)
      policy = nextPolicy
      admission.configureLoops(next.loops)
      admission.configureStaticKeys(next.server.staticKeys)
      stopProbes()
      stopProbes = probesOf(next)
      prewarmer.update(next.prewarm, next.pools)
      alerts?.reload(next)
      metrics.observeReload(true)
      if (isAudited(next.audit) !== audited) log.warn({}, `the audit log is ${audited ? 'still written' : 'not written yet'}: whether there is one changes at a restart`)
      log.info({ version: next.version }, 'the configuration was reloaded')
    },
    stop: () => (stopping ??= stop()),
  }

  async function stop(): Promise<void> {
    draining = true
    stopProbes()
    live.close()
    await prewarmer.stop()
    await gateway.drain(config.server.drainMs)
    await taken.disposeAsync()
  }
}

function modelsOf({ pools }: GatewayConfig): ReadonlySet<string> {
  return new Set(pools.flatMap(({ models }) => Object.keys(models)))
}

function policyOf({ policy, pools }: GatewayConfig): Policy {
  return createPolicy({ ...policy, pools: poolSpecs(pools) })
}

/** A reservation outlives every call: queueing, all tries, and a minute. */
function longestCallMs({ timeouts, policy, retries }: GatewayConfig): number {
  return policy.queue.maxWaitMs + timeouts.totalMs + retries.attempts * retries.maxMs + 60_000
}
