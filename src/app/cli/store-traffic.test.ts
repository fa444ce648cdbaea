import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { anObservation, DAY } from '../../store/telemetry/testing.ts'
import { startApi, type TestApi } from '../api/testing.ts'
import { recordsOf } from '../ingest/records.ts'
import { run } from './testing.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')
const FIRST = Date.parse('2026-11-11T00:00:00Z')
const io = { now: () => new Date(NOW) }

/** Two weeks of requests, more by day than by night. */
const requests = (() => {
  const random = seededRandom(3)
  return Array.from({ length: 3000 }, () => {
    const t = FIRST + Math.floor(random() * 14) * DAY + Math.floor((8 + 10 * random()) * 3_600_000)
    const input = 100 + Math.floor(random() * 2000)
    return { t, input, cached: Math.floor(random() * input), output: 1 + Math.floor(random() * 400) }
  }).toSorted((a, b) => a.t - b.t)
})()
const observations = [
  ...requests.map(({ t, input, cached, output }, n) => anObservation({ tenant: 'acme', id: `r${n}`, startedAt: t, usage: { inputUncached: input - cached, cacheRead: cached, output } })),
  // Another model, another tenant, before the time, a step that is no call: none of them is planned for.
  anObservation({ tenant: 'acme', id: 'model', startedAt: FIRST + DAY, modelAsked: 'another' }),
  anObservation({ tenant: 'rival', id: 'foreign', startedAt: FIRST + DAY }),
  anObservation({ tenant: 'acme', id: 'early', startedAt: FIRST - 1 }),
  anObservation({ tenant: 'acme', id: 'step', startedAt: FIRST + DAY, kind: 'tool', billable: false }),
  anObservation({ tenant: 'acme', id: 'refused', startedAt: FIRST + DAY, outcome: 'refused', usage: {}, usageSource: 'none' }),
]

const folder = mkdtempSync(join(tmpdir(), 'spillway-store-'))
const file = join(folder, 'requests.jsonl')
let api: TestApi
beforeAll(async () => {
  writeFileSync(file, requests.map((request) => `${JSON.stringify(request)}\n`).join(''))
  const journal = await openJournal({ folder: join(folder, 'journal'), clock: { now: () => NOW } })
  for (const record of recordsOf(observations, [])) journal.append(record)
  await journal.flush()
  await journal.close()
  api = await startApi(observations, [], NOW)
})
afterAll(async () => {
  await api.close()
  rmSync(folder, { recursive: true })
})

const PLAN = ['plan', '--model', 'llama-3.1-8b', '--gpu', 'h100-80gb', '--resamples', '20', '--json'] as const
const WHERE = ['--where', 'model=llama-3.1-8b'] as const

/** A plan without what names its source and what was left out of it. */
async function planOf(argv: readonly string[]): Promise<{ readonly plan: unknown; readonly text: string }> {
  const { stdout, stderr, exit } = await run([...PLAN, ...argv], { io })
  expect([exit, stderr]).toEqual([0, ''])
  const text = stdout.replaceAll(file, 'SOURCE').replaceAll('calls recorded since 2026-11-11', 'SOURCE')
  return { text, plan: JSON.parse(text, (key, value: unknown) => (key === 'warnings' ? undefined : value)) as unknown }
}

describe('--traffic store', () => {
  it('the plan is that of the same requests in a file, from a server and from a data directory', async () => {
    const ofFile = await planOf(['--traffic', file])
    for (const way of [['--url', api.base, '--key', 'sw_acme'], ['--data', folder, '--tenant', 'acme']]) {
      const ofStore = await planOf(['--traffic', 'store', ...WHERE, ...way])
      expect(ofStore.plan).toEqual(ofFile.plan)
      expect(ofStore.text).toContain('1 recorded calls are left out: nobody counted their tokens')
    }
    expect(api.leftFiles()).toEqual([])
  }, 30_000)

  it('is profiled like a file', async () => {
    const { stdout } = await run(['profile', '--traffic', 'store', '--days', '3', ...WHERE, '--data', folder, '--tenant', 'acme'], { io })
    expect(stdout).toContain('calls recorded since 2026-11-22')
    expect(stdout).toContain(`${requests.filter(({ t }) => t >= NOW - NOW % DAY - 3 * DAY).length} requests`)
  })

  it('of nothing says that nothing was recorded', async () => {
    const { exit, stderr } = await run([...PLAN, '--traffic', 'store', '--where', 'model=nothing', '--data', folder, '--tenant', 'acme'], { io })
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/error TRAFFIC_EMPTY/u)])
  })

  it('without a server and a folder says how to name them', async () => {
    const { exit, stderr } = await run([...PLAN, '--traffic', 'store', '--data', tmpdir()], { io })
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/FILE_NOT_FOUND.*--key/u)])
  })
})
