import type { CallRecord } from '../../../core/call.ts'
import type { Clock } from '../../../core/clock.ts'
import type { PoolConfig, PrewarmRule } from '../../config-types.ts'
import type { HttpSend } from '../http-send.ts'
import { cronMoments, type NextMoment } from './cron-moments.ts'
import type { SendDummy } from './dummy-request.ts'
import { LearnedHours } from './learned-hours.ts'
import { UnfinishedWarmings, type PrewarmRecord } from './prewarm-record.ts'
import { warmProvider } from './providers.ts'
import { Warming, type WarmingDeps } from './warming.ts'
import { warmWindow } from './warm-window.ts'

export interface PrewarmDeps {
  readonly clock: Clock
  readonly send: HttpSend
  readonly sendDummy: SendDummy
  /** Where the records go: the journal. */
  readonly append: (record: PrewarmRecord) => void
  /** What failed, fit for a log; it is tried again by itself. */
  readonly onFailure: (pool: string, message: string) => void
}

export interface Prewarmer {
  /** Takes new rules and pools; a warming whose rule is gone ends. */
  readonly update: (rules: readonly PrewarmRule[], pools: readonly PoolConfig[]) => void
  /**
   * Reads the past, in order, from the journal: it teaches `learned` rules, and takes over what a process that died left up.
   * To be awaited before `start`; the gateway may serve meanwhile.
   */
  readonly recall: (entries: AsyncIterable<{ readonly record: unknown }>) => Promise<void>
  /** Every finished call: they show what is used, and teach `learned` rules. */
  readonly observe: (record: Pick<CallRecord, 'pool' | 'arrivedAt'>) => void
  /** Brings everything to where it should be now. The timer calls it; tests do, with a clock of their own. */
  readonly tick: () => Promise<void>
  /** Starts the timer. */
  readonly start: () => void
  /** Ends all warmings: what was raised at a provider is lowered again, since nobody would do it later. */
  readonly stop: () => Promise<void>
  readonly status: () => readonly { readonly pool: string; readonly via: string; readonly replicas: number; readonly since: number }[]
}

/** Dummy requests keep a replica whose idle window is seconds, so that the timer must be faster than that. */
const TICK_MS = 1000

interface Planned {
  readonly rule: PrewarmRule
  readonly pool: PoolConfig
  readonly moments: NextMoment
}

/** Keeps pools warm by rules: at each tick it compares what should be warm now with what is. */
export function createPrewarmer(rules: readonly PrewarmRule[], pools: readonly PoolConfig[], deps: PrewarmDeps): Prewarmer {
  const learned = new Map<string, LearnedHours>()
  const warmings = new Map<string, Warming>()
  const now = (): number => deps.clock.now()
  let planned = plan(rules, pools)
  let timer: NodeJS.Timeout | undefined
  let ticking: Promise<void> | null = null
  const createdAt = now()

  function plan(newRules: readonly PrewarmRule[], newPools: readonly PoolConfig[]): Planned[] {
    return newRules.flatMap((rule) => {
      const pool = newPools.find(({ id }) => id === rule.pool)
      return pool === undefined ? [] : [{ rule, pool, moments: rule.cron === 'learned' ? hoursOf(pool.id).moments(rule.timeZone, now) : cronMoments(rule.cron, rule.timeZone) }]
    })
  }

  function hoursOf(pool: string): LearnedHours {
    const known = learned.get(pool) ?? new LearnedHours()
    learned.set(pool, known)
    return known
  }

  function learn({ pool, arrivedAt }: Pick<CallRecord, 'pool' | 'arrivedAt'>): void {
    if (pool !== null && planned.some(({ rule }) => rule.pool === pool && rule.cron === 'learned')) hoursOf(pool).observe(arrivedAt)
  }

  /** Takes over from a process that died: the rules then say whether it goes on or ends. */
  function adopt(record: PrewarmRecord): void {
    const match = planned.find(({ rule }) => rule.pool === record.pool && rule.via === record.via)
    if (match === undefined) deps.onFailure(record.pool, `replicas were left up by an earlier process and no rule names them any more; check the provider (via ${record.via}, before: ${record.previous ?? 'unknown'})`)
    else warmings.set(keyOf(match.rule), new Warming(match.rule, match.pool, warmingDeps(match), record))
  }

  function warmingDeps({ rule, pool }: Planned): WarmingDeps {
    return { ...deps, provider: warmProvider(rule, pool, deps.send) }
  }

  async function step(): Promise<void> {
    const at = now()
    const wanted = new Map<string, { readonly planned: Planned; readonly replicas: number; readonly warmAt: number }>()
    for (const one of planned) {
      const window = warmWindow(one.rule, one.moments, at)
      if (window === null || window.opensAt > at) continue
      const key = keyOf(one.rule)
      const before = wanted.get(key)
      wanted.set(key, { planned: before?.planned ?? one, replicas: Math.max(before?.replicas ?? 0, one.rule.replicas), warmAt: Math.min(before?.warmAt ?? Infinity, window.warmAt) })
    }
    for (const [key, { planned: one, warmAt }] of wanted) {
      if (!warmings.has(key)) warmings.set(key, new Warming(one.rule, one.pool, warmingDeps(one), { startedAt: at, warmAt }))
    }
    await Promise.all(
      [...warmings].map(async ([key, warming]) => {
        if (await warming.step(wanted.get(key)?.replicas ?? 0)) warmings.delete(key)
      }),
    )
  }

  /** One at a time; a slow provider holds up the next tick and nothing else. */
  function tick(): Promise<void> {
    ticking ??= step().finally(() => {
      ticking = null
    })
    return ticking
  }

  return {
    update: (newRules, newPools) => {
      planned = plan(newRules, newPools)
      for (const one of planned) warmings.get(keyOf(one.rule))?.rewire(one.pool, warmProvider(one.rule, one.pool, deps.send))
    },
    recall: async (entries) => {
      const unfinished = new UnfinishedWarmings()
      for await (const { record } of entries) {
        unfinished.observe(record)
        // What has come since is observed already.
        if (isCall(record) && record.arrivedAt < createdAt) learn(record)
      }
      for (const record of unfinished.list()) adopt(record)
    },
    observe: (record) => {
      const { pool, arrivedAt } = record
      if (pool === null) return
      learn(record)
      for (const warming of warmings.values()) warming.onCall(pool, arrivedAt)
    },
    tick,
    start: () => {
      timer ??= setInterval(() => void tick(), TICK_MS).unref()
    },
    stop: async () => {
      clearInterval(timer)
      await ticking
      planned = []
      await tick()
    },
    status: () => [...warmings.values()].map((warming) => warming.status()),
  }
}

/** Rules for one pool by one way share one warming, which the largest of them sizes. */
function keyOf({ pool, via }: PrewarmRule): string {
  return `${pool}\0${via}`
}

function isCall(record: unknown): record is Pick<CallRecord, 'pool' | 'arrivedAt'> {
  return typeof record === 'object' && record !== null && 'kind' in record && record.kind === 'call'
}
