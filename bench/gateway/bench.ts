import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bare } from './bare-target.ts'
import { startScript } from './child.ts'
import { machine } from './machine.ts'
import { PEERS } from './peers/all.ts'
import { findPeer } from './peers/peer.ts'
import { markdown } from './report.ts'
import type { Measured, Report } from './report.ts'
import { alone, CHUNK_MS, measure, STREAM_TOKENS, warmUp } from './round.ts'
import type { Round } from './round.ts'
import { spillway } from './spillway.ts'
import type { Running, Target } from './target.ts'
import { measureScaling } from './two-processes.ts'
import type { Scaling } from './two-processes.ts'

const HELP = `What the gateway costs, beside the least that a proxy of the same parts can do and beside other gateways, in turns, so that
the machine's moods hit all of them: CPU time of the whole process tree, latency, memory. Each answer is checked.

npm run bench:peers                  install the other gateways, into .bench-peers/
npm run bench:gateway -- [options]   about a minute, and 45 s a round, with all of them

  --rounds N     default 5
  --peers a,b    of ${PEERS.map(({ name }) => name).join(', ')}; "none"; default: all that are installed
  --json         every round's figures on standard output in place of the tables
  --write        put the tables into docs/benchmarks.md
`
const DOC = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url))
const MARK = /(?<=<!-- bench:gateway -->\n)[^]*(?=<!-- end of bench:gateway -->)/u
/** With fewer the range says little. */
const ROUNDS_TO_WRITE = 5

const options = read()
const rounds = Number(options.rounds)
if (options.help) process.stdout.write(HELP)
else if (!Number.isInteger(rounds) || rounds < 1) refuse('--rounds takes a whole number from 1 on')
else if (options.write && rounds < ROUNDS_TO_WRITE) refuse(`--write takes at least ${ROUNDS_TO_WRITE} rounds`)
else if (process.platform !== 'linux') refuse('CPU time is read from /proc, which only Linux has')
else {
  try {
    await main(rounds)
  } catch (error) {
    say((error as Error).message)
    process.exit(1)
  }
}

function read() {
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ options: { rounds: { type: 'string', default: '5' }, peers: { type: 'string' }, json: flag, write: flag, help: flag } }).values
  } catch (error) {
    return refuse((error as Error).message)
  }
}

async function main(rounds: number): Promise<void> {
  const { targets, leftOut } = chosen(options.peers ?? null)
  for (const { name, why } of leftOut) say(`${name} is left out: ${why}`)
  const before = { machine: machine(), date: new Date().toISOString() }
  const report: Report = { ...before, ...(await compare([bare, spillway, ...targets], rounds)), leftOut }
  const text = markdown(report)
  if (options.write) writeFileSync(DOC, readFileSync(DOC, 'utf8').replace(MARK, () => `${text}\n`))
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `${text}\n`)
}

/** Named peers must be there; by default those that are not are only reported. */
function chosen(names: string | null): { readonly targets: readonly Target[]; readonly leftOut: Report['leftOut'] } {
  const wanted = names === null || names === 'none' ? null : names.split(',')
  const unknown = wanted?.find((name) => !PEERS.some((peer) => peer.name === name))
  if (unknown !== undefined) refuse(`no peer is called ${unknown}`)
  const targets: Target[] = []
  const leftOut: { readonly name: string; readonly why: string }[] = []
  for (const peer of names === 'none' ? [] : PEERS.filter(({ name }) => wanted?.includes(name) ?? true)) {
    const found = findPeer(peer)
    if ('target' in found) targets.push(found.target)
    else if (wanted === null) leftOut.push({ name: peer.name, why: found.missing })
    else refuse(`${peer.name}: ${found.missing}`)
  }
  return { targets, leftOut }
}

async function compare(targets: readonly Target[], rounds: number): Promise<Pick<Report, 'gateways' | 'scaling'>> {
  const upstream = await startScript('upstream.ts', String(STREAM_TOKENS), String(CHUNK_MS))
  const url = `http://127.0.0.1:${upstream.port}`
  const start = async (target: Target): Promise<Running> => {
    say(`${target.name}: starting and warming up`)
    const running = await of(target, target.start(url))
    await of(target, warmUp(running))
    return running
  }
  const gateways: (Measured & { readonly target: Target; readonly running: Running; readonly rounds: Round[] })[] = []
  for (const target of targets) gateways.push({ name: target.name, about: target.about, target, running: await start(target), rounds: [] })
  const second = await start({ ...spillway, name: 'a second Spillway' })
  const scaling: Scaling[] = []
  for (let round = 1; round <= rounds; round++) {
    const directMs = await alone({ port: upstream.port, model: '', headers: {} })
    // Back and forth: what drifts within a round favors nobody.
    for (const gateway of round % 2 === 1 ? gateways : gateways.toReversed()) {
      const figures = await of(gateway.target, measure(gateway.running, directMs))
      gateway.rounds.push(figures)
      say(`round ${round} of ${rounds}: ${gateway.name} ${figures.request.toFixed(0)} us/request, ${figures.chunk.toFixed(1)} us/event`)
    }
    scaling.push(await measureScaling(gateways.find(({ target }) => target === spillway)!.running, second))
  }
  await Promise.all([...gateways.map(({ running }) => running), second].map(({ stop }) => stop()))
  await upstream.stop()
  return { gateways: gateways.map(({ name, about, rounds }) => ({ name, about, rounds })), scaling }
}

/** Nobody is measured while it answers wrongly. */
async function of<T>({ name }: Target, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}\nNothing is reported where one gateway fails.`, { cause: error })
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

function refuse(text: string): never {
  say(`${text}; --help says more`)
  process.exit(2)
}
