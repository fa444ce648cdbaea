import { oneLine } from '../../core/errors.ts'
import type { Breakdown, PlanResult, Scenario } from '../../decide/plan-result.ts'
import { assumptionValue } from '../../decide/report/assumption.ts'
import { cents, duration, excess, figure, percent, unitUsd, usd } from '../../decide/report/format.ts'
import { comparison, comparisonRows, isCoarse, type Comparison } from '../../decide/report/comparison.ts'
import { renderTable, type Column } from '../cli/table.ts'
import { labeled } from '../cli/wrap.ts'
import { bold, comparisonTable } from './terminal-parts.ts'

/** More levels than this are for the JSON. */
const MOST_LEVELS = 100
const PARTS: readonly (readonly [keyof Breakdown, string])[] = [
  ['dedicatedBusy', 'busy'],
  ['dedicatedIdle', 'idle tax'],
  ['serverlessBusy', 'serverless'],
  ['serverlessUnfilled', 'serverless, unfilled'],
  ['coldStart', 'cold start'],
  ['keepWarm', 'keep-warm'],
  ['rounding', 'rounding'],
  ['tokens', 'tokens'],
  ['interruptions', 'interrupted'],
  ['egress', 'egress'],
  ['ops', 'operations'],
]
const PARTS_A_TABLE = 6

/** What `--verbose` adds to the page: every scenario, bill, fact, level, answer and assumption. */
export function verboseSections(result: PlanResult, width: number, color: boolean): string[] {
  const section = (title: string, body: readonly string[]): string[] => (body.length === 0 ? [] : [[bold(title, color), ...body].join('\n')])
  const all = [...result.scenarios].sort((a, b) => (a.monthlyUsd ?? Number.POSITIVE_INFINITY) - (b.monthlyUsd ?? Number.POSITIVE_INFINITY))
  return [
    ...section('Warnings', result.warnings.map((warning) => labeled('', 2, oneLine(warning), width))),
    ...section('All scenarios', [comparisonTable(narrowed({ ...comparison(result), rows: comparisonRows(result, all) }), width)]),
    ...section('Monthly bill by part, USD', bills(result, all, width)),
    ...all.flatMap((scenario) => section(oneLine(scenario.id), facts(scenario, width))),
    ...section('Replica by replica', levels(result, width)),
    ...section('Decision tree', tree(result, width)),
    ...section('Sensitivity', result.sensitivity.map(({ parameter, low, high }) => labeled('', 2, oneLine(`${parameter}: ${[low, high].map((end) => `${end.label} ${usd(end.monthlyUsd)}, cheapest ${end.cheapest}`).join('; ')}`), width))),
    ...section(`Assumptions (${result.assumptions.length})`, result.assumptions.map((assumption) => labeled('', 2, oneLine(`${assumption.name}: ${assumptionValue(assumption)} (${assumption.source}, ${assumption.asOf})`), width))),
  ]
}

/** Without the columns that stand in the sections below, so that long names are told apart. */
function narrowed(table: Comparison): Comparison {
  const kept = table.columns.flatMap(({ header }, index) => (['held out', 'idle tax', 'cold'].includes(header) ? [] : [index]))
  return { ...table, columns: kept.map((index) => table.columns[index]!), rows: table.rows.map(({ id, mark, cells }) => ({ id, mark, cells: kept.map((index) => cells[index]!) })) }
}

function bills(result: PlanResult, scenarios: readonly Scenario[], width: number): string[] {
  const coarse = isCoarse(result)
  const used = PARTS.filter(([part]) => scenarios.some(({ breakdown }) => breakdown[part] !== 0))
  const tables: string[] = []
  for (let start = 0; start < used.length; start += PARTS_A_TABLE) {
    const parts = used.slice(start, start + PARTS_A_TABLE)
    const columns: Column[] = [{ header: 'scenario' }, ...parts.map(([, header]): Column => ({ header, align: 'right' }))]
    const rows = scenarios.filter(({ breakdown }) => start === 0 || parts.some(([part]) => breakdown[part] !== 0))
    tables.push(renderTable(columns, rows.map(({ id, breakdown }) => [id].concat(parts.map(([part]) => (breakdown[part] === 0 ? '0' : cents(breakdown[part], coarse))))), width))
  }
  return tables
}

function facts(scenario: Scenario, width: number): string[] {
  const { replicas, unit, latency } = scenario
  const gpus = Object.entries(replicas.byGpu ?? {}).map(([gpu, count]) => `${count} x ${gpu}`)
  const cold = latency.coldStartSeconds
  const lines: (readonly [string, string])[] = [
    ['what', scenario.title],
    ['replicas', `${replicas.base} all the time; by the hour ${figure(replicas.elasticMean)} on average, ${replicas.elasticMax} at most; serverless ${replicas.serverlessMax} at most; ${replicas.gpusPerReplica} GPU each${gpus.length === 0 ? '' : `; ${gpus.join(' + ')}`}`],
    ...(replicas.hourOfDay === undefined ? [] : [['by hour', replicas.hourOfDay.join(' ')] as const]),
    ['bound', scenario.lowerBoundMonthlyUsd === null ? 'unknown' : `no plan of this kind below ${usd(scenario.lowerBoundMonthlyUsd)} a month; ${excess(scenario.optimalityGap)} above it`],
    ['per unit', `${unitUsd(unit.usdPerUsefulGpuHour)} USD a useful GPU-hour, ${unitUsd(unit.usdPer1kRequests)} per 1,000 requests, ${unitUsd(unit.usdPerMillionTokens)} per million tokens`],
    ['latency', `cold starts ${percent(latency.coldStartShare)} of requests${cold === null ? '' : ` (median ${duration(cold.p50)}, p90 ${duration(cold.p90)}, p99 ${duration(cold.p99)})`}; queued ${percent(latency.queuedShare)}; ${latency.note}`],
    ...scenario.why.map((why) => ['why', why] as const),
    ...scenario.operations.map((fact) => ['to run', fact] as const),
    ...scenario.gotchas.map((trap) => ['watch out', trap] as const),
    ['offers', scenario.offers.length === 0 ? 'none' : scenario.offers.join(', ')],
  ]
  return lines.map(([label, text], index) => labeled(lines[index - 1]?.[0] === label ? '' : `  ${label}`, 13, oneLine(text), width))
}

function levels(result: PlanResult, width: number): string[] {
  const columns: Column[] = ['replica', 'mean fill', 'break-even', 'served by', 'dedicated $', 'serverless $', 'saves $'].map((header) => ({ header, align: 'right' }))
  const shown = result.marginal.slice(0, MOST_LEVELS)
  const rows = shown.map((level) => [String(level.level), percent(level.meanFill), percent(level.breakEven), level.choice, cents(level.dedicatedUsd), cents(level.serverlessUsd), cents(level.savesUsd)])
  return rows.length === 0 ? [] : [renderTable(columns, rows, width), ...(result.marginal.length > shown.length ? [`  ${result.marginal.length - shown.length} more in the JSON`] : [])]
}

function tree({ tree: { steps, conclusion, presets } }: PlanResult, width: number): string[] {
  return [
    ...steps.map(({ question, answer, numbers, leadsTo }) => labeled('', 2, oneLine(`${question} ${answer}: ${numbers} -> ${leadsTo}`), width)),
    labeled('', 2, oneLine(`Conclusion: ${conclusion}`), width),
    ...presets.map(({ name, answer, because }) => labeled('', 2, oneLine(`For comparison, ${name} says ${answer}: ${because}`), width)),
  ]
}
