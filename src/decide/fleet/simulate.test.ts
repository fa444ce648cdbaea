import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exponential, seededRandom } from '../../core/random.ts'
import { billPool, OUTCOME, summarizeRequests } from './fleet-run.ts'
import { erlangC } from './erlang.ts'
import { serverless as card } from '../../core/billing/testing.ts'
import { DEFAULT_RULES } from './rules.ts'
import type { FleetRules } from './rules.ts'
import { simulateFleet } from './simulate.ts'
import type { DedicatedPool, FleetOptions, ServerlessPool } from './simulate.ts'
import type { Workload } from './workload.ts'
import { poissonWorkload } from './workload.ts'

const requests = (at: readonly number[], seconds: number | readonly number[]): Workload => ({ at: Float64Array.from(at), steps: Float64Array.from(at, (_, i) => (typeof seconds === 'number' ? seconds : seconds[i]!)), prefillSeconds: null })

function pool(over: Partial<ServerlessPool> = {}, rules: Partial<FleetRules> = {}): ServerlessPool {
  return { gpus: 1, engine: { concurrency: 1 }, idleWindowSeconds: 60, coldStart: () => 20, replicaCap: null, atCap: 'queue', ...over, rules: { ...DEFAULT_RULES, ...rules } }
}

function play(workload: Workload, serverless: ServerlessPool | null, over: Partial<FleetOptions> = {}): ReturnType<typeof simulateFleet> {
  return simulateFleet({ workload, dedicated: null, serverless, random: seededRandom(1), ...over })
}

const dedicated = (replicas: number, concurrency = 1): DedicatedPool => ({ replicas, gpus: 1, engine: { concurrency } })

describe('one serverless replica', () => {
  it('starts cold, serves, stays warm for its window, and is billed for all of it', () => {
    const run = play(requests([10, 40], 2), pool())
    expect([...run.waited]).toEqual([20, 0])
    expect([...run.total]).toEqual([22, 2])
    expect([...run.outcome]).toEqual([OUTCOME.cold, OUTCOME.warm])
    // Asked for at 10, up at 30, busy until 32 and from 40 to 42, gone at 102.
    expect(run.serverless).toMatchObject({ coldStart: 20, busy: 4, idle: 68, useful: 4, starts: 1, peak: 1 })
    expect(run.serverless.lives).toEqual([{ gpus: 1, startedAt: 10, readyAt: 30, stoppedAt: 102, busySeconds: 4, egressGb: 0 }])
    expect(billPool(card({ granularitySeconds: 10 }), run.serverless).lines.map((line) => [line.kind, line.quantity])).toEqual([['cold-start', 20], ['busy', 4], ['keep-warm', 68], ['rounding', 8]])
  })

  it('is gone after its window, and a request at its very end comes too late', () => {
    expect(play(requests([0, 81.9], 2), pool()).serverless.starts).toBe(1)
    expect(play(requests([0, 82], 2), pool()).serverless.starts).toBe(2)
  })

  it('takes as many at once as it has slots, all slower together', () => {
    const run = play(requests([0, 0, 0], 10), pool({ engine: { concurrency: 3, stepSeconds: (running) => running / 10 } }))
    expect([...run.total]).toEqual([23, 23, 23])
    expect(run.serverless).toMatchObject({ busy: 3, useful: 3, starts: 1 })
  })

  it('counts prefill before the first token', () => {
    const workload = { ...requests([0], 10), prefillSeconds: Float64Array.of(0.5) }
    const run = play(workload, pool({ engine: { concurrency: 4, stepSeconds: () => 0.1 } }))
    expect(run.firstToken[0]).toBeCloseTo(20.6)
    expect(run.total[0]).toBeCloseTo(21.5)
    expect(run.serverless.useful).toBeCloseTo(0.5 + 1 / 4)
  })
})

describe('the three rules', () => {
  it('take: most recently used lets the others run out, least recently used keeps them all', () => {
    const at = [0, 0, ...Array.from({ length: 10 }, (_, i) => 30 + i * 10)]
    const lives = (take: FleetRules['take']): number[] => play(requests(at, 2), pool({ idleWindowSeconds: 30 }, { take })).serverless.lives.map((life) => life.stoppedAt).sort((a, b) => a - b)
    expect(lives('most-recently-used')).toEqual([52, 152])
    expect(lives('least-recently-used')).toEqual([142, 152])
  })

  it('start: always starts one for each slot that is short; when-queue-exceeds lets some wait', () => {
    const at = [0, 1, 2, 3]
    expect(play(requests(at, 2), pool()).serverless.starts).toBe(4)
    expect(play(requests(at, 2), pool({ engine: { concurrency: 2 } })).serverless.starts).toBe(2)
    expect(play(requests(at, 2), pool({}, { start: 'when-queue-exceeds', queueLimit: 2 })).serverless.starts).toBe(2)
    const patient = play(requests(at, 2), pool({}, { start: 'when-queue-exceeds', queueLimit: 10 }))
    expect(patient.serverless.starts).toBe(1)
    expect([...patient.waited]).toEqual([20, 21, 22, 23])
  })

  it('owner: the first free replica serves who waits, or everybody waits for their own', () => {
    // The second comes just before the first replica, busy until 22, is free again.
    const at = [0, 21]
    const free = play(requests(at, 2), pool())
    expect([...free.waited]).toEqual([20, 1])
    expect([...free.outcome]).toEqual([OUTCOME.cold, OUTCOME.warm])
    const own = play(requests(at, 2), pool({}, { owner: 'starter' }))
    expect([...own.waited]).toEqual([20, 20])
    expect([...own.outcome]).toEqual([OUTCOME.cold, OUTCOME.cold])
    expect([free.serverless.starts, own.serverless.starts]).toEqual([2, 2])
  })

  it('owner: starter shares a starting replica up to its slots', () => {
    const run = play(requests([0, 1, 2, 3], 2), pool({ engine: { concurrency: 3 } }, { owner: 'starter' }))
    expect(run.serverless.starts).toBe(2)
    expect([...run.waited]).toEqual([20, 19, 18, 20])
  })
})

describe('the replica cap', () => {
  it('queues in order of arrival, or rejects', () => {
    const at = [0, 0, 0, 0]
    const queued = play(requests(at, 2), pool({ replicaCap: 2 }))
    expect([...queued.waited]).toEqual([20, 20, 22, 22])
    expect(queued.serverless.peak).toBe(2)
    const rejected = play(requests(at, 2), pool({ replicaCap: 2, atCap: 'reject' }))
    expect([...rejected.outcome]).toEqual([OUTCOME.cold, OUTCOME.cold, OUTCOME.rejected, OUTCOME.rejected])
    expect(summarizeRequests(rejected)).toMatchObject({ requests: 4, served: 2, rejected: 2, coldStartShare: 0.5 })
  })

  it('leaves room for those that a starting replica has slots for', () => {
    const run = play(requests([0, 0, 0, 0], 2), pool({ replicaCap: 1, atCap: 'reject', engine: { concurrency: 3 } }))
    expect(summarizeRequests(run)).toMatchObject({ served: 3, rejected: 1 })
  })
})

describe('a dedicated floor with serverless overflow', () => {
  it('fills the floor first and spills what finds no slot', () => {
    const run = play(requests([0, 0, 0, 5], 10), pool(), { dedicated: dedicated(1, 2) })
    expect([...run.outcome]).toEqual([OUTCOME.warm, OUTCOME.warm, OUTCOME.warm, OUTCOME.warm])
    // The third starts a replica but is served by the floor when it is free at 10; so is the fourth.
    expect([...run.waited]).toEqual([0, 0, 10, 5])
    expect(run.dedicated).toMatchObject({ coldStart: 0, busy: 20, peak: 1 })
    // The fourth counts on no slot of the first replica, which the third waits for, so it starts one too.
    expect(run.serverless).toMatchObject({ starts: 2, busy: 0, coldStart: 40, idle: 120 })
  })

  it('spreads over the floor, the emptiest replica first', () => {
    const run = play(requests([0, 0, 0, 0], 10), null, { dedicated: dedicated(2, 2) })
    expect(run.dedicated.lives.map((life) => life.busySeconds)).toEqual([10, 10])
    expect(play(requests([0, 0], 10), null, { dedicated: { ...dedicated(2, 2), engine: { concurrency: 2, stepSeconds: (n) => n } } }).total).toEqual(Float64Array.of(10, 10))
  })

  it('queues at the floor alone', () => {
    const run = play(requests([0, 0, 0], 10), null, { dedicated: dedicated(1) })
    expect([...run.waited]).toEqual([0, 10, 20])
    expect(run.dedicated.lives).toEqual([{ gpus: 1, startedAt: 0, readyAt: 0, stoppedAt: 30, busySeconds: 30, egressGb: 0 }])
  })

  it.each([
    ['nothing at all', null, null],
    ['no replicas', dedicated(0), null],
    ['a cap of none', null, pool({ replicaCap: 0 })],
  ])('refuses a fleet of %s', (_, floor, serverless) => {
    expect(() => play(requests([0], 1), serverless, { dedicated: floor })).toThrow(expect.objectContaining({ code: 'PLAN_INFEASIBLE' }))
  })
})

describe('measuring a part of the time', () => {
  it('books only what happens from measureFrom to until', () => {
    const run = play(requests([0, 50, 500], 10), pool(), { measureFrom: 25, until: 100 })
    // Busy 25..30 and 50..60, idle 30..50 and 60..100; the last request never comes.
    expect(run.serverless).toMatchObject({ coldStart: 0, busy: 15, idle: 60, useful: 10, starts: 0, peak: 1 })
    expect(run).toMatchObject({ from: 25, until: 100, firstRequest: 1 })
    expect(summarizeRequests(run)).toMatchObject({ requests: 1, served: 1, coldStartShare: 0 })
    expect(run.serverless.lives).toEqual([{ gpus: 1, startedAt: 0, readyAt: 20, stoppedAt: 100, busySeconds: 20, egressGb: 0 }])
  })

  it('leaves unserved what was still waiting', () => {
    const run = play(requests([0], 10), pool(), { until: 5 })
    expect([...run.outcome]).toEqual([OUTCOME.unserved])
    expect(run.waited[0]).toBeNaN()
    expect(run.serverless.coldStart).toBe(5)
  })
})

describe('against closed forms', () => {
  it('one replica that never stops is M/D/1 and M/M/1', () => {
    const fixed = poissonWorkload(200_000, 0.7, seededRandom(11), () => 1)
    const forever = pool({ idleWindowSeconds: Number.POSITIVE_INFINITY, coldStart: () => 0, replicaCap: 1 })
    // Pollaczek and Khinchine: rho S / (2 (1 - rho)).
    expect(summarizeRequests(play(fixed, forever)).waited.mean / (0.7 / 0.6)).toBeCloseTo(1, 1)
    const random = seededRandom(12)
    const varied = poissonWorkload(200_000, 0.7, seededRandom(13), () => exponential(random, 1))
    expect(summarizeRequests(play(varied, null, { dedicated: dedicated(1), measureFrom: 1000 })).waited.mean / (0.7 / 0.3)).toBeCloseTo(1, 0)
  })

  it.each([[3, 1, 2], [10, 1, 8], [2, 8, 12]])('%s dedicated replicas x %s slots at a load of %s wait as Erlang C says', (replicas, concurrency, load) => {
    const random = seededRandom(21)
    const workload = poissonWorkload(300_000, load, seededRandom(22), () => exponential(random, 1))
    const summary = summarizeRequests(play(workload, null, { dedicated: dedicated(replicas, concurrency), measureFrom: 1000 }))
    const expected = erlangC(replicas * concurrency, load)
    expect(Math.abs(summary.waitedShare / expected - 1)).toBeLessThan(0.04)
    expect(Math.abs(summary.waited.mean / (expected / (replicas * concurrency - load)) - 1)).toBeLessThan(0.1)
  })

  it('without cold start and window, the replicas up are Poisson: M/G/infinity', () => {
    const load = 5
    const run = play(poissonWorkload(50_000, load, seededRandom(31), () => 1), pool({ idleWindowSeconds: 0, coldStart: () => 0 }))
    expect(summarizeRequests(run).waited.max).toBe(0)
    const changes = run.serverless.lives.flatMap((life) => [[life.startedAt, 1], [life.stoppedAt, -1]] as const).sort((a, b) => a[0] - b[0])
    const time = new Float64Array(40)
    let [up, since] = [0, 0]
    for (const [at, change] of changes) {
      time[up]! += at - since
      up += change
      since = at
    }
    let poisson = Math.exp(-load)
    for (let k = 0; k <= 12; k++) {
      expect(Math.abs(time[k]! / run.until - poisson)).toBeLessThan(0.006)
      poisson *= load / (k + 1)
    }
  })
})

describe('any traffic and any rules', () => {
  const someRules = fc.record({ take: fc.constantFrom('most-recently-used' as const, 'least-recently-used' as const), start: fc.constantFrom('always' as const, 'when-queue-exceeds' as const), queueLimit: fc.integer({ min: 0, max: 5 }), owner: fc.constantFrom('first-free' as const, 'starter' as const) })
  const somePool = fc.record({ idleWindowSeconds: fc.constantFrom(0, 5, 60), replicaCap: fc.constantFrom(null, 1, 3), atCap: fc.constantFrom('queue' as const, 'reject' as const), concurrency: fc.integer({ min: 1, max: 5 }), cold: fc.constantFrom(0, 3, 30) })
  const traffic = fc.array(fc.record({ gap: fc.constantFrom(0, 0, 0.3, 1, 20, 100), seconds: fc.constantFrom(0, 0.5, 2, 9) }), { maxLength: 60 })

  it('serves or rejects everybody, books every second once, and the meter bills the same seconds', () => {
    fc.assert(
      fc.property(someRules, somePool, traffic, fc.integer({ min: 0, max: 2 }), (rules, { concurrency, cold, ...rest }, raw, floor) => {
        let at = 0
        const workload = requests(raw.map(({ gap }) => (at += gap)), raw.map(({ seconds }) => seconds))
        const serverless = { ...pool({ ...rest, engine: { concurrency, stepSeconds: (n: number) => 1 + n / 10 }, coldStart: (u: number) => cold * (0.5 + u) }), rules }
        const run = play(workload, serverless, { dedicated: floor === 0 ? null : dedicated(floor, concurrency) })
        const summary = summarizeRequests(run)
        expect(summary.served + summary.rejected).toBe(raw.length)
        expect(summary.rejected === 0 || (rest.replicaCap !== null && rest.atCap === 'reject')).toBe(true)
        expect(run.serverless.peak).toBeLessThanOrEqual(rest.replicaCap ?? Number.POSITIVE_INFINITY)
        for (const [i, outcome] of run.outcome.entries()) expect(outcome === OUTCOME.rejected || (run.waited[i]! >= 0 && run.total[i]! >= run.waited[i]! + workload.steps[i]! - 1e-9)).toBe(true)
        const { coldStart, busy, idle, useful, lives } = run.serverless
        expect(busy).toBeGreaterThanOrEqual(useful - 1e-6)
        expect(coldStart + busy + idle).toBeCloseTo(lives.reduce((sum, life) => sum + life.stoppedAt - life.startedAt, 0), 6)
        const quantity = Object.fromEntries(billPool(card(), run.serverless).lines.map((line) => [line.kind, line.quantity]))
        for (const [kind, seconds] of [['cold-start', coldStart], ['busy', busy], ['keep-warm', idle]] as const) expect(quantity[kind] ?? 0).toBeCloseTo(seconds, 3)
      }),
    )
  })

  it('replays from the same seed', () => {
    const workload = poissonWorkload(2000, 0.5, seededRandom(5), () => 3)
    const spread = pool({ coldStart: (u) => 10 + 20 * u })
    expect(play(workload, spread, { random: seededRandom(9) })).toEqual(play(workload, spread, { random: seededRandom(9) }))
    expect(play(workload, spread, { random: seededRandom(9) }).waited).not.toEqual(play(workload, spread, { random: seededRandom(10) }).waited)
  })
})
