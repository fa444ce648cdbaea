import { findGpu, findModel } from '../../core/catalog/find.ts'
import type { Catalog } from '../../core/catalog/types.ts'
import { SpillwayError } from '../../core/errors.ts'
import type { TrafficBins } from '../../core/traffic.ts'
import { ASSUMED_TOKENS } from '../../decide/input/assumed.ts'
import type { Capacity, PlanRequest, TokensPerRequest } from '../../decide/input/plan-request.ts'
import { OPS_PRESETS, opsPresetMonthly } from '../../decide/operations.ts'
import type { PlanInput } from '../../decide/plan-input.ts'
import { describedTraffic, parsePattern, scaleTraffic } from '../../measure/traffic/described.ts'
import { fillGaps } from '../../measure/traffic/fill-gaps.ts'
import { TimeZone } from '../../measure/traffic/time-zone.ts'
import { loadCatalog } from '../catalog.ts'
import { readCurrentCost } from '../current-cost.ts'
import { shippedPerfTable } from '../perf-table.ts'
import type { Io } from './io.ts'
import type { PlanOptions } from './plan-options.ts'
import { readTrafficFromOptions } from './traffic-options.ts'

const HOUR_MS = 3_600_000

/** Reads the files that the options name and puts the request together. Throws CLI_USAGE for options that contradict one another. */
export async function planRequest(options: PlanOptions, io: Io): Promise<PlanRequest> {
  refuseContradictions(options)
  const today = io.now().toISOString().slice(0, 10)
  const catalog = await loadCatalog(options.offers, today)
  const capacity = capacityOf(options, catalog)
  return {
    traffic: await trafficOf(options, io),
    capacity,
    catalog,
    prices: { providers: options.provider ?? null, dedicatedPerHour: options.dedicated ?? null, serverlessPerSecond: options.serverless ?? null, egressPerGb: options.egressPerGb ?? null, tokenOffers: options.api ?? [], sameModelApis: options.ownWeights !== true },
    serverless: {
      linear: options.linearOverflow ?? false,
      overheadK: options.idleOverheadK ?? null,
      coldStart: options.coldStart ?? null,
      idleWindowSeconds: options.idleWindow ?? null,
      coldStartBilled: options.coldStartBilled ?? null,
      replicaCap: options.serverlessCap ?? null,
      throughputRatio: options.throughputRatio,
      rules: options.serverlessRules,
    },
    constraints: {
      residency: options.residency ?? null,
      realTime: options.realTime ?? (options.sloTtft !== undefined && options.sloTtft <= 0.1),
      sloTtftSeconds: options.sloTtft ?? null,
      budgetMonthlyUsd: options.budget ?? null,
      platformTeam: options.platformTeam ?? null,
      commitmentMonths: options.commit,
      allowSpot: options.allowSpot ?? false,
    },
    ops: opsOf(options),
    elastic: { termSeconds: options.rentalTerm, noticeSeconds: options.rentalNotice, windowSeconds: options.rentalWindow },
    egressMbPerRequest: options.egressMb ?? null,
    growthSd: options.growthSd,
    resamples: options.resamples,
    seed: options.seed,
    headroom: options.headroom,
    priceDecline: options.priceDecline,
    current: await currentOf(options.current),
    today,
  }
}

const clash = (a: string, b: string): SpillwayError => new SpillwayError('CLI_USAGE', `${a} and ${b} exclude each other`, 'Keep one of them')

function refuseContradictions(options: PlanOptions): void {
  if (options.traffic !== undefined && options.requestsPerDay !== undefined) throw clash('--traffic', '--requests-per-day')
  if (options.requestsPerDay === undefined && options.pattern !== undefined) throw new SpillwayError('CLI_USAGE', '--pattern describes traffic that a file already tells', 'Use it with --requests-per-day')
  if (options.replicaRps !== undefined && options.gpuSeconds !== undefined) throw clash('--replica-rps', '--gpu-seconds')
  const measured = options.replicaRps !== undefined ? '--replica-rps' : options.gpuSeconds !== undefined ? '--gpu-seconds' : null
  const moot = [options.precision !== undefined && '--precision', options.sloTpot !== undefined && '--slo-tpot', options.gpuSeconds !== undefined && options.gpusPerReplica !== undefined && '--gpus-per-replica', options.gpuSeconds !== undefined && options.model !== undefined && '--model'].find((option) => option !== false)
  if (measured !== null && moot !== undefined) throw clash(measured, moot)
  if (options.linearOverflow === true && options.idleOverheadK !== undefined) throw clash('--linear-overflow', '--idle-overhead-k')
}

async function trafficOf(options: PlanOptions, io: Io): Promise<PlanRequest['traffic']> {
  const scaled = (bins: TrafficBins): TrafficBins => (options.scale === undefined ? bins : scaleTraffic(bins, options.scale))
  if (options.requestsPerDay !== undefined) {
    const pattern = options.pattern ?? '24/7'
    const bins = describedTraffic(options.requestsPerDay, parsePattern(pattern), null)
    return { source: `described: ${options.requestsPerDay.toLocaleString('en-US')} requests a day, ${pattern}`, measured: false, bins: scaled(bins), localHour: (ms) => Math.floor(ms / HOUR_MS) % 24, tokens: tokensOf(options), warnings: [] }
  }
  const reading = await readTrafficFromOptions(options, io)
  const zone = new TimeZone(reading.timeZone)
  const gaps = reading.bins.possibleGap.reduce((sum, gap) => sum + gap, 0)
  const filled = options.fillGaps === true && gaps > 0
  const skipped = reading.skippedRows.count === 0 ? [] : [`${reading.skippedRows.count.toLocaleString('en-US')} bad rows of the traffic were skipped; the first: row ${reading.skippedRows.first[0]?.row}, ${reading.skippedRows.first[0]?.reason}.`]
  return {
    source: `${reading.file}${options.scale === undefined ? '' : ` x ${options.scale}`}`,
    measured: true,
    bins: scaled(filled ? fillGaps(reading.bins) : reading.bins),
    localHour: (ms) => Math.floor((ms + zone.offsetAt(ms)) / HOUR_MS) % 24,
    tokens: tokensOf(options),
    warnings: [...reading.warnings, ...skipped, ...(filled ? [`${gaps.toLocaleString('en-US')} possible gaps were filled with the same time on other days (--fill-gaps).`] : [])],
  }
}

function capacityOf(options: PlanOptions, catalog: Catalog): Capacity {
  const gpus = options.gpu?.map((id) => findGpu(catalog, id)) ?? null
  if (options.replicaRps !== undefined) {
    return { by: 'replica-rps', replicaRps: options.replicaRps, model: options.model === undefined ? null : findModel(catalog, options.model), gpu: onlyOne(gpus, '--replica-rps'), gpusPerReplica: options.gpusPerReplica ?? 1, concurrency: options.replicaConcurrency ?? null }
  }
  if (options.gpuSeconds !== undefined) {
    return { by: 'gpu-seconds', perRequest: options.gpuSeconds === true ? null : options.gpuSeconds, gpu: onlyOne(gpus, '--gpu-seconds'), concurrency: options.replicaConcurrency ?? null }
  }
  const slo = options.sloTtft === undefined && options.sloTpot === undefined ? null : { ttftSeconds: options.sloTtft ?? null, tpotSeconds: options.sloTpot ?? null }
  return { by: 'model', model: findModel(catalog, options.model ?? ''), gpus, gpusPerReplica: options.gpusPerReplica ?? null, precision: options.precision ?? null, slo, perf: shippedPerfTable() }
}

function onlyOne<T>(gpus: readonly T[] | null, option: string): T | null {
  if (gpus === null || gpus.length === 1) return gpus?.[0] ?? null
  throw new SpillwayError('CLI_USAGE', `${option} was measured on one kind of GPU, and --gpu names ${gpus.length}`, 'Name the one that you measured')
}

function tokensOf({ inputTokens, outputTokens, cachedShare }: PlanOptions): TokensPerRequest | null {
  if (inputTokens === undefined && outputTokens === undefined && cachedShare === undefined) return null
  const input = inputTokens ?? ASSUMED_TOKENS.input
  return { input, cached: input * (cachedShare ?? 0), output: outputTokens ?? ASSUMED_TOKENS.output }
}

function opsOf({ ops, opsMonthly }: PlanOptions): PlanInput['ops'] {
  if (opsMonthly !== undefined) return { dedicatedMonthly: opsMonthly, serverlessMonthly: 0, source: 'given with --ops-monthly' }
  if (ops === undefined || ops === 'none') return { dedicatedMonthly: 0, serverlessMonthly: 0, source: 'not counted; count it with --ops PRESET or --ops-monthly USD' }
  const { share, note } = OPS_PRESETS[ops]
  return {
    dedicatedMonthly: opsPresetMonthly(ops),
    serverlessMonthly: Math.min(opsPresetMonthly(ops), opsPresetMonthly('serverless')),
    source: `--ops ${ops}: ${share} of an engineer (${note}), an assumption of Spillway; change with --ops-monthly`,
  }
}

async function currentOf(text: string | undefined): Promise<PlanInput['current']> {
  if (text === undefined) return null
  if (/^\$?\d[\d.,]*$/u.test(text)) {
    // 7.800,50 means one thing here and another there: only 7800.50 and 7,800.50 are read.
    const usd = /^\$?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$/u.test(text) ? Number(text.replaceAll(/[$,]/gu, '')) : Number.NaN
    if (!Number.isFinite(usd) || usd <= 0) throw new SpillwayError('MONEY_INVALID', `--current ${text} is no amount of dollars above zero`, 'Give dollars such as 7800, or a file of spillway import --out')
    return { monthlyUsd: usd, source: 'given with --current' }
  }
  const { monthlyUsd, sources } = await readCurrentCost(text)
  return { monthlyUsd, source: `bills: ${sources.map(({ file }) => file).join(', ')}` }
}
