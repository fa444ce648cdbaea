import { cpus } from 'node:os'
import { startChild } from './child.ts'
import type { Child } from './child.ts'
import { runLoad } from './load.ts'

/**
 * What the gateway costs: CPU time a request and a chunk of a stream, of its whole process with all its threads, against
 * the least that a proxy of the same parts can do; interleaved, so that the machine's moods hit both. Twice: as fast as it
 * goes, and at the same offered load, since writing to a peer that sleeps costs the kernel more than to one that is busy.
 * Run: node bench/gateway/bench.ts [rounds]
 */

const ROUNDS = Number(process.argv[2] ?? 5)
/** Before the first round: V8's compiler works in threads of its own, whose time would count. */
const WARM_UP = 60_000
const REQUESTS = 15_000
const RATE = 2500
const PACED = 5000
const STREAMS = 600
const ALONE = 1500

interface Round {
  /** CPU microseconds of one request, as fast as it goes and at the same rate; the kernel's part of the first. */
  readonly request: number
  readonly kernel: number
  readonly paced: number
  readonly chunk: number
  readonly perSecond: number
  readonly aloneMs: number
  readonly rssMb: number
}

async function measure(child: Child): Promise<Round> {
  const start = await child.usage()
  const fast = await runLoad(child.port, { total: REQUESTS, concurrency: 50, stream: false, rate: null })
  const afterFast = await child.usage()
  const paced = await runLoad(child.port, { total: PACED, concurrency: 500, stream: false, rate: RATE })
  const afterPaced = await child.usage()
  const streamed = await runLoad(child.port, { total: STREAMS, concurrency: 100, stream: true, rate: null })
  const afterStreams = await child.usage()
  const alone = await runLoad(child.port, { total: ALONE, concurrency: 1, stream: false, rate: null })
  const failed = [fast, paced, streamed, alone].map((result) => result.failed)
  if (failed.some((count) => count > 0)) throw new Error(`calls failed: ${failed.join(', ')}`)
  return {
    request: (afterFast.cpuMicros - start.cpuMicros) / REQUESTS,
    kernel: (afterFast.systemMicros - start.systemMicros) / REQUESTS,
    paced: (afterPaced.cpuMicros - afterFast.cpuMicros) / PACED,
    chunk: (afterStreams.cpuMicros - afterPaced.cpuMicros) / streamed.chunks,
    perSecond: fast.done / fast.seconds,
    aloneMs: alone.p50,
    rssMb: afterStreams.rssBytes / 2 ** 20,
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

const upstream = await startChild('upstream.ts', '32', '5')
const url = `http://127.0.0.1:${upstream.port}`
const children = { bare: await startChild('bare.ts', url), spillway: await startChild('ours.ts', url) }
const rounds: Record<keyof typeof children, Round[]> = { bare: [], spillway: [] }
const both = ['bare', 'spillway'] as const
for (const name of both) {
  await runLoad(children[name].port, { total: WARM_UP, concurrency: 50, stream: false, rate: null })
  await runLoad(children[name].port, { total: 3 * STREAMS, concurrency: 100, stream: true, rate: null })
}
for (let round = 0; round < ROUNDS; round++) {
  for (const name of both) rounds[name].push(await measure(children[name]))
}

const columns = { request: 'us/request', kernel: 'of it kernel', paced: `us at ${RATE}/s`, chunk: 'us/chunk', perSecond: 'req/s', aloneMs: 'p50 alone ms', rssMb: 'RSS MB' } as const
type Column = keyof typeof columns
const names = Object.keys(columns) as Column[]
const row = (cells: readonly string[]): string => cells.map((cell, i) => (i === 0 ? cell.padEnd(10) : cell.padStart(14))).join('')
console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}; medians of ${ROUNDS} interleaved rounds\n`)
console.log(row(['proxy', ...Object.values(columns)]))
for (const [name, list] of Object.entries(rounds)) console.log(row([name, ...names.map((column) => median(list.map((round) => round[column])).toFixed(column === 'aloneMs' ? 3 : 1))]))
console.log(row(['ratio', ...names.map((column) => median(rounds.spillway.map((round, i) => round[column] / rounds.bare[i]![column])).toFixed(2))]))
await Promise.all([children.bare.stop(), children.spillway.stop()])
await upstream.stop()
