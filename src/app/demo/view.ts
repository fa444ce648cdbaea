import type { PolicySnapshot } from '../../core/policy/types.ts'
import { DEMO_KEY, DEMO_MODELS, DEMO_SLO } from './demo-config.ts'
import { splitChart, splitLegend } from './split-chart.ts'
import type { SplitColumn } from './split-history.ts'
import type { TallyReading } from './tally.ts'
import { traceTime } from './traffic.ts'
import type { OtherWay, WhatIf } from './what-if.ts'

/** Times are on the clock of the trace. */
export interface ViewInput {
  readonly url: string
  readonly speed: number
  /** Calls for each call of the demo's traffic. */
  readonly load: number
  readonly seconds: number
  /** The trace has been played to its end. */
  readonly isOver: boolean
  readonly windowSeconds: number
  readonly sent: number
  readonly tally: TallyReading
  readonly snapshot: PolicySnapshot
  /** USD an hour so far. */
  readonly bills: { readonly dedicated: number; readonly serverless: number }
  readonly whatIf: WhatIf
  readonly split: readonly SplitColumn[]
  readonly columnSeconds: number
  readonly color: boolean
}

const BAR = 40
const NAME = 19
const CHART_ROWS = 5

/** The live page as lines of at most 100 columns. */
export function viewLines(input: ViewInput): string[] {
  const { url, windowSeconds, tally, snapshot, bills, whatIf, split, columnSeconds, color } = input
  return [
    `Spillway demo   ${url}   key ${DEMO_KEY}   models ${DEMO_MODELS.join(', ')}`,
    progress(input),
    '',
    'Pools (how full)',
    ...snapshot.pools.map(poolLine),
    '',
    `Last ${windowSeconds} s   ${tally.perSecond.toFixed(1)} calls/s   TTFT p50 ${ms(tally.ttftP50)}  p95 ${ms(tally.ttftP95)}   in SLO ${share(tally.withinSlo)}`,
    `  served by   ${shares(tally.byPool, tally.calls)}`,
    `  because     ${shares(tally.byReason, tally.calls)}`,
    `  outcome     ${shares(tally.byOutcome, tally.calls)}`,
    '',
    `Who served, a column each ${columnSeconds} s   ${splitLegend(color)}`,
    ...splitChart(split, CHART_ROWS, color).map((line) => `  ${line}`),
    '',
    `The same calls so far   $/hour   in SLO (TTFT ${DEMO_SLO.ttftMs} ms, TPOT ${DEMO_SLO.tpotMs} ms)`,
    `${way('hybrid, as here', { usdPerHour: bills.dedicated + bills.serverless, withinSlo: tally.withinSloTotal })}   dedicated ${usd(bills.dedicated)} + serverless ${usd(bills.serverless)}`,
    `${way(`all-dedicated x ${whatIf.allDedicated.replicas}`, whatIf.allDedicated)}   sized for the peak so far, simulated`,
    `${way('all-serverless', whatIf.allServerless)}   simulated`,
  ]
}

function poolLine({ id, inFlight, saturation, saturated, endpoints }: PolicySnapshot['pools'][number]): string {
  const up = endpoints.filter((endpoint) => endpoint.up).length
  const state = up === 0 ? 'none up' : `${up} of ${endpoints.length} up${saturated ? '   saturated' : ''}`
  return `  ${id.padEnd(10)} ${bar(up === 0 ? 0 : saturation)} ${String(inFlight).padStart(4)} in flight   ${state}`
}

function progress({ speed, load, seconds, sent, isOver }: ViewInput): string {
  const calls = `${sent.toLocaleString('en-US')} calls`
  if (isOver) return `The trace is over (${traceTime(seconds)}, ${calls}): no more is replayed, the gateway keeps serving.`
  return `A real trace, ${traceTime(seconds)}, at ${speed} x real time, ${load} x its demo size   ${calls}`
}

/** The same for a log, on one line. */
export function summaryLine({ seconds, sent, tally, bills, whatIf }: ViewInput): string {
  return [
    traceTime(seconds),
    `${sent.toLocaleString('en-US')} calls`,
    `${tally.perSecond.toFixed(1)}/s`,
    shares(tally.byPool, tally.calls),
    `TTFT p50 ${ms(tally.ttftP50)} p95 ${ms(tally.ttftP95)}`,
    `in SLO ${share(tally.withinSlo)}`,
    `$${usd(bills.dedicated + bills.serverless)}/h`,
    `all-dedicated x ${whatIf.allDedicated.replicas} $${usd(whatIf.allDedicated.usdPerHour)}/h`,
    `all-serverless $${usd(whatIf.allServerless.usdPerHour)}/h`,
  ].join('  ')
}

function way(name: string, { usdPerHour, withinSlo }: Pick<OtherWay, 'usdPerHour' | 'withinSlo'>): string {
  return `  ${name.padEnd(NAME)} ${usd(usdPerHour).padStart(8)}  ${share(withinSlo).padStart(7)}`
}

function bar(value: number): string {
  const filled = Math.max(0, Math.min(BAR, Math.round(value * BAR)))
  return `${'█'.repeat(filled)}${'·'.repeat(BAR - filled)} ${`${Math.round(value * 100)} %`.padStart(5)}`
}

function shares(counts: ReadonlyMap<string, number>, total: number): string {
  return total === 0 ? 'nothing yet' : [...counts].slice(0, 4).map(([name, count]) => `${name} ${((count / total) * 100).toFixed(0)} %`).join('   ')
}

const usd = (value: number): string => value.toFixed(2)
const ms = (value: number | null): string => (value === null ? 'none' : `${Math.round(value)} ms`)
const share = (value: number | null): string => (value === null ? 'unknown' : `${(value * 100).toFixed(1)} %`)

/** The first `width` columns of a line; colors do not count. */
export function clip(line: string, width: number): string {
  let seen = 0
  return line.replaceAll(/\u001B\[[0-9;]*m|./gu, (part) => (part.startsWith('\u001B') || ++seen <= width ? part : ''))
}
