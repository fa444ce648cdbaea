import { describe, expect, it } from 'vitest'
import { SpillwayError } from '../../core/errors.ts'
import type { LoadAnswer } from '../../measure/load/messages.ts'
import type { Telemetry } from '../../measure/load/open-telemetry.ts'
import { type RunningTelemetry, startTelemetry, TELEMETRY_OFF } from './start-telemetry.ts'

const LOCKED = new SpillwayError('TELEMETRY_LOCKED', 'another process has it', 'Stop it')

interface World {
  readonly running: RunningTelemetry
  readonly logged: string[]
  readonly pauses: number[]
  readonly closed: number[]
  /** Runs what was to run later, and lets promises settle. */
  readonly pass: () => Promise<void>
  readonly kill: (reason: string) => Promise<void>
  now: number
}

/** All that is awaited are settled promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve()
}

/** `openings`: what each try to open meets; null = it opens. */
async function world(openings: (SpillwayError | null)[], load: () => Partial<LoadAnswer> | Error = () => ({})): Promise<World> {
  const [logged, pauses, closed] = [[] as string[], [] as number[], [] as number[]]
  let next: (() => void) | null = null
  let tellEnded: ((reason: string) => void) | undefined
  let opened = 0
  const own = { now: 1000 }
  const running = startTelemetry({
    dataDir: '/data',
    config: { mode: 'on', keepMs: 1000, memoryMb: 128, clickhouse: null },
    durable: () => 500,
    clock: { now: () => own.now },
    log: { info: () => {}, error: () => {}, warn: (_, message) => void logged.push(message) },
    open: () => {
      const refused = openings.shift() ?? null
      if (refused !== null) return Promise.reject(refused)
      const number = ++opened
      return Promise.resolve({
        ended: new Promise<string>((resolve) => (tellEnded = resolve)),
        load: () => {
          const answer = load()
          if (answer instanceof Error) return Promise.reject(answer)
          return Promise.resolve({ counts: { observations: 2, scores: 1, gaps: 0, lost: 0, other: 0, malformed: 0 }, position: 400, more: false, grouped: 3, ...answer })
        },
        retain: () => Promise.resolve(),
        seal: () => Promise.resolve(),
        close: () => Promise.resolve(void closed.push(number)),
      } as unknown as Telemetry)
    },
    later: (work, ms) => {
      pauses.push(ms)
      next = work
      return () => (next = null)
    },
  })
  await settle()
  return Object.assign(own, {
    running,
    logged,
    pauses,
    closed,
    pass: async () => {
      const work = next
      next = null
      work?.()
      await settle()
    },
    kill: async (reason: string) => {
      tellEnded?.(reason)
      await settle()
    },
  })
}

describe('startTelemetry', () => {
  it('opens, loads what the journal has, and says how far that is', async () => {
    const { running, pass } = await world([null])
    expect(running.status()).toMatchObject({ asOf: null, ageMs: null, behindBytes: 500, failure: null })
    await pass()
    expect(running.status()).toEqual({ state: 'on', asOf: 1000, ageMs: 0, behindBytes: 0, observations: 2, scores: 1, malformed: 0, grouped: 3, failure: null })
    expect(running.store()).toHaveProperty('load')
  })

  it('while there is more to load, the time up to which all is there does not move', async () => {
    const world1 = await world([null], () => ({ more: true, position: 123 }))
    await world1.pass()
    expect(world1.running.status()).toMatchObject({ asOf: null, behindBytes: 377 })
  })

  it('that cannot open is tried again, ever later; each failure is logged once, and nothing can be asked', async () => {
    const { running, logged, pauses, pass } = await world([LOCKED, LOCKED, LOCKED, null])
    expect(() => running.store()).toThrow(expect.objectContaining({ code: 'TELEMETRY_UNAVAILABLE' }))
    expect(running.status()).toMatchObject({ state: 'opening', failure: { code: 'TELEMETRY_LOCKED' } })
    await pass()
    await pass()
    await pass()
    expect(pauses).toEqual([1000, 2000, 4000, 0])
    expect(logged).toEqual(['telemetry: error TELEMETRY_LOCKED: another process has it. Stop it', 'telemetry works again'])
    expect(running.status()).toMatchObject({ state: 'on', failure: null })
  })

  it('whose thread dies is opened again', async () => {
    const { running, closed, pass, kill, pauses } = await world([null, null])
    await pass()
    await kill('out of memory')
    expect(running.status()).toMatchObject({ state: 'opening', failure: { code: 'TELEMETRY_UNAVAILABLE', line: expect.stringContaining('out of memory') } })
    expect([closed, pauses.at(-1)]).toEqual([[1], 1000])
    await pass()
    await pass()
    expect(running.status()).toMatchObject({ state: 'on', asOf: 1000, failure: null })
  })

  it('a load that fails is told, and does not close the store', async () => {
    let broken = true
    const { running, pass, logged } = await world([null], () => (broken ? new Error('disk full\nreally') : {}))
    await pass()
    expect(running.status()).toMatchObject({ state: 'on', failure: { code: 'unknown', line: 'disk full\\u000areally' } })
    broken = false
    await pass()
    expect(running.status()).toMatchObject({ asOf: 1000, failure: null })
    expect(logged).toEqual(['telemetry: disk full\\u000areally', 'telemetry works again'])
  })

  it('stops: closes the store, tries nothing more', async () => {
    const open = await world([null])
    await open.running.stop()
    expect(open.closed).toEqual([1])
    const failing = await world([LOCKED, null])
    await failing.running.stop()
    await failing.pass()
    expect(failing.running.status().state).toBe('opening')
  })

  it('where it is off, says so', () => {
    expect(() => TELEMETRY_OFF.store()).toThrow(expect.objectContaining({ code: 'TELEMETRY_OFF' }))
    expect(TELEMETRY_OFF.status()).toMatchObject({ state: 'off', failure: null })
  })
})
