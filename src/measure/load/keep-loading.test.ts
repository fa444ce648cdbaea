import { describe, expect, it } from 'vitest'
import { keepLoading, type Loading } from './keep-loading.ts'
import type { LoadAnswer } from './messages.ts'
import type { Telemetry } from './open-telemetry.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A loader whose time passes by `pass`, over a telemetry that answers from a list (an Error is thrown) and writes down what it is asked. */
function world(answers: (Partial<LoadAnswer> | Error)[]): { loading: Loading; asked: string[]; troubles: (string | null)[]; pauses: number[]; pass: () => Promise<void>; at: { now: number; durable: number } } {
  const [asked, troubles, pauses, at] = [[] as string[], [] as (string | null)[], [] as number[], { now: 100 * DAY, durable: 50 }]
  let next: (() => void) | null = null
  const telemetry = {
    load: async (until: number): Promise<LoadAnswer> => {
      asked.push(`load ${until}`)
      const answer = answers.shift() ?? {}
      if (answer instanceof Error) throw answer
      return { counts: { observations: 2, scores: 1, gaps: 0, lost: 0, other: 0, malformed: 0 }, position: 7, more: false, grouped: 4, ...answer }
    },
    retain: async (before: number): Promise<void> => void asked.push(`retain ${before / DAY}`),
    seal: async (before: number): Promise<void> => void asked.push(`seal ${before / DAY}`),
  } as unknown as Telemetry
  const loading = keepLoading({
    telemetry,
    durable: () => at.durable,
    clock: { now: () => at.now },
    retainMs: 90 * DAY,
    onTrouble: (error) => troubles.push(error?.message ?? null),
    later: (work, ms) => {
      pauses.push(ms)
      next = work
      return () => (next = null)
    },
  })
  const pass = async (): Promise<void> => {
    const work = next
    next = null
    work?.()
    // All that the step awaits are settled promises.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  return { loading, asked, troubles, pauses, pass, at }
}

describe('keepLoading', () => {
  it('loads up to what is durable, at once while there is more, then once a second', async () => {
    const { asked, pauses, pass, loading, at } = world([{ more: true }, {}, {}])
    await pass()
    expect(loading.stats()).toMatchObject({ position: 7, asOf: null })
    await pass()
    at.durable = 60
    await pass()
    expect(asked.filter((one) => one.startsWith('load'))).toEqual(['load 50', 'load 50', 'load 60'])
    expect(pauses).toEqual([0, 0, 1000, 1000])
    expect(loading.stats()).toEqual({ position: 60, asOf: 100 * DAY, observations: 6, scores: 3, gaps: 0, lost: 0, malformed: 0, grouped: 4, failures: 0 })
  })

  it('asks nothing of the store while the journal gains nothing, and is up to date all the same', async () => {
    const { asked, pass, loading, at } = world([])
    await pass()
    at.now += 400
    await pass()
    expect(asked.filter((one) => one.startsWith('load'))).toEqual(['load 50'])
    expect(loading.stats()).toMatchObject({ position: 50, asOf: 100 * DAY + 400 })
  })

  it('forgets, then seals, once an hour', async () => {
    const { asked, pass, at } = world([])
    await pass()
    await pass()
    expect(asked).toEqual(['load 50', 'retain 10', 'seal 98'])
    at.now += HOUR
    await pass()
    expect(asked.slice(3)).toEqual([`retain ${10 + 1 / 24}`, `seal ${98 + 1 / 24}`])
  })

  it('a failure is told and tried again, ever later up to a minute; success is told once', async () => {
    const { troubles, pauses, pass, loading } = world([...Array.from({ length: 8 }, () => new Error('disk full')), {}, {}])
    for (let n = 0; n < 8; n++) await pass()
    expect(pauses).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    expect(loading.stats().failures).toBe(8)
    await pass()
    await pass()
    expect(troubles).toEqual([...Array.from({ length: 8 }, () => 'disk full'), null])
    expect(loading.stats().failures).toBe(0)
  })

  it('stops', async () => {
    const { asked, pass, loading } = world([])
    await pass()
    await loading.stop()
    const before = asked.length
    await pass()
    expect(asked).toHaveLength(before)
  })
})
