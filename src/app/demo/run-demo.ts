import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CallRecord } from '../../core/call.ts'
import { seededRandom } from '../../core/random.ts'
import { steadyTime } from '../../route/gateway/steady-time.ts'
import { auditFolder, createAudit } from '../audit/audit-home.ts'
import type { Io } from '../cli/io.ts'
import { loadConfig } from '../config/load-config.ts'
import { createLogger } from '../metrics/logger.ts'
import { startServer, type RunningServer } from '../server/start-server.ts'
import { untilSignal } from '../server/until-signal.ts'
import { demoWorld } from './compare/compare.ts'
import { DEMO_CAPACITY, DEMO_KEY, DEMO_KEY_VARIABLE, demoYaml } from './demo-config.ts'
import { demoBills, usdPerHour } from './demo-costs.ts'
import { demoDataDir } from './demo-data.ts'
import { startDemoFleet } from './fleet.ts'
import { startReplay } from './replay.ts'
import { createSplitHistory } from './split-history.ts'
import { createTally } from './tally.ts'
import { onKeys } from './terminal-keys.ts'
import { demoTraffic } from './traffic.ts'
import { clip, summaryLine, viewLines, type ViewInput } from './view.ts'
import { welcome } from './welcome.ts'
import { createWhatIf } from './what-if.ts'

export interface DemoOptions {
  /** Trace and engines run so many times faster than real time. */
  readonly speed: number
  /** Calls for each call of the demo's traffic. */
  readonly load: number
  readonly seed: number
  /** How much of the trace is played, seconds on its clock. */
  readonly traceSeconds: number
  /** Ends after so many seconds of real time; absent = at a signal. */
  readonly seconds?: number
}

/** What the demo's audit log is called in its checkpoints. */
const AUDIT_NAME = 'localhost/spillway-demo'
const WINDOW_SECONDS = 10
const DEFAULT_PORT = 8787
const COLUMNS = 90
/** What a terminal in raw mode sends instead of SIGINT. */
const CTRL_C = '\u0003'
/** So that five minutes fill the chart. */
const COLUMN_MS = 3000
const DRAW_MS = 1000
const LOG_MS = 10_000
const LOAD_STEP = 1.25

/**
 * Gateway, simulated engines and a real trace in one process, until a signal. The trace is played once; then the gateway goes
 * on serving. With a terminal a live page, else a line now and then.
 */
export async function runDemo({ speed, load: firstLoad, seed, traceSeconds, seconds }: DemoOptions, io: Io): Promise<void> {
  const ended = new AbortController()
  // Listened for from the beginning: a signal while it starts must not kill it with the journal open.
  const stopSignal = untilSignal(ended.signal)
  const now = (): number => io.now().getTime()
  const clock = { now }
  const dataDir = demoDataDir(io.env['SPILLWAY_DATA'])
  const world = await demoWorld(seed)
  const fleet = await startDemoFleet(world.engines, clock, speed, seed)
  if (!existsSync(auditFolder(dataDir))) createAudit(dataDir, AUDIT_NAME)
  const file = join(dataDir, 'spillway.yaml')
  writeFileSync(file, demoYaml(fleet.ports, { capacity: DEMO_CAPACITY, port: DEFAULT_PORT, dataDir, coldStartSeconds: world.engines.coldStart, speed }))
  const tally = createTally(WINDOW_SECONDS * 1000, speed)
  const split = createSplitHistory(COLUMN_MS, COLUMNS)
  const whatIf = createWhatIf(world)
  const onRecord = (record: CallRecord): void => {
    tally.add(record)
    if (record.pool !== null) split.add(record.arrivedAt + record.totalMs, record.pool === 'floor' ? 'dedicated' : 'serverless')
  }
  let server: RunningServer
  try {
    const config = await loadConfig(file, { env: { ...io.env, [DEMO_KEY_VARIABLE]: DEMO_KEY } })
    // Warnings of the loop guard are part of the show: they would run through the page.
    server = await startServer(config, { clock, random: Math.random, log: createLogger({ level: 'error', destination: { write: io.stderr } }), onRecord, isDemo: true })
  } catch (error) {
    await fleet.close()
    throw error
  }
  const url = `http://${server.host}:${server.port}`
  io.stdout(welcome(url, await server.setupLink()))
  let load = firstLoad
  const steady = steadyTime(now)
  const time = (): number => (steady() / 1000) * speed
  const replay = startReplay({ url, traffic: demoTraffic(traceSeconds, seed, firstLoad), time, random: seededRandom(seed), onSend: whatIf.arrive })

  /** What the trace has come to: at its end that stands, however long the gateway goes on. */
  const costsNow = (): Pick<ViewInput, 'seconds' | 'bills' | 'whatIf'> => {
    const at = time()
    const { dedicated, serverless } = demoBills(world.config.pools, fleet.lives)
    return { seconds: at, bills: { dedicated: usdPerHour(dedicated, at), serverless: usdPerHour(serverless, at) }, whatIf: whatIf.read(at) }
  }
  let final: ReturnType<typeof costsNow> | null = null
  const view = (): ViewInput => ({
    url,
    speed,
    load,
    ...(final ?? costsNow()),
    isOver: final !== null,
    windowSeconds: WINDOW_SECONDS * speed,
    sent: replay.sent(),
    tally: tally.read(now()),
    snapshot: server.snapshot(),
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
  const timer = setInterval(draw, io.live === true ? DRAW_MS : LOG_MS)
  void replay.over.then(() => {
    final = costsNow()
    draw()
    if (io.live === true) return
    clearInterval(timer)
    io.stdout('The trace is over and nothing more is replayed. The gateway keeps serving until SIGTERM or SIGINT.\n')
  })
  if (seconds !== undefined) setTimeout(() => ended.abort(), seconds * 1000)
  const stopKeys =
    io.live === true
      ? onKeys((key) => {
          if (key === 'q' || key === CTRL_C) ended.abort()
          if (key !== '+' && key !== '-') return
          load = Math.round(load * (key === '+' ? LOAD_STEP : 1 / LOAD_STEP) * 100) / 100
          replay.setLoad(load / firstLoad)
        })
      : (): void => {}
  await stopSignal
  stopKeys()
  clearInterval(timer)
  draw()
  await replay.stop()
  await server.stop()
  await fleet.close()
}
