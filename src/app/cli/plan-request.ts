import { SpillwayError } from '../../core/errors.ts'
import type { TrafficBins } from '../../core/traffic.ts'
import { scaleTraffic } from '../../core/described-traffic.ts'
import { describedRequestTraffic, requestOf, tokensOf } from '../../decide/input/plan-choices.ts'
import type { PlanRequest } from '../../decide/input/plan-request.ts'
import type { PlanInput } from '../../decide/plan-input.ts'
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
  return requestOf(options, { catalog, perf: shippedPerfTable(), traffic: await trafficOf(options, io), current: await currentOf(options.current), today })
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
  if (options.requestsPerDay !== undefined) return describedRequestTraffic(options.requestsPerDay, options.pattern ?? '24/7', options, options.scale)
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
