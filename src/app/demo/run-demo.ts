import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadConfig } from '../config/load-config.ts'
import type { Io } from '../cli/io.ts'
import type { CallRecord } from '../../core/call.ts'
import { seededRandom } from '../../core/random.ts'
import { createLogger } from '../metrics/logger.ts'
import { packageRoot } from '../root.ts'
import { startServer, type RunningServer } from '../server/start-server.ts'
import { untilSignal } from '../server/until-signal.ts'
import { demoBills, demoRates } from './bills.ts'
import { DEMO_KEY, DEMO_KEY_VARIABLE, DEMO_SLO_TTFT_MS, demoYaml } from './demo-config.ts'
import { IDLE_WINDOW_SECONDS, startDemoFleet } from './fleet.ts'
import { startReplay } from './replay.ts'
import { createSplitHistory } from './split-history.ts'
import { createTally } from './tally.ts'
import { onKeys } from './terminal-keys.ts'
import { azureCalls } from './trace.ts'
import { clip, summaryLine, viewLines, type ViewInput } from './view.ts'
import { welcome } from './welcome.ts'
import { createWhatIf } from './what-if.ts'

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
const COLUMNS = 90
/** What a terminal in raw mode sends instead of SIGINT. */
const CTRL_C = '\u0003'
const COLUMN_MS = 1000
const SAMPLE_MS = 250
const DRAW_MS = 1000
const LOG_MS = 10_000
const LOAD_STEP = 1.25

/** Gateway, simulated engines and a real trace in one process, until a signal. With a terminal a live page, else a line now and then. */
export async function runDemo({ speed, load: firstLoad, seed, seconds }: DemoOptions, io: Io): Promise<void> {
  const ended = new AbortController()
  // Listened for from the beginning: a signal while it starts must not kill it with the journal open.
  const stopSignal = untilSignal(ended.signal)
  const now = (): number => io.now().getTime()
  const clock = { now }
  const dataDir = resolve(io.env['SPILLWAY_DATA'] ?? '.spillway/demo')
  mkdirSync(dataDir, { recursive: true })
  const fleet = await startDemoFleet(clock, speed, seed)
  const file = join(dataDir, 'spillway.yaml')
  writeFileSync(file, demoYaml(fleet.ports, { capacity: CAPACITY, port: DEFAULT_PORT, dataDir, coldStartSeconds: fleet.coldStartSeconds, speed }))
  const tally = createTally(WINDOW_SECONDS * 1000, DEMO_SLO_TTFT_MS / speed)
  const split = createSplitHistory(COLUMN_MS, COLUMNS)
  const rates = demoRates()
  const whatIf = createWhatIf({ capacity: CAPACITY, dedicatedUsd: rates.dedicated, serverlessUsd: rates.serverless, idleSamples: Math.ceil((IDLE_WINDOW_SECONDS * 1000) / speed / SAMPLE_MS) })
  const onRecord = (record: CallRecord): void => {
    tally.add(record)
    if (record.pool !== null) split.add(record.arrivedAt + record.totalMs, record.pool === 'floor' ? 'dedicated' : 'serverless')
  }
  let server: RunningServer
  try {
    const config = await loadConfig(file, { env: { ...io.env, [DEMO_KEY_VARIABLE]: DEMO_KEY } })
    server = await startServer(config, { clock, random: Math.random, log: createLogger({ level: 'warn', destination: { write: io.stderr } }), onRecord })
  } catch (error) {
    await fleet.close()
    throw error
  }
  const url = `http://${server.host}:${server.port}`
  io.stdout(welcome(url))
  let load = firstLoad
  const replay = startReplay(url, azureCalls(join(packageRoot(), 'examples/azure-llm-2023-conv.csv.gz')), speed, load, now, seededRandom(seed))
  const began = now()
  const view = (): ViewInput => ({
    url,
    speed,
    load,
    seconds: ((now() - began) / 1000) * speed,
    windowSeconds: WINDOW_SECONDS,
    sloTtftMs: DEMO_SLO_TTFT_MS,
    sent: replay.sent(),
    tally: tally.read(now()),
    snapshot: server.snapshot(),
    bills: demoBills(fleet),
    whatIf: whatIf.read(),
    split: split.read(now()),
    columnSeconds: (COLUMN_MS / 1000) * speed,
    color: io.color,
  })
  let drawn = 0
  const draw = (): void => {
    if (io.live !== true) return io.stdout(`${summaryLine(view())}\n`)
    const lines = [...viewLines(view()), '', '+ and - change the load, q ends it.'].map((line) => clip(line, io.columns))
    // Back over what was drawn before, so that all above stays on the screen.
    io.stdout(`${drawn > 0 ? `\u001B[${drawn}A\u001B[J` : ''}${lines.join('\n')}\n`)
    drawn = lines.length
  }
  const timers = [
    setInterval(() => {
      const { pools, waiting } = server.snapshot()
      whatIf.sample(pools.reduce((sum, { inFlight }) => sum + inFlight, waiting))
    }, SAMPLE_MS),
    setInterval(draw, io.live === true ? DRAW_MS : LOG_MS),
  ]
  if (seconds !== undefined) setTimeout(() => ended.abort(), seconds * 1000)
  const stopKeys =
    io.live === true
      ? onKeys((key) => {
          if (key === 'q' || key === CTRL_C) ended.abort()
          if (key === '+' || key === '-') replay.setLoad((load = Math.round(load * (key === '+' ? LOAD_STEP : 1 / LOAD_STEP) * 100) / 100))
        })
      : (): void => {}
  await stopSignal
  stopKeys()
  timers.forEach(clearInterval)
  draw()
  await replay.stop()
  await server.stop()
  await fleet.close()
}
