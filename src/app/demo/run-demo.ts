import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadConfig } from '../config/load-config.ts'
import type { Io } from '../cli/io.ts'
import { seededRandom } from '../../core/random.ts'
import { createLogger } from '../metrics/logger.ts'
import { packageRoot } from '../root.ts'
import { startServer } from '../server/start-server.ts'
import { untilSignal } from '../server/until-signal.ts'
import { demoBills } from './bills.ts'
import { DEMO_KEY, DEMO_KEY_VARIABLE, DEMO_SLO_TTFT_MS, demoYaml } from './demo-config.ts'
import { startDemoFleet } from './fleet.ts'
import { startReplay } from './replay.ts'
import { createTally } from './tally.ts'
import { azureCalls } from './trace.ts'
import { viewLines } from './view.ts'

export interface DemoOptions {
  /** Trace and engines run so many times faster than real time. */
  readonly speed: number
  /** Calls for each call of the trace. */
  readonly load: number
  readonly seed: number
  /** Ends after so many seconds of real time; absent = at a signal. */
  readonly seconds?: number
}

/** Requests that an engine holds within the demo's TTFT target. */
const CAPACITY = 12
const WINDOW_SECONDS = 10
const DEFAULT_PORT = 8787

/** Gateway, simulated engines and a real trace in one process. With a terminal a live page, else a line now and then. */
export async function runDemo({ speed, load, seed, seconds }: DemoOptions, io: Io): Promise<void> {
  const stopSignal = seconds === undefined ? untilSignal() : null
  const now = (): number => io.now().getTime()
  const clock = { now }
  const dataDir = resolve(io.env['SPILLWAY_DATA'] ?? '.spillway/demo')
  mkdirSync(dataDir, { recursive: true })
  const fleet = await startDemoFleet(clock, speed, seed)
  const file = join(dataDir, 'spillway.yaml')
  writeFileSync(file, demoYaml(fleet.ports, { capacity: CAPACITY, port: DEFAULT_PORT, dataDir, coldStartSeconds: fleet.coldStartSeconds, speed }))
  const config = await loadConfig(file, { env: { ...io.env, [DEMO_KEY_VARIABLE]: DEMO_KEY } })
  const tally = createTally(WINDOW_SECONDS * 1000, DEMO_SLO_TTFT_MS / speed)
  const server = await startServer(config, { clock, random: Math.random, log: createLogger({ level: 'warn', destination: { write: io.stderr } }), onRecord: tally.add }).catch(async (error: unknown) => {
    await fleet.close()
    throw error
  })
  const url = `http://${server.host}:${server.port}`
  const replay = startReplay(url, azureCalls(join(packageRoot(), 'examples/azure-llm-2023-conv.csv.gz')), speed, load, now, seededRandom(seed))
  const began = now()
  const lines = (): string[] =>
    viewLines({ url, speed, seconds: ((now() - began) / 1000) * speed, windowSeconds: WINDOW_SECONDS, sloTtftMs: DEMO_SLO_TTFT_MS, sent: replay.sent(), tally: tally.read(now()), snapshot: server.snapshot(), bills: demoBills(fleet) })
  const draw = (): void => io.stdout(io.live === true ? `\u001B[H\u001B[2J${lines().join('\n')}\n\nCtrl-C ends it.\n` : `${lines().filter((line) => line !== '').join(' | ')}\n`)
  io.stdout(`Spillway serves on ${url}, key ${DEMO_KEY}\n`)
  const timer = setInterval(draw, io.live === true ? 1000 : 10_000)
  await (stopSignal ?? new Promise((done) => setTimeout(done, seconds! * 1000)))
  clearInterval(timer)
  draw()
  await replay.stop()
  await server.stop()
  await fleet.close()
}
