import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { exponential, seededRandom } from '../../core/random.ts'
import { packageRoot } from '../root.ts'

/** One call: when it comes, in seconds from the start of the demo, and its tokens. */
export interface TrafficCall {
  readonly at: number
  readonly input: number
  readonly output: number
}

/**
 * The demo's traffic: the rates of a production model (ServeGen m-small, 10-minute bins), an evening of it with one peak, at
 * 0.4 % of its volume, so that two replicas carry all but the peak. When a call comes within its bin is drawn (Poisson); its
 * tokens are those of the Azure conversation trace, in that order. examples/README.md has the sources.
 */
const RATES = 'examples/servegen-m-small.csv'
const LENGTHS = 'examples/azure-llm-2023-conv.csv.gz'
const SCALE = 0.004
const BIN_SECONDS = 600
const DAY_SECONDS = 86_400
/** Day 12, 19:50. */
const FIRST_BIN = (11 * DAY_SECONDS + 19 * 3600 + 50 * 60) / BIN_SECONDS

/** What is replayed: three hours. */
export const DEMO_SECONDS = 3 * 3600
/** From there on the trace has nothing more. */
export const MOST_SECONDS = 14 * DAY_SECONDS - FIRST_BIN * BIN_SECONDS

/** The calls of the first `seconds`, in order. `load`: calls for each call of the demo's traffic. */
export function demoTraffic(seconds: number, seed: number, load = 1): TrafficCall[] {
  const random = seededRandom(seed)
  const lengths = azureLengths()
  const calls: TrafficCall[] = []
  for (const [bin, usual] of demoRates().entries()) {
    const rate = usual * load
    const from = bin * BIN_SECONDS
    const until = Math.min(from + BIN_SECONDS, seconds)
    if (rate === 0) continue
    for (let at = from + exponential(random, 1 / rate); at < until; at += exponential(random, 1 / rate)) calls.push({ at, ...lengths[calls.length % lengths.length]! })
  }
  return calls
}

/** Calls a second in each bin from the demo's start to the end of the trace. */
function demoRates(): number[] {
  const [, ...rows] = readFileSync(join(packageRoot(), RATES), 'utf8').trim().split('\n')
  return rows.slice(FIRST_BIN).map((row) => Number(row.split(',')[1]) * SCALE)
}

/** Day and time of day of the trace, which begins at midnight of its first day. */
export function traceTime(seconds: number): string {
  const time = FIRST_BIN * BIN_SECONDS + seconds
  const clock = new Date(time * 1000).toISOString().slice(11, 19)
  return `day ${Math.floor(time / DAY_SECONDS) + 1}, ${clock}`
}

function azureLengths(): { readonly input: number; readonly output: number }[] {
  const [, ...rows] = gunzipSync(readFileSync(join(packageRoot(), LENGTHS))).toString('utf8').trim().split(/\r?\n/u)
  return rows.map((row) => {
    const [, input, output] = row.split(',')
    return { input: Number(input), output: Number(output) }
  })
}
