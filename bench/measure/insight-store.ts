import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { seededRandom } from '../../src/core/random.ts'
import { insightsOf } from '../../src/measure/insight/insights-of.ts'
import { DAY, inOrder, START, TraceBuilder } from '../../src/measure/insight/labelled/builder.ts'
import { twoWeeks, TWO_WEEKS } from '../../src/measure/insight/labelled/two-weeks.ts'
import { openDuckdbTelemetry } from '../../src/store/telemetry-duckdb/open-duckdb.ts'
import { MOST_SCAN, type TelemetryStore } from '../../src/store/telemetry.ts'

const BATCH = 5000
const WINDOW = { from: START, until: START + TWO_WEEKS }

/** What a search for leaks takes from DuckDB, the first twelve of fourteen days sealed: CPU seconds, since other load counts in time. */
export async function measureStore(calls: number): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-bench-insight-'))
  const store = await openDuckdbTelemetry({ folder })
  try {
    const rows = await fill(store, calls)
    await store.seal(START + 12 * DAY)
    const scan = await timed(() => readAll(store))
    let found = 0
    const search = await timed(async () => {
      const { report } = await insightsOf(store, 'default', WINDOW)
      found = report.findings.length
    })
    const perMillion = (seconds: number): string => ((seconds * 1e6) / rows).toFixed(1)
    return [
      `${rows} observations in DuckDB`,
      `read once      ${scan.wall.toFixed(1)} s, CPU ${scan.cpu.toFixed(1)} s, of it ${scan.own.toFixed(1)} s in this thread; ${perMillion(scan.cpu)} CPU s a million`,
      `insightsOf     ${search.wall.toFixed(1)} s, CPU ${search.cpu.toFixed(1)} s, of it ${search.own.toFixed(1)} s in this thread; ${perMillion(search.cpu)} CPU s a million; ${found} findings`,
    ]
  } finally {
    await store.close()
    rmSync(folder, { recursive: true })
  }
}

async function fill(store: TelemetryStore, calls: number): Promise<number> {
  const builder = new TraceBuilder(seededRandom(1))
  twoWeeks(builder, calls)
  const observations = inOrder(builder.observations)
  let at = 0
  for (let from = 0; from < observations.length; from += BATCH) await store.append({ observations: observations.slice(from, from + BATCH), scores: [], at: ++at })
  for (let from = 0; from < builder.scores.length; from += BATCH) await store.append({ observations: [], scores: builder.scores.slice(from, from + BATCH), at: ++at })
  return observations.length
}

async function readAll(store: TelemetryStore): Promise<void> {
  for (let after: { at: number; id: string } | undefined; ; ) {
    const page = await store.scan('default', { ...WINDOW, limit: MOST_SCAN, ...(after === undefined ? {} : { after }) })
    if (page.length < MOST_SCAN) return
    after = { at: page.at(-1)!.startedAt, id: page.at(-1)!.id }
  }
}

async function timed(work: () => Promise<void>): Promise<{ readonly wall: number; readonly cpu: number; readonly own: number }> {
  const [wall, all, own] = [performance.now(), process.cpuUsage(), process.threadCpuUsage()]
  await work()
  const [allEnd, ownEnd] = [process.cpuUsage(all), process.threadCpuUsage(own)]
  return { wall: (performance.now() - wall) / 1000, cpu: (allEnd.user + allEnd.system) / 1e6, own: (ownEnd.user + ownEnd.system) / 1e6 }
}
