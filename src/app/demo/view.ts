import type { PolicySnapshot } from '../../core/policy/types.ts'
import type { DemoBills } from './bills.ts'
import { DEMO_KEY, DEMO_MODELS } from './demo-config.ts'
import { splitChart } from './split-chart.ts'
import type { SplitColumn } from './split-history.ts'
import type { TallyReading } from './tally.ts'
import type { WhatIf } from './what-if.ts'

export interface ViewInput {
  readonly url: string
  readonly speed: number
  /** Calls for each call of the trace. */
  readonly load: number
  /** Of the trace. */
  readonly seconds: number
  readonly windowSeconds: number
  readonly sloTtftMs: number
  readonly sent: number
  readonly tally: TallyReading
  readonly snapshot: PolicySnapshot
  readonly bills: DemoBills
  readonly whatIf: WhatIf | null
  readonly split: readonly SplitColumn[]
  /** Seconds of the trace in a column. */
  readonly columnSeconds: number
  readonly color: boolean
}

const BAR = 40
const CHART_ROWS = 5

/** The live page as lines of at most 100 columns. Times are on the clock of the trace. */
export function viewLines(input: ViewInput): string[] {
  const { url, speed, load, seconds, windowSeconds, sloTtftMs, sent, tally, snapshot, bills, whatIf, split, columnSeconds, color } = input
  const pools = snapshot.pools.map(({ id, inFlight, saturation, saturated, endpoints }) => {
    const up = endpoints.filter((endpoint) => endpoint.up).length
    return `  ${id.padEnd(10)} ${bar(saturation)} ${String(inFlight).padStart(4)} in flight   ${up} of ${endpoints.length} up${saturated ? '   saturated' : ''}`
  })
  return [
    `Spillway demo   ${url}   key ${DEMO_KEY}   models ${DEMO_MODELS.join(', ')}`,
    `A real trace at ${speed} x real time, ${load} x its calls, on simulated engines   ${clockOf(seconds)} of the trace, ${sent.toLocaleString('en-US')} calls`,
    '',
    'Pools (how full)',
    ...pools,
    '',
    `Last ${windowSeconds} s   ${tally.perSecond.toFixed(1)} calls/s   TTFT p50 ${ms(tally.ttftP50, speed)}  p95 ${ms(tally.ttftP95, speed)}   within ${sloTtftMs} ms: ${share(tally.withinSlo)}`,
    `  served by   ${shares(tally.byPool, tally.calls)}`,
    `  because     ${shares(tally.byReason, tally.calls)}`,
    `  outcome     ${shares(tally.byOutcome, tally.calls)}`,
    '',
    `Who served, a column each ${columnSeconds} s of the trace   ${legend(color)}`,
    ...splitChart(split, CHART_ROWS, color).map((line) => `  ${line}`),
    '',
    `Cost so far, $ an hour of the trace: ${usd(bills.dedicated + bills.serverless)} = dedicated ${usd(bills.dedicated)} + serverless ${usd(bills.serverless)}`,
    whatIf === null ? '  the same calls: not known yet' : `  the same calls, estimated: all-dedicated ${usd(whatIf.allDedicated)} (rented for the peak), all-serverless ${usd(whatIf.allServerless)}`,
  ]
}

/** The same for a log, on one line. */
export function summaryLine({ speed, sloTtftMs, sent, tally, bills, whatIf }: ViewInput): string {
  return [
    `${sent.toLocaleString('en-US')} calls`,
    `${tally.perSecond.toFixed(1)}/s`,
    shares(tally.byPool, tally.calls),
    `TTFT p50 ${ms(tally.ttftP50, speed)} p95 ${ms(tally.ttftP95, speed)}`,
    `within ${sloTtftMs} ms ${share(tally.withinSlo)}`,
    `${usd(bills.dedicated + bills.serverless)}/h`,
    ...(whatIf === null ? [] : [`all-dedicated ${usd(whatIf.allDedicated)}/h`, `all-serverless ${usd(whatIf.allServerless)}/h`]),
  ].join('  ')
}

function legend(color: boolean): string {
  const [dedicated, serverless] = [splitChart([{ dedicated: 1, serverless: 0 }], 1, color)[0]!, splitChart([{ dedicated: 0, serverless: 1 }], 1, color)[0]!]
  return `${dedicated.repeat(2)} dedicated  ${serverless.repeat(2)} serverless`
}

function bar(value: number): string {
  const filled = Math.max(0, Math.min(BAR, Math.round(value * BAR)))
  return `${'█'.repeat(filled)}${'·'.repeat(BAR - filled)} ${`${Math.round(value * 100)} %`.padStart(5)}`
}

function shares(counts: ReadonlyMap<string, number>, total: number): string {
  return total === 0 ? 'nothing yet' : [...counts].slice(0, 4).map(([name, count]) => `${name} ${((count / total) * 100).toFixed(0)} %`).join('   ')
}

function clockOf(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
}

const usd = (value: number): string => `$${value.toFixed(2)}`
/** On the clock of the trace. */
const ms = (value: number | null, speed: number): string => (value === null ? 'none' : `${Math.round(value * speed)} ms`)
const share = (value: number | null): string => (value === null ? 'unknown' : `${(value * 100).toFixed(1)} %`)

/** The first `width` columns of a line; colors do not count. */
export function clip(line: string, width: number): string {
  let seen = 0
  return line.replaceAll(/\u001B\[[0-9;]*m|./gu, (part) => (part.startsWith('\u001B') || ++seen <= width ? part : ''))
}
