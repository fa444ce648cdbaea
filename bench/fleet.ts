import { cpus, totalmem } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { ServerlessCard } from '../src/core/billing/rate-card.ts'
import { seededRandom } from '../src/core/random.ts'
import { erlangC } from '../src/decide/fleet/erlang.ts'
import { billedReplicas, keepWarmCurve } from '../src/decide/fleet/keep-warm.ts'
import type { KeepWarmInput } from '../src/decide/fleet/keep-warm-point.ts'
import { DEFAULT_RULES } from '../src/decide/fleet/rules.ts'
import { simulateFleet } from '../src/decide/fleet/simulate.ts'
import { poissonWorkload } from '../src/decide/fleet/workload.ts'

/** Speed of the fleet simulator and of the keep-warm curve, with the machine that it was measured on. Run: node bench/fleet.ts */

const card: ServerlessCard = { rule: 'serverless', perGpuSecond: 1_000_000n, granularitySeconds: 1, minimumSeconds: 0, idleWindowSeconds: 60, coldStartBilled: true, coldStart: { p50: 20, p90: 40, p99: 90 }, replicaCap: null, atCap: null, egressPerGb: null, alwaysOnPerGpuSecond: null }

function time(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

function print(what: string, figure: string): void {
  console.log(`${what.padEnd(64)} ${figure}`)
}

const [cpu] = cpus()
console.log(`${cpus().length} x ${cpu?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}, one thread; medians of 7 runs unless said otherwise\n`)

const shapes: readonly (readonly [string, KeepWarmInput])[] = [
  ['LLM, 32 at once, 10 s', { card, requestSeconds: 10, concurrency: 32, stepTime: (running) => 20 + running / 2, rules: DEFAULT_RULES, seed: 1 }],
  ['image, one at a time, 2 s', { card, requestSeconds: 2, concurrency: 1, rules: DEFAULT_RULES, seed: 1 }],
  ['embedding, 32 at once, 50 ms', { card, requestSeconds: 0.05, concurrency: 32, rules: DEFAULT_RULES, seed: 1 }],
]
print('keep-warm curve, the first in the process (code still cold)', `${time(() => keepWarmCurve(shapes[0]![1])).toFixed(1)} ms`)
for (const [name, input] of shapes) print(`keep-warm curve: ${name}`, `${median(Array.from({ length: 7 }, (_, i) => time(() => keepWarmCurve({ ...input, seed: i })))).toFixed(1)} ms`)

const curve = keepWarmCurve(shapes[0]![1])
const lookUps = 2_000_000
let sink = 0
print(
  'billedReplicas',
  `${((median(Array.from({ length: 7 }, () => time(() => { for (let i = 0; i < lookUps; i++) sink += billedReplicas(curve, (i % 4096) / 61) }))) / lookUps) * 1e6).toFixed(1)} ns`,
)

const count = 500_000
const workloads = [
  ['one at a time, load 5', 1, poissonWorkload(count, 2.5, seededRandom(1), () => 2)],
  ['32 at once, load 5', 32, poissonWorkload(count, 16, seededRandom(1), () => 10)],
  ['32 at once, load 50', 32, poissonWorkload(count, 160, seededRandom(1), () => 10)],
] as const
for (const [name, concurrency, workload] of workloads) {
  const run = (): void => {
    simulateFleet({
      workload,
      dedicated: null,
      serverless: { gpus: 1, engine: { concurrency, stepSeconds: (running) => 0.5 + (0.5 * running) / concurrency }, idleWindowSeconds: 60, coldStart: (u) => 10 + 30 * u, replicaCap: null, atCap: 'queue', rules: DEFAULT_RULES },
      random: seededRandom(2),
    })
  }
  print(`simulator: ${name}`, `${(count / median(Array.from({ length: 7 }, () => time(run))) / 1000).toFixed(2)} M requests/s`)
}
print('Erlang C, 10,000 servers', `${(median(Array.from({ length: 7 }, () => time(() => { sink += erlangC(10_000, 9900) }))) * 1000).toFixed(0)} us`)
if (!Number.isFinite(sink)) throw new Error('a figure is not finite')
