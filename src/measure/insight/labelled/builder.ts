import type { Observation, PromptSegment, Score } from '../../../core/observation.ts'
import type { Random } from '../../../core/random.ts'
import { canonical, hashOf as contentHash } from '../../ingest/normalize/content.ts'
import type { LeakKind } from '../finding.ts'
import type { Weights } from '../load.ts'

/** 2026-11-02T00:00:00Z, a Monday. */
export const START = Date.UTC(2026, 10, 2)
export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Nano-USD a token. Made up, with the relations of usual price lists; `plain` and `basic` have no cache reads. */
export const MODELS = {
  large: { input: 3000, cacheRead: 300, cacheWrite: 3750, output: 15_000, cacheable: true },
  small: { input: 250, cacheRead: 25, cacheWrite: 250, output: 1250, cacheable: true },
  plain: { input: 3000, cacheRead: 3000, cacheWrite: 3000, output: 15_000, cacheable: false },
  basic: { input: 500, cacheRead: 500, cacheWrite: 500, output: 1500, cacheable: false },
} as const satisfies Readonly<Record<string, Weights>>
export type Model = keyof typeof MODELS

/** As a price list would: what the price's buckets are to each other. */
export function weightsOf({ modelServed }: Observation): Weights | null {
  return MODELS[modelServed as Model] ?? null
}

export interface Part {
  readonly role: PromptSegment['role']
  readonly tokens: number
  /** What it says: equal texts have equal hashes. */
  readonly text: string
}

export interface CallPlan {
  readonly at: number
  readonly feature: string
  readonly model: Model
  readonly parts: readonly Part[]
  readonly output: number
  readonly cacheRead?: number
  readonly cacheWrite?: number
  readonly user?: string
  readonly key?: string
  readonly session?: string
  readonly trace?: string
  readonly prompt?: string
  readonly version?: string
  readonly tools?: readonly string[]
  readonly called?: readonly string[]
  readonly fingerprint?: string
  readonly outcome?: Observation['outcome']
  readonly status?: number
  readonly retry?: number
  readonly stepRepeats?: number
  readonly durationMs?: number
  readonly source?: Observation['source']
  readonly finishReason?: string
  /** A failure that used nothing: a 429, a refusal. */
  readonly free?: boolean
  readonly success?: boolean
}

export interface ToolPlan {
  readonly at: number
  readonly feature: string
  readonly session?: string
  readonly trace?: string
  readonly name: string
  readonly args: string
  /** Null = not reported. */
  readonly result: string | null
  readonly durationMs?: number
  readonly outcome?: Observation['outcome']
}

/** What was planted: so much of it, in nano-USD, is waste. */
export interface Planted {
  readonly kind: LeakKind
  /** Name of the feature, prompt, user or key. */
  readonly name: string
  nanoUsd: number
}

/** Makes observations with plausible bytes, times and costs, and keeps account of what is planted in them. */
export class TraceBuilder {
  readonly random: Random
  readonly observations: Observation[] = []
  readonly scores: Score[] = []
  readonly planted: Planted[] = []
  readonly #prefix: string
  #count = 0

  constructor(random: Random, prefix = 'call') {
    this.random = random
    this.#prefix = prefix
  }

  call(plan: CallPlan): Observation {
    const { model, parts, output, cacheRead = 0, cacheWrite = 0, free = false, outcome = 'ok' } = plan
    const prompt = parts.reduce((sum, { tokens }) => sum + tokens, 0)
    const price = MODELS[model]
    const input = Math.max(0, prompt - cacheRead - cacheWrite)
    const nano = free ? 0 : input * price.input + cacheRead * price.cacheRead + cacheWrite * price.cacheWrite + output * price.output
    const id = `${this.#prefix}-${this.#count++}`
    if (plan.success !== undefined) this.scores.push({ tenant: 'default', id: `score-${id}`, name: 'success', source: 'api', value: plan.success ? 1 : 0, label: null, at: plan.at + MINUTE, traceId: null, observationId: id, sessionId: null })
    const one = this.#add({
      id,
      at: plan.at,
      feature: plan.feature,
      session: plan.session,
      trace: plan.trace,
      parts: {
        kind: 'inference',
        name: 'chat',
        durationMs: plan.durationMs ?? (free ? 30 : 200 + 12 * output),
        modelAsked: model,
        modelServed: model,
        source: plan.source ?? 'gateway',
        keyId: plan.key ?? 'key-main',
        outcome,
        status: plan.status ?? (outcome === 'ok' ? 200 : outcome === 'client-aborted' ? 200 : 500),
        finishReason: outcome === 'ok' ? (plan.finishReason ?? 'stop') : null,
        usage: free ? {} : { inputUncached: input, cacheRead, cacheWrite, output },
        usageSource: free ? 'none' : 'upstream',
        cost: { nanoUsd: String(nano), status: 'complete', missing: [], priceVersion: `${model}@2026-11-01` },
        billable: true,
        attempts: 1,
        clientRetry: plan.retry ?? null,
        fingerprint: plan.fingerprint ?? `f-${id}`,
        ...(plan.stepRepeats === undefined ? {} : { stepRepeats: plan.stepRepeats }),
        // Between 3.4 and 4.6 bytes a token, as texts differ.
        segments: parts.filter(({ tokens }) => tokens > 0).map(({ role, tokens, text }) => ({ role, bytes: Math.round(tokens * (3.4 + 1.2 * hashOf(text) / 0x1_0000_0000)), hash: hashOf(text).toString(16).padStart(16, '0') })),
        toolsDeclared: plan.tools ?? [],
        toolsCalled: plan.called ?? [],
      },
    })
    const { user = null, prompt: name = null, version = null } = plan
    const attribution = { ...one.attribution, user, prompt: name, promptVersion: version }
    return (this.observations[this.observations.length - 1] = { ...one, attribution })
  }

  tool(plan: ToolPlan): Observation {
    const { name, args, result, outcome = 'ok' } = plan
    const id = `${this.#prefix}-${this.#count++}`
    const tool = { name, argumentsHash: contentHash(canonical(args)), resultHash: result === null ? null : contentHash(canonical(result)) }
    return this.#add({ id, at: plan.at, feature: plan.feature, session: plan.session, trace: plan.trace, parts: { kind: 'tool', name, source: 'otlp', durationMs: plan.durationMs ?? 300, outcome, tool } })
  }

  /** Notes that so much of `name` is waste of this kind. */
  plant(kind: LeakKind, name: string, nanoUsd: number): void {
    const known = this.planted.find((one) => one.kind === kind && one.name === name)
    if (known === undefined) this.planted.push({ kind, name, nanoUsd })
    else known.nanoUsd += nanoUsd
  }

  int(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1))
  }

  chance(share: number): boolean {
    return this.random() < share
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)]!
  }

  #add({ id, at, feature, session, trace, parts }: { readonly id: string; readonly at: number; readonly feature: string; readonly session: string | undefined; readonly trace: string | undefined; readonly parts: Partial<Observation> }): Observation {
    const one: Observation = { ...BARE, id, startedAt: at, ...parts, attribution: { ...BARE.attribution, feature, session: session ?? null, traceId: trace ?? null } }
    this.observations.push(one)
    return one
  }
}

const BARE: Observation = {
  tenant: 'default', id: '', source: 'gateway', kind: 'inference', name: '', spanId: null, responseId: null, startedAt: 0, durationMs: 0, provider: null, modelAsked: null, modelServed: null, streamed: true,
  attribution: { user: null, feature: null, session: null, prompt: null, promptVersion: null, traceId: null, parentSpanId: null, tags: {} },
  keyId: null, pool: null, endpoint: null, reason: null, queuedMs: 0, ttftMs: null, tpotMs: null, outcome: 'ok', status: null, errorCode: null, finishReason: null, usage: {}, usageSource: 'none', rawUsage: {},
  cost: { nanoUsd: '0', status: 'complete', missing: [], priceVersion: 'none' },
  billable: false, attempts: 0, clientRetry: null, fingerprint: null, requestBytes: null, responseBytes: null, tool: null, segments: [], toolsDeclared: [], toolsCalled: [],
}

/** 32 bits, FNV-1a with a last mix. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return (hash ^ (hash >>> 15)) >>> 0
}

export function inOrder(observations: readonly Observation[]): Observation[] {
  return observations.toSorted((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1))
}
