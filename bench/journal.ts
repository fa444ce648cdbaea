import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { callOf } from '../src/core/testing.ts'
import { openJournal } from '../src/store/journal-file/open-journal.ts'
import { journalReader } from '../src/store/journal-file/read-journal.ts'

/**
 * The journal's speed: what one `append` of a call's record costs the thread that serves (budget: 5 microseconds), how many
 * records a second reach the disk, and how fast they are read back. Run: node bench/journal.ts [folder on the disk to measure]
 */

const record = callOf({
  id: '01JDG7Z3K8Q4T9V2W6X5Y1B0C3',
  keyId: 'key_7f3a9c',
  modelServed: 'meta-llama/Llama-3.1-8B-Instruct',
  attribution: { user: 'user-1234', feature: 'support-chat', session: 'c0ffee00-1234', prompt: 'greeting', promptVersion: '7', traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentSpanId: '00f067aa0ba902b7', tags: { team: 'support' } },
  residency: 'eu',
  endpoint: '10.0.0.5:8000',
  reason: 'floor-prefix',
  attempts: [{ pool: 'floor', endpoint: '10.0.0.5:8000', reason: 'floor-prefix', startedAt: 1_764_000_000_000, durationMs: 1834, status: 200, error: null }],
  arrivedAt: 1_764_000_000_000,
  ttftMs: 84,
  tpotMs: 11.2,
  totalMs: 1834,
  usage: { inputUncached: 812, cacheRead: 343, output: 156 },
  cost: { nanoUsd: '43210', status: 'estimated', missing: [], priceVersion: 'runpod-community-h100-80gb@2026-11-09' },
  requestBytes: 4620,
  responseBytes: 18_233,
  fingerprint: '9f86d081884c7d65',
  configVersion: 'bad78e649715',
  retryCount: 0,
  responseId: 'chatcmpl-9f8c4f0d6e5b4a3c9d2e1f0a9b8c7d6e',
  prompt: { characters: { system: 1200, history: 1800, retrieved: 0, toolResults: 0, question: 240 }, tools: ['search_orders', 'open_ticket'] },
})

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
const print = (what: string, figure: string): void => console.log(`${what.padEnd(66)} ${figure}`)

const [cpu] = cpus()
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'spillway-bench-journal-'))
console.log(`${cpus().length} x ${cpu?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}; records of ${JSON.stringify(record).length} bytes; ${folder}\n`)

const clock = { now: () => Date.now() }
const ROUNDS = 7
const RECORDS = 50_000

/** Records as a busy gateway makes them: some, then the event loop turns. */
async function appendAll(append: (n: number) => void): Promise<number> {
  const before = process.threadCpuUsage()
  for (let n = 0; n < RECORDS; n++) {
    append(n)
    if (n % 20 === 19) await new Promise(setImmediate)
  }
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / RECORDS
}

const cost: number[] = []
const rate: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const journal = await openJournal({ folder: join(folder, String(round)), clock, queueChars: 1e9 })
  const idle = await appendAll(() => {})
  const start = performance.now()
  const busy = await appendAll((n) => journal.append({ ...record, arrivedAt: record.arrivedAt + n }))
  await journal.flush()
  rate.push((RECORDS / (performance.now() - start)) * 1000)
  cost.push(busy - idle)
  if (journal.stats().lost > 0) throw new Error('records were lost')
  await journal.close()
}
print('CPU of the serving thread for an append, median of 7 rounds', `${median(cost).toFixed(2)} us (${cost.map((one) => one.toFixed(1)).join(', ')})`)
print('records on disk, appended as above and flushed once', `${(median(rate) / 1000).toFixed(0)}k/s`)

{
  const journal = await openJournal({ folder: join(folder, 'one by one'), clock })
  const waits: number[] = []
  for (let n = 0; n < 500; n++) {
    const start = performance.now()
    journal.append(record)
    await journal.flush()
    waits.push(performance.now() - start)
  }
  const sorted = waits.toSorted((a, b) => a - b)
  print('append and flush of one record', `p50 ${median(waits).toFixed(2)} ms, p99 ${sorted[Math.floor(sorted.length * 0.99)]!.toFixed(2)} ms`)
  await journal.close()
}

{
  let records = 0
  const start = performance.now()
  for await (const entry of journalReader(join(folder, '0')).read(0)) records += entry.next > 0 ? 1 : 0
  print('records read back', `${(records / (performance.now() - start)).toFixed(0)}k/s`)
}

rmSync(folder, { recursive: true })
