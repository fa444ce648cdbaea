import { describe, expect, it } from 'vitest'
import type { PoolConfig, PrewarmRule } from '../../config-types.ts'
import { answerOf, fakeUpstream, poolOf, type FakeUpstream } from '../testing.ts'
import { createPrewarmer, type Prewarmer } from './prewarmer.ts'
import type { PrewarmRecord } from './prewarm-record.ts'

const MINUTE = 60_000
const RUNPOD = poolOf({ endpoints: [{ id: 'a', url: 'https://api.runpod.ai/v2/abc', canaryShare: null }], auth: { type: 'bearer', secret: 'key' } })

function ruleOf(parts: Partial<PrewarmRule> = {}): PrewarmRule {
  return { pool: 'spill', cron: '0 9 * * *', timeZone: 'UTC', leadMinutes: 10, keepMinutes: 60, replicas: 1, via: 'dummy-request', ...parts }
}

interface World {
  readonly prewarmer: Prewarmer
  readonly upstream: FakeUpstream
  readonly records: PrewarmRecord[]
  readonly failures: string[]
  readonly dummies: number[]
  /** Moves the clock on to a time of the day (UTC) in steps of a second, ticking. */
  readonly goTo: (time: string) => Promise<void>
  readonly clock: { time: number; now: () => number }
}

function worldOf(rules: readonly PrewarmRule[], pools: readonly PoolConfig[], startAt = '2026-01-05T08:00Z'): World {
  const clock = { time: Date.parse(startAt), now: () => clock.time }
  const upstream = fakeUpstream()
  let minimum = 0
  upstream.answer = ({ method, body }) => {
    if (method === 'PATCH') minimum = (JSON.parse(String(body)) as { workersMin: number }).workersMin
    return answerOf(200, JSON.stringify({ workersMin: minimum }))
  }
  const records: PrewarmRecord[] = []
  const failures: string[] = []
  const dummies: number[] = []
  const prewarmer = createPrewarmer(rules, pools, {
    clock,
    send: upstream.send,
    sendDummy: () => {
      dummies.push(clock.time)
      return Promise.resolve()
    },
    append: (record) => records.push(record),
    onFailure: (pool, message) => failures.push(`${pool}: ${message}`),
  })
  const goTo = async (time: string): Promise<void> => {
    for (const end = Date.parse(time); clock.time < end; clock.time += 1000) await prewarmer.tick()
    await prewarmer.tick()
  }
  return { prewarmer, upstream, records, failures, dummies, goTo, clock }
}

const patches = ({ upstream }: World): number[] => upstream.requests.filter(({ method }) => method === 'PATCH').map(({ body }) => (JSON.parse(String(body)) as { workersMin: number }).workersMin)

/** The journal of a process that was killed at half past nine, in the middle of a window. */
async function* journalOfTheDead(): AsyncGenerator<{ record: unknown }> {
  const world = worldOf([ruleOf({ via: 'runpod-workers-min', replicas: 2 })], [RUNPOD])
  await world.goTo('2026-01-05T09:30:00Z')
  for (const record of [{ kind: 'call', pool: null, arrivedAt: 1 }, ...world.records, null, 'text']) yield { record }
}

async function* callsOnMondays(): AsyncGenerator<{ record: unknown }> {
  for (const day of ['2026-01-05', '2026-01-12', '2026-01-19']) for (let n = 0; n < 5; n++) yield { record: { kind: 'call', pool: 'spill', arrivedAt: Date.parse(`${day}T09:00Z`) + n * MINUTE } }
}

describe('prewarming by a provider call', () => {
  it('raises the minimum 10 minutes ahead, lowers it after the hour, and records what it cost and that nobody came', async () => {
    const world = worldOf([ruleOf({ via: 'runpod-workers-min', replicas: 2 })], [RUNPOD])
    await world.goTo('2026-01-05T08:49:59Z')
    expect(patches(world)).toEqual([])
    await world.goTo('2026-01-05T08:50:00Z')
    expect(patches(world)).toEqual([2])
    await world.goTo('2026-01-05T09:59:59Z')
    expect(patches(world)).toEqual([2])
    await world.goTo('2026-01-05T10:00:00Z')
    expect(patches(world)).toEqual([2, 0])
    // Two replicas for 70 minutes at the always-on price of $0.00093 a second.
    expect(world.records).toMatchObject([
      { kind: 'prewarm', phase: 'started', pool: 'spill', replicas: 2, previous: 0 },
      { kind: 'prewarm', phase: 'ended', replicas: 2, used: false, calls: 0, failures: 0, startedAt: Date.parse('2026-01-05T08:50Z'), warmAt: Date.parse('2026-01-05T09:00Z'), endedAt: Date.parse('2026-01-05T10:00Z'), cost: { nanoUsd: String(930_000n * 4200n * 2n), status: 'estimated', priceVersion: 'test@2026-01-01' } },
    ])
  })

  it('sets back what was there before, and counts only what it added', async () => {
    const world = worldOf([ruleOf({ via: 'runpod-workers-min', replicas: 3 })], [RUNPOD])
    world.upstream.answer = () => answerOf(200, '{"workersMin":2}')
    await world.goTo('2026-01-05T10:00:00Z')
    expect(patches(world)).toEqual([3, 2])
    expect(world.records[1]).toMatchObject({ previous: 2, cost: { nanoUsd: String(930_000n * 4200n) } })
  })

  it('never lowers a minimum that is higher than the rule asks', async () => {
    const world = worldOf([ruleOf({ via: 'runpod-workers-min', replicas: 1 })], [RUNPOD])
    world.upstream.answer = () => answerOf(200, '{"workersMin":4}')
    await world.goTo('2026-01-05T10:00:00Z')
    expect(Math.min(...patches(world))).toBe(4)
    expect(world.records[1]).toMatchObject({ cost: { nanoUsd: '0' } })
  })

  it('two rules for one pool share it: the larger count, no lowering between windows that overlap', async () => {
    const world = worldOf([ruleOf({ via: 'runpod-workers-min', replicas: 1 }), ruleOf({ via: 'runpod-workers-min', replicas: 3, cron: '30 9 * * *' })], [RUNPOD])
    await world.goTo('2026-01-05T11:00:00Z')
    expect(patches(world)).toEqual([1, 3, 0])
  })

  it('a provider that fails is asked again at growing intervals, at the end above all: replicas left up cost money', async () => {
    const world = worldOf([ruleOf({ via: 'runpod-workers-min' })], [RUNPOD])
    await world.goTo('2026-01-05T09:30:00Z')
    const { answer } = world.upstream
    world.upstream.answer = () => answerOf(500, '')
    await world.goTo('2026-01-05T10:30:00Z')
    const attempts = patches(world).filter((count) => count === 0).length
    expect(attempts).toBeGreaterThan(5)
    expect(attempts).toBeLessThan(20)
    expect(world.failures).toContain('spill: the provider answers with status 500')
    expect(world.records).toHaveLength(1)
    world.upstream.answer = answer
    await world.goTo('2026-01-05T10:36:00Z')
    expect(patches(world).at(-1)).toBe(0)
    expect(world.records[1]).toMatchObject({ phase: 'ended', failures: attempts })
  })

  it('a rule that never got through has cost nothing', async () => {
    const world = worldOf([ruleOf({ via: 'runpod-workers-min' })], [RUNPOD])
    world.upstream.answer = () => Promise.reject(new Error('connection refused'))
    await world.goTo('2026-01-05T10:06:00Z')
    expect(world.records).toMatchObject([{ phase: 'ended', cost: { nanoUsd: '0' }, used: false }])
  })

  it('stopping lowers what was raised', async () => {
    const world = worldOf([ruleOf({ via: 'runpod-workers-min' })], [RUNPOD])
    await world.goTo('2026-01-05T09:00:00Z')
    await world.prewarmer.stop()
    expect(patches(world)).toEqual([1, 0])
    expect(world.prewarmer.status()).toEqual([])
  })

  it('a rule that is gone after a reload ends; new credentials are used for that', async () => {
    const world = worldOf([ruleOf({ via: 'runpod-workers-min' })], [RUNPOD])
    await world.goTo('2026-01-05T09:00:00Z')
    world.prewarmer.update([ruleOf({ via: 'runpod-workers-min', cron: '0 20 * * *' })], [{ ...RUNPOD, auth: { type: 'bearer', secret: 'rotated' } }])
    await world.goTo('2026-01-05T09:00:01Z')
    expect(patches(world)).toEqual([1, 0])
    expect(world.upstream.requests.at(-1)?.headers['authorization']).toBe('Bearer rotated')
  })

  describe('after a crash in the middle of a window', () => {
    it('within the window it goes on, and the end knows what was there before the first start', async () => {
      const world = worldOf([ruleOf({ via: 'runpod-workers-min', replicas: 2 })], [RUNPOD], '2026-01-05T09:40Z')
      await world.prewarmer.recall(journalOfTheDead())
      world.upstream.answer = () => answerOf(200, '{"workersMin":2}')
      await world.goTo('2026-01-05T10:00:00Z')
      expect(patches(world)).toEqual([2, 0])
      expect(world.records).toMatchObject([{ phase: 'ended', id: `spill/runpod-workers-min/${Date.parse('2026-01-05T08:50Z')}`, startedAt: Date.parse('2026-01-05T08:50Z'), previous: 0 }])
    })

    it('after the window it lowers at once', async () => {
      const world = worldOf([ruleOf({ via: 'runpod-workers-min', replicas: 2 })], [RUNPOD], '2026-01-05T15:00Z')
      await world.prewarmer.recall(journalOfTheDead())
      await world.goTo('2026-01-05T15:00:01Z')
      expect(patches(world)).toEqual([0])
      expect(world.records).toMatchObject([{ phase: 'ended' }])
    })

    it('with the rule gone it says that replicas may be up', async () => {
      const world = worldOf([], [RUNPOD])
      await world.prewarmer.recall(journalOfTheDead())
      expect(world.failures[0]).toMatch(/^spill: replicas were left up by an earlier process/u)
    })
  })
})

describe('prewarming by dummy requests', () => {
  it('keeps within the idle window of the price (60 s): a request every 42 s or so, for as many replicas at once', async () => {
    const world = worldOf([ruleOf({ replicas: 2 })], [poolOf()])
    await world.goTo('2026-01-05T10:00:00Z')
    expect(world.dummies.slice(0, 2)).toEqual([Date.parse('2026-01-05T08:50Z'), Date.parse('2026-01-05T08:50Z')])
    const times = [...new Set(world.dummies)]
    const waits = times.slice(1).map((time, index) => time - times[index]!)
    expect(Math.max(...waits)).toBeLessThan(60_000)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(42_000)
    expect(world.records[1]).toMatchObject({ phase: 'ended', dummyRequests: world.dummies.length, cost: { nanoUsd: String(1_160_000n * 4200n * 2n) } })
  })

  it('real calls stand in for dummy ones, and count as use', async () => {
    const world = worldOf([ruleOf()], [poolOf()])
    await world.goTo('2026-01-05T09:00:00Z')
    const before = world.dummies.length
    for (let second = 0; second < 600; second += 10) {
      world.prewarmer.observe({ pool: 'spill', arrivedAt: world.clock.time })
      world.prewarmer.observe({ pool: 'floor', arrivedAt: world.clock.time })
      await world.goTo(new Date(world.clock.time + 10_000).toISOString())
    }
    expect(world.dummies.length - before).toBe(0)
    await world.goTo('2026-01-05T10:00:00Z')
    expect(world.records[1]).toMatchObject({ used: true, calls: 60 })
  })

  it('a jump of the clock over the whole window warms nothing, back into it warms again', async () => {
    const world = worldOf([ruleOf()], [poolOf()])
    world.clock.time = Date.parse('2026-01-05T12:00Z')
    await world.prewarmer.tick()
    expect(world.dummies).toEqual([])
    world.clock.time = Date.parse('2026-01-05T09:30Z')
    await world.prewarmer.tick()
    expect(world.dummies).toHaveLength(1)
  })
})

describe('learned rules', () => {
  it('warm ahead of the hour that was busy in past weeks', async () => {
    const world = worldOf([ruleOf({ cron: 'learned' })], [poolOf()], '2026-01-26T08:00Z')
    for (const day of ['2026-01-05', '2026-01-12', '2026-01-19']) for (let n = 0; n < 5; n++) world.prewarmer.observe({ pool: 'spill', arrivedAt: Date.parse(`${day}T09:00Z`) + n * MINUTE })
    await world.goTo('2026-01-26T08:49:59Z')
    expect(world.dummies).toEqual([])
    await world.goTo('2026-01-26T08:50:00Z')
    expect(world.dummies).toHaveLength(1)
  })

  it('learn from the journal, too', async () => {
    const world = worldOf([ruleOf({ cron: 'learned' })], [poolOf()], '2026-01-26T08:00Z')
    await world.prewarmer.recall(callsOnMondays())
    await world.goTo('2026-01-26T08:50:00Z')
    expect(world.dummies).toHaveLength(1)
  })
})
