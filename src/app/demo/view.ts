import type { PolicySnapshot } from '../../core/policy/types.ts'
import type { DemoBills } from './bills.ts'
import type { TallyReading } from './tally.ts'

export interface ViewInput {
  readonly url: string
  readonly speed: number
  readonly seconds: number
  readonly windowSeconds: number
  readonly sloTtftMs: number
  readonly sent: number
  readonly tally: TallyReading
  readonly snapshot: PolicySnapshot
  readonly bills: DemoBills
}

const BAR = 40

/** The live page as lines of at most 100 columns. */
export function viewLines({ url, speed, seconds, windowSeconds, sloTtftMs, sent, tally, snapshot, bills }: ViewInput): string[] {
  const pools = snapshot.pools.map(({ id, inFlight, saturation, saturated, endpoints }) => {
    const up = endpoints.filter((endpoint) => endpoint.up).length
    return `  ${id.padEnd(10)} ${bar(saturation)} ${String(inFlight).padStart(4)} in flight   ${up} of ${endpoints.length} up${saturated ? '   saturated' : ''}`
  })
  return [
    `Spillway demo   ${url}   key sw_demo   models llama-3.1-8b, llama-3.1-70b`,
    `A real trace, ${speed} x real time, on simulated engines   ${clockOf(seconds)} so far, ${sent.toLocaleString('en-US')} calls sent`,
    '',
    'Pools (how full)',
    ...pools,
    '',
    `Last ${windowSeconds} s   ${tally.perSecond.toFixed(1)} calls/s   TTFT p50 ${ms(tally.ttftP50, speed)}  p95 ${ms(tally.ttftP95, speed)}   within ${sloTtftMs} ms: ${share(tally.withinSlo)}`,
    `  served by   ${shares(tally.byPool, tally.calls)}`,
    `  because     ${shares(tally.byReason, tally.calls)}`,
    `  outcome     ${shares(tally.byOutcome, tally.calls)}`,
    '',
    `Cost so far   $${(bills.dedicated + bills.serverless).toFixed(2)} an hour of the trace: dedicated $${bills.dedicated.toFixed(2)}, serverless $${bills.serverless.toFixed(2)}`,
  ].map((line) => [...line].slice(0, 100).join(''))
}

function bar(value: number): string {
  const filled = Math.max(0, Math.min(BAR, Math.round(value * BAR)))
  return `${'█'.repeat(filled)}${'·'.repeat(BAR - filled)} ${`${Math.round(value * 100)} %`.padStart(5)}`
}

function shares(counts: ReadonlyMap<string, number>, total: number): string {
  return total === 0 ? 'nothing yet' : [...counts].slice(0, 5).map(([name, count]) => `${name} ${((count / total) * 100).toFixed(0)} %`).join('   ')
}

function clockOf(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
}

/** On the clock of the trace. */
const ms = (value: number | null, speed: number): string => (value === null ? 'none' : `${Math.round(value * speed)} ms`)
const share = (value: number | null): string => (value === null ? 'unknown' : `${(value * 100).toFixed(1)} %`)
