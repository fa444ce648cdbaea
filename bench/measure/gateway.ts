import { mkdirSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Pool } from 'undici'
import { journalFolder } from '../../src/app/config/data-folder.ts'
import { openJournal } from '../../src/store/journal-file/open-journal.ts'
import { freePort, startProgram, startScript, temporaryFolder } from '../gateway/child.ts'
import { machine } from '../gateway/machine.ts'
import { callTexts } from './call-texts.ts'

/**
 * What loading telemetry costs the gateway: CPU of a call at a steady rate, and time to the first token, with telemetry off, on, and on
 * while the loader works off a journal full of calls as fast as it can. The ways take turns.
 * Run: npm run bench:disturb [--rate 500] [--seconds 10] [--rounds 3] [--backlog 400000]
 */
const { values: options } = parseArgs({ options: { rate: { type: 'string', default: '500' }, seconds: { type: 'string', default: '10' }, rounds: { type: 'string', default: '3' }, backlog: { type: 'string', default: '400000' } } })
const [RATE, SECONDS, ROUNDS, BACKLOG] = [Number(options.rate), Number(options.seconds), Number(options.rounds), Number(options.backlog)]
const CLI = fileURLToPath(new URL('../../src/app/cli/main.ts', import.meta.url))
const WARM_UP_SECONDS = 3
const PACE_MS = 1

interface Way {
  readonly name: string
  readonly telemetry: 'on' | 'off'
  /** Calls that wait in the journal when the measurement begins. */
  readonly backlog: number
}

interface Seen {
  /** CPU microseconds of the whole process, a call. */
  readonly cpu: number
  readonly ttft: readonly number[]
  /** Calls a second that the loader loaded meanwhile. */
  readonly loaded: number
  readonly rssMb: number
}

const upstream = await startScript('upstream.ts', '4', '1')

async function measure({ telemetry, backlog }: Way): Promise<Seen> {
  const folder = temporaryFolder()
  const port = await freePort()
  const file = join(folder, 'spillway.yaml')
  writeFileSync(file, `
server: { port: ${port}, data: ., drain: 1s }
pools: [{ id: floor, offer: runpod-community-h100-80gb, region: eu-central-1, endpoints: [{ id: one, url: "http://127.0.0.1:${upstream.port}" }], models: { m: meta-llama/Llama-3.1-8B-Instruct }, capacity: 64, metrics: false, health: false }]
telemetry: { mode: ${telemetry} }
`)
  const { secret } = JSON.parse(execFileSync(process.execPath, [CLI, 'keys', 'create', '--data', folder, '--name', 'bench', '--json'], { encoding: 'utf8' })) as { secret: string }
  await fill(journalFolder(folder), backlog)
  const { usage, stop } = await startProgram({ command: process.execPath, args: [CLI, 'serve', '-c', file], env: { NODE_ENV: 'production' }, port, readyPath: '/healthz' })
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 100 })
  const loaded = async (): Promise<number> => {
    const { body } = await pool.request({ path: '/metrics', method: 'GET' })
    return Number(/^spillway_telemetry_loaded_total (\d+)/mu.exec(await body.text())?.[1] ?? 0)
  }
  await stream(pool, secret, WARM_UP_SECONDS)
  const [before, loadedBefore, start] = [usage(), await loaded(), performance.now()]
  const ttft = await stream(pool, secret, SECONDS)
  const [after, loadedAfter, seconds] = [usage(), await loaded(), (performance.now() - start) / 1000]
  await pool.close()
  await stop()
  return { cpu: (after.cpuMicros - before.cpuMicros) / ttft.length, ttft, loaded: (loadedAfter - loadedBefore) / seconds, rssMb: after.rssBytes / 2 ** 20 }
}

/** Writes calls into a journal that no process has open yet. */
async function fill(folder: string, calls: number): Promise<void> {
  if (calls === 0) return
  mkdirSync(folder, { recursive: true })
  const journal = await openJournal({ folder, clock: { now: () => Date.now() } })
  const textOf = callTexts({ rows: calls, from: Date.now() - 86_400_000, days: 1 })
  for (let n = 0; n < calls; n++) {
    journal.append(JSON.parse(textOf(n)) as object)
    if (n % 5000 === 4999) await journal.flush()
  }
  await journal.close()
}

let bodies = 0
/** Times to the first token, ms, of streams that are sent evenly. */
async function stream(pool: Pool, secret: string, seconds: number): Promise<number[]> {
  const times: number[] = []
  const calls: Promise<void>[] = []
  const start = performance.now()
  const call = async (): Promise<void> => {
    const body = JSON.stringify({ model: 'm', stream: true, max_tokens: 8, messages: [{ role: 'user', content: `Order ${bodies++}: which chain fits a hub with eleven gears?` }] })
    const at = performance.now()
    const answer = await pool.request({ path: '/v1/chat/completions', method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` }, body })
    if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}: ${await answer.body.text()}`)
    let first = true
    for await (const chunk of answer.body) {
      if (first && (chunk as Buffer).length > 0) {
        times.push(performance.now() - at)
        first = false
      }
    }
  }
  while (performance.now() - start < seconds * 1000) {
    const due = Math.floor(((performance.now() - start) / 1000) * RATE) - calls.length
    for (let n = 0; n < due; n++) calls.push(call())
    await new Promise((resolve) => setTimeout(resolve, PACE_MS))
  }
  await Promise.all(calls)
  return times
}

const WAYS: readonly Way[] = [
  { name: 'telemetry off', telemetry: 'off', backlog: 0 },
  { name: 'telemetry on', telemetry: 'on', backlog: 0 },
  { name: 'on, working off a full journal', telemetry: 'on', backlog: BACKLOG },
]
const ways = WAYS.filter(({ backlog }) => BACKLOG > 0 || backlog === 0).map((way) => ({ way, rounds: [] as Seen[] }))
console.log(`${machine()}\n${RATE} streams a second for ${SECONDS} s, ${ROUNDS} rounds; the upstream's own first token comes within 1 ms\n`)
for (let round = 0; round < ROUNDS; round++) for (const { way, rounds } of ways) rounds.push(await measure(way))
const quantile = (values: readonly number[], share: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!
const range = (values: readonly number[], digits: number): string => `${quantile(values, 0.5).toFixed(digits)} (${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)})`
console.log(`${'median (range) of the rounds'.padEnd(34)} ${'CPU us/call'.padEnd(18)} ${'TTFT p50 ms'.padEnd(18)} ${'TTFT p99 ms'.padEnd(20)} ${'loaded/s'.padEnd(24)} RSS MB`)
for (const { way, rounds } of ways) {
  const columns = [rounds.map(({ cpu }) => cpu), rounds.map(({ ttft }) => quantile(ttft, 0.5)), rounds.map(({ ttft }) => quantile(ttft, 0.99)), rounds.map(({ loaded }) => loaded), rounds.map(({ rssMb }) => rssMb)]
  console.log(`${way.name.padEnd(34)} ${range(columns[0]!, 0).padEnd(18)} ${range(columns[1]!, 2).padEnd(18)} ${range(columns[2]!, 2).padEnd(20)} ${range(columns[3]!, 0).padEnd(24)} ${range(columns[4]!, 0)}`)
}
await upstream.stop()
