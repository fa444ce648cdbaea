import { startScript } from './child.ts'
import { runLoad, times } from './load.ts'
import { whole } from './round.ts'
import { spillway } from './spillway.ts'

/** Whether memory grows: RSS of the gateway's process over a million requests, and its slope. Run: node bench/gateway/memory.ts [requests] */

const REQUESTS = Number(process.argv[2] ?? 1_000_000)
const STEPS = 10

const upstream = await startScript('upstream.ts', '32', '5')
const gateway = await spillway.start(`http://127.0.0.1:${upstream.port}`)
const points: { readonly requests: number; readonly mb: number }[] = []
for (let step = 1; step <= STEPS; step++) {
  await runLoad(gateway.door, { ...whole, more: times(REQUESTS / STEPS) })
  points.push({ requests: (step * REQUESTS) / STEPS, mb: gateway.usage().rssBytes / 2 ** 20 })
  console.log(`${points.at(-1)!.requests} requests: RSS ${points.at(-1)!.mb.toFixed(0)} MB`)
}

/** Least squares over the second half: the first fills caches that have caps. */
const half = points.slice(STEPS / 2)
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const [x, y] = [mean(half.map((point) => point.requests)), mean(half.map((point) => point.mb))]
const slope = half.reduce((sum, point) => sum + (point.requests - x) * (point.mb - y), 0) / half.reduce((sum, point) => sum + (point.requests - x) ** 2, 0)
console.log(`slope over the second half: ${(slope * 1e6).toFixed(1)} MB a million requests`)
await gateway.stop()
await upstream.stop()
