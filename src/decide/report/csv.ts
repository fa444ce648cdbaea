import { csvText } from '../../core/csv-cell.ts'
import { oneLine } from '../../core/errors.ts'
import type { PlanResult, Scenario } from '../plan-result.ts'

type Cell = string | readonly string[] | number | boolean | null | undefined

/**
 * One row a scenario, named like the fields of the JSON (`docs/plan-json.md`); RFC 4180 with CRLF. An empty cell means
 * unknown or not applicable. Text that a spreadsheet would run as a formula starts with an apostrophe.
 */
export function planCsv(result: PlanResult): string {
  const columns = Object.entries(COLUMNS)
  const rows = [columns.map(([name]) => name), ...result.scenarios.map((scenario) => columns.map(([, read]) => read(scenario, result)))]
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

const COLUMNS: Readonly<Record<string, (scenario: Scenario, result: PlanResult) => Cell>> = {
  id: ({ id }) => id,
  title: ({ title }) => title,
  family: ({ family }) => family,
  recommended: ({ id }, { recommended }) => id === recommended,
  feasible: ({ feasible }) => feasible,
  considered: ({ considered }) => considered,
  monthlyUsd: ({ monthlyUsd }) => monthlyUsd,
  utilization: ({ utilization }) => utilization,
  probabilityCheapest: ({ id }, { probabilityCheapest }) => own(probabilityCheapest, id),
  'expected.meanUsd': ({ id }, { expected }) => own(expected, id)?.meanUsd,
  'expected.p10Usd': ({ id }, { expected }) => own(expected, id)?.p10Usd,
  'expected.p90Usd': ({ id }, { expected }) => own(expected, id)?.p90Usd,
  'outOfSample.monthlyUsd': ({ id }, { outOfSample }) => own(outOfSample.scenarios, id)?.monthlyUsd,
  'outOfSample.regretVsBestFixed': ({ id }, { outOfSample }) => own(outOfSample.scenarios, id)?.regretVsBestFixed,
  'outOfSample.regretVsClairvoyant': ({ id }, { outOfSample }) => own(outOfSample.scenarios, id)?.regretVsClairvoyant,
  lowerBoundMonthlyUsd: ({ lowerBoundMonthlyUsd }) => lowerBoundMonthlyUsd,
  optimalityGap: ({ optimalityGap }) => optimalityGap,
  'replicas.base': ({ replicas }) => replicas.base,
  'replicas.elasticMean': ({ replicas }) => replicas.elasticMean,
  'replicas.elasticMax': ({ replicas }) => replicas.elasticMax,
  'replicas.serverlessMax': ({ replicas }) => replicas.serverlessMax,
  'replicas.gpusPerReplica': ({ replicas }) => replicas.gpusPerReplica,
  'replicas.byGpu': ({ replicas }) => Object.entries(replicas.byGpu ?? {}).map(([gpu, count]) => `${count} ${gpu}`),
  'replicas.hourOfDay': ({ replicas }) => (replicas.hourOfDay ?? []).map(String),
  'breakdown.dedicatedBusy': ({ breakdown }) => breakdown.dedicatedBusy,
  'breakdown.dedicatedIdle': ({ breakdown }) => breakdown.dedicatedIdle,
  'breakdown.serverlessBusy': ({ breakdown }) => breakdown.serverlessBusy,
  'breakdown.serverlessUnfilled': ({ breakdown }) => breakdown.serverlessUnfilled,
  'breakdown.coldStart': ({ breakdown }) => breakdown.coldStart,
  'breakdown.keepWarm': ({ breakdown }) => breakdown.keepWarm,
  'breakdown.rounding': ({ breakdown }) => breakdown.rounding,
  'breakdown.tokens': ({ breakdown }) => breakdown.tokens,
  'breakdown.interruptions': ({ breakdown }) => breakdown.interruptions,
  'breakdown.egress': ({ breakdown }) => breakdown.egress,
  'breakdown.ops': ({ breakdown }) => breakdown.ops,
  'unit.usdPerUsefulGpuHour': ({ unit }) => unit.usdPerUsefulGpuHour,
  'unit.usdPer1kRequests': ({ unit }) => unit.usdPer1kRequests,
  'unit.usdPerMillionTokens': ({ unit }) => unit.usdPerMillionTokens,
  'latency.coldStartShare': ({ latency }) => latency.coldStartShare,
  'latency.coldStartSeconds.p50': ({ latency }) => latency.coldStartSeconds?.p50,
  'latency.coldStartSeconds.p90': ({ latency }) => latency.coldStartSeconds?.p90,
  'latency.coldStartSeconds.p99': ({ latency }) => latency.coldStartSeconds?.p99,
  'latency.queuedShare': ({ latency }) => latency.queuedShare,
  'latency.note': ({ latency }) => latency.note,
  why: ({ why }) => why,
  operations: ({ operations }) => operations,
  gotchas: ({ gotchas }) => gotchas,
  offers: ({ offers }) => offers,
  runsOn: ({ runsOn }) => runsOn.map(({ role, offer, usd, per }) => `${role} ${offer}${usd === null ? '' : ` ${usd} USD/${per}`}`),
}

function own<T>(record: Readonly<Record<string, T>>, id: string): T | undefined {
  return Object.hasOwn(record, id) ? record[id] : undefined
}

function cell(value: Cell): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  return csvText(typeof value === 'string' ? oneLine(value) : value.map(oneLine).join(' | '))
}
