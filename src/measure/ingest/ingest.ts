import { setImmediate as othersFirst } from 'node:timers/promises'
import type { Observation, Score } from '../../core/observation.ts'
import { parseJson, type BodyType } from './body.ts'
import { countJsonItems, readJsonTraces } from './json/traces.ts'
import { INGEST_LIMITS, type IngestLimits } from './limits.ts'
import { meaningOf } from './dialects/table.ts'
import { type GuardCounts, NameGuard } from './normalize/name-guard.ts'
import { observeSpan } from './normalize/observe-span.ts'
import { TraceMemory } from './normalize/trace-memory.ts'
import type { PriceCall } from './price/price-call.ts'
import { countItems } from './protobuf/count.ts'
import { NameTable } from './protobuf/name-table.ts'
import { readTraces } from './protobuf/traces.ts'
import type { SpanSink } from './span.ts'

export interface IngestOptions {
  readonly price: PriceCall
  readonly limits?: Partial<IngestLimits>
  /** Observations that are remembered for traces which come in parts; about 2 kB each. Default 10,000. */
  readonly remembered?: number
  /** Distinct features, prompts and tag names a tenant. Default 5,000. */
  readonly names?: number
}

/** Who sends, and when it came (Unix ms). */
export interface Sender {
  readonly tenant: string
  readonly keyId: string | null
  readonly now: number
}

/** What a request brought. Records are to be kept in this order: a later one of an id replaces the earlier. */
export interface Ingested {
  readonly observations: readonly Observation[]
  readonly scores: readonly Score[]
  readonly accepted: number
  readonly rejected: number
  /** Why the first were rejected; '' = none was. */
  readonly reason: string
}

export interface Ingest {
  readonly limits: IngestLimits
  /** An OTLP trace request. Throws IngestError for a request that is refused whole. */
  readonly traces: (body: Buffer, type: BodyType, sender: Sender) => Promise<Ingested>
  /** Metrics and logs: checked and counted, not kept. */
  readonly count: (body: Buffer, type: BodyType, what: 'metrics' | 'logs') => number
  /** Settles and guards observations that came another way. */
  readonly take: (observations: readonly Observation[]) => Observation[]
  readonly names: () => GuardCounts
}

const COUNTED = {
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
} as const
const MOST_REASONS = 3

const isWanted = (name: string): boolean => meaningOf(name) !== null || name.startsWith('exception.')

export function createIngest({ price, limits: some = {}, remembered = 10_000, names = 5000 }: IngestOptions): Ingest {
  const limits: IngestLimits = { ...INGEST_LIMITS, ...some }
  const table = new NameTable(isWanted)
  const memory = new TraceMemory(remembered)
  const guard = new NameGuard(names)
  const take = (observations: readonly Observation[]): Observation[] => memory.add(observations.map((one) => guard.guard(one)))

  return {
    limits,
    take,
    names: () => guard.counts(),

    async traces(body, type, { tenant, keyId, now }) {
      const observations: Observation[] = []
      const scores: Score[] = []
      const rejections = new Rejections()
      let accepted = 0
      const sink: SpanSink = {
        span(span) {
          const seen = observeSpan(span, { tenant, keyId, now, price })
          if ('rejected' in seen) return rejections.add(seen.rejected)
          accepted++
          if ('skipped' in seen) return
          observations.push(seen.observation)
          scores.push(...seen.scores)
        },
        reject: ({ reason }) => rejections.add(reason),
      }
      const steps = type === 'protobuf' ? readTraces(body, table, limits, sink) : readJsonTraces(parseJson(body), isWanted, limits, sink)
      // A large batch is read in slices: calls through the gateway share the thread.
      while (steps.next().done !== true) await othersFirst()
      return { observations: take(observations), scores, accepted, rejected: rejections.count, reason: rejections.text() }
    },

    count(body, type, what) {
      const [resources, scopes, items] = COUNTED[what]
      return type === 'protobuf' ? countItems(body) : countJsonItems(parseJson(body), resources, scopes, items)
    },
  }
}

/** Counts what was rejected and says why, for the first few kinds of reasons. */
class Rejections {
  count = 0
  readonly #reasons = new Set<string>()

  add(reason: string): void {
    this.count++
    if (this.#reasons.size < MOST_REASONS) this.#reasons.add(reason)
  }

  text(): string {
    return [...this.#reasons].join('; ')
  }
}
