import { fork } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { exponential, seededRandom } from '../src/core/random.ts'
import { profileTraffic } from '../src/measure/traffic/profile.ts'
import { readTraffic } from '../src/measure/traffic/read-traffic.ts'

/**
 * Reads and profiles 5 million rows of Azure-like CSV, five times, each in a process of its own (so that peak memory is
 * that of one run), and prints rows a second, CPU seconds and peak resident memory. Rows can be given: `bench/profile.ts
 * 1000000`.
 */
const ROUNDS = 5

interface Round {
  readonly rows: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly rssMb: number
}

async function generate(path: string, rows: number): Promise<void> {
  const random = seededRandom(7)
  const out = createWriteStream(path)
  out.write('TIMESTAMP,ContextTokens,GeneratedTokens\n')
  const start = Date.UTC(2024, 4, 10)
  const secondsPerRow = (7 * 86_400) / rows
  let now = 0
  for (let row = 0; row < rows; ) {
    let text = ''
    for (const end = Math.min(rows, row + 20_000); row < end; row++) {
      now += exponential(random, secondsPerRow)
      const iso = new Date(start + now * 1000).toISOString()
      text += `${iso.slice(0, 10)} ${iso.slice(11, 23)}0000,${1 + Math.floor(exponential(random, 1155))},${1 + Math.floor(exponential(random, 211))}\n`
    }
    if (!out.write(text)) await new Promise<void>((resolve) => out.once('drain', () => resolve()))
  }
  await new Promise<void>((resolve) => out.end(() => resolve()))
}

async function round(path: string): Promise<Round> {
  const started = process.hrtime.bigint()
  const before = process.cpuUsage()
  const profile = profileTraffic(await readTraffic({ file: path }))
  const { user, system } = process.cpuUsage(before)
  return { rows: profile.rows, seconds: Number(process.hrtime.bigint() - started) / 1e9, cpuSeconds: (user + system) / 1e6, rssMb: process.resourceUsage().maxRSS / 1024 }
}

function inChild(path: string): Promise<Round> {
  return new Promise<Round>((resolve, reject) => {
    const child = fork(import.meta.filename, ['--round', path])
    child.once('message', (message) => {
      resolve(message as Round)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the round ended with status ${code} and no result`)))
  })
}

function line(name: string, values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, median, high] = [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!].map((value) => value.toLocaleString('en-US', { maximumFractionDigits: digits }))
  return `${name.padEnd(14)} median ${median}   (${low} to ${high})`
}

if (process.argv[2] === '--round') {
  process.send?.(await round(process.argv[3]!))
} else {
  const rows = Number(process.argv[2] ?? 5_000_000)
  const folder = mkdtempSync(join(tmpdir(), 'spillway-bench-'))
  try {
    const path = join(folder, 'traffic.csv')
    await generate(path, rows)
    const [cpu] = cpus()
    console.log(`profile of ${rows.toLocaleString('en-US')} rows, ${Math.round(statSync(path).size / 1e6)} MB of Azure-like CSV, ${ROUNDS} rounds`)
    console.log(`${cpu?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`)
    const rounds: Round[] = []
    for (let index = 0; index < ROUNDS; index++) rounds.push(await inChild(path))
    if (rounds.some((one) => one.rows !== rows)) throw new Error('a round lost rows')
    console.log(line('rows/s', rounds.map((one) => one.rows / one.seconds), 0))
    console.log(line('CPU s', rounds.map((one) => one.cpuSeconds), 2))
    console.log(line('peak RSS MiB', rounds.map((one) => one.rssMb), 0))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
