import type { Observation, ObservationKind, Score } from '../../../core/observation.ts'
import { attribute, type OtlpSpan } from '../span.ts'
import type { PriceCall } from '../price/price-call.ts'
import { attributionOf } from './attribution.ts'
import { contentOf, toolOf } from './content.ts'
import { costOf } from './cost.ts'
import { clean, Facts, MAX_NAME } from './facts.ts'
import { endingOf } from './outcome.ts'
import { providerOf } from './provider.ts'
import { reportedCost, usageOf } from './reported-usage.ts'
import { timeFault } from './time.ts'

/** What a span is to telemetry. `skipped`: a copy of another span, which is no fault. */
export type Observed = { readonly observation: Observation; readonly scores: readonly Score[] } | { readonly rejected: string } | { readonly skipped: string }

export interface ObserveDeps {
  readonly tenant: string
  readonly keyId: string | null
  /** Unix ms of arrival. */
  readonly now: number
  readonly price: PriceCall
}

const ID = /^[0-9a-f]+$/u

/** One OTLP span in Spillway's own words. What its ancestors say and whether it is billable among its relatives: see settle-trace.ts. */
export function observeSpan(span: OtlpSpan, deps: ObserveDeps): Observed {
  const { traceId, spanId, startMs } = span
  if (!isId(traceId, 32) || !isId(spanId, 16)) return { rejected: 'a span has no trace id or span id; are these logs or metrics?' }
  const fault = timeFault(startMs, deps.now)
  if (fault !== null) return { rejected: `span ${spanId} ${fault}` }
  const facts = new Facts().read(span.attributes).read(span.resource)
  if (facts.value('pending') === 'pending_span') return { skipped: 'pending' }
  const parent = isId(span.parentSpanId, 16) && span.parentSpanId !== spanId ? span.parentSpanId : null
  const observation = observationOf({ ...span, parentSpanId: parent ?? '' }, facts, 'otlp', deps)
  return { observation, scores: scoresOf(span, facts, observation) }
}

/** The observation of a span whose ids and start are good, and what its attributes say. */
export function observationOf(span: OtlpSpan, facts: Facts, source: Observation['source'], { tenant, keyId, now, price }: ObserveDeps): Observation {
  const { traceId, spanId, startMs } = span
  const reported = usageOf(facts, span.scope)
  const kind = facts.kind ?? kindByContent(facts, reported !== null)
  const calls = kind === 'inference' || kind === 'embedding'
  const ending = endingOf(span, facts)
  const provider = providerOf(facts.text('provider'))
  const modelAsked = facts.text('modelAsked')
  const modelServed = facts.text('modelServed')
  const content = calls ? safely(() => contentOf(facts)) : null
  const cost = costOf({ provider, modelServed, modelAsked, at: startMs, usage: reported?.usage ?? null, invalid: reported?.invalid ?? [], hasOutput: kind !== 'embedding', ending, reported: reportedCost(facts) }, price)
  return {
    tenant,
    id: `${traceId}:${spanId}`,
    source,
    kind,
    name: clean(span.name),
    spanId,
    responseId: facts.text('responseId') ?? idInside(facts),
    startedAt: startMs,
    durationMs: durationOf(span, now),
    provider,
    modelAsked,
    modelServed,
    streamed: streamedOf(facts, span),
    attribution: attributionOf(facts, traceId, span.parentSpanId === '' ? null : span.parentSpanId),
    keyId,
    pool: null,
    endpoint: null,
    reason: null,
    queuedMs: null,
    ttftMs: ttftOf(facts, startMs),
    tpotMs: null,
    ...ending,
    finishReason: facts.text('finishReason'),
    usage: reported?.usage ?? {},
    usageSource: reported === null ? 'none' : 'reported',
    rawUsage: facts.rawUsage,
    cost,
    billable: calls,
    attempts: 0,
    clientRetry: null,
    fingerprint: null,
    requestBytes: null,
    responseBytes: null,
    tool: kind === 'tool' ? safely(() => toolOf(facts, span.name)) : null,
    segments: content?.segments ?? [],
    toolsDeclared: content?.toolsDeclared ?? [],
    toolsCalled: content?.toolsCalled ?? [],
  }
}

function isId(id: string, length: number): boolean {
  return id.length === length && ID.test(id) && !/^0+$/u.test(id)
}

/** A span that names a model and counts tokens is a call, whatever else it is called. */
function kindByContent(facts: Facts, hasUsage: boolean): ObservationKind {
  return hasUsage && facts.value('modelAsked') !== undefined ? 'inference' : 'other'
}

function durationOf({ startMs, endMs }: OtlpSpan, now: number): number {
  return endMs > startMs && timeFault(endMs, now) === null ? endMs - startMs : 0
}

function streamedOf(facts: Facts, span: OtlpSpan): boolean | null {
  const said = facts.value('streamed')
  if (typeof said === 'boolean') return said
  return facts.number('ttftMs') !== null || facts.number('ttftSeconds') !== null || span.name.endsWith('.doStream') ? true : null
}

function ttftOf(facts: Facts, startMs: number): number | null {
  const seconds = facts.number('ttftSeconds')
  const at = facts.text('firstTokenAt')
  const ms = facts.number('ttftMs') ?? (seconds === null ? null : seconds * 1000) ?? (at === null ? null : Date.parse(at.replaceAll('"', '')) - startMs)
  return ms !== null && Number.isFinite(ms) && ms >= 0 ? ms : null
}

const ID_FIRST = /^\s*\{\s*"id"\s*:\s*"([^"\\]{1,128})"/u

/** OpenInference has the provider's answer as JSON, whose first member is its id. */
function idInside(facts: Facts): string | null {
  const output = facts.value('outputJson')
  return typeof output === 'string' ? (ID_FIRST.exec(output.slice(0, 512))?.[1] ?? null) : null
}

/** Content is a help for finding waste: what cannot be read of it is left out, and the call is kept. */
function safely<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    // JSON that is nested too deep for the stack.
    if (error instanceof RangeError) return null
    throw error
  }
}

/** GenAI evaluations: attributes of the span itself, or events `gen_ai.evaluation.result`. */
function scoresOf(span: OtlpSpan, facts: Facts, { tenant, id, attribution, startedAt }: Observation): Score[] {
  const scores: Score[] = []
  const add = (name: string | null, value: number | null, label: string | null, at: number): void => {
    if (name === null || (value === null && label === null)) return
    scores.push({ tenant, id: `${id}:${name}`.slice(0, MAX_NAME), name, source: 'otlp', value, label, at, traceId: attribution.traceId, observationId: id, sessionId: attribution.session })
  }
  add(facts.text('scoreName'), facts.number('scoreValue'), facts.text('scoreLabel'), startedAt)
  for (const event of span.events) {
    if (event.name !== 'gen_ai.evaluation.result' || attribute(event.attributes, 'gen_ai.evaluation.name') === undefined) continue
    const said = new Facts().read(event.attributes)
    add(said.text('scoreName'), said.number('scoreValue'), said.text('scoreLabel'), event.timeMs > 0 ? event.timeMs : startedAt)
  }
  return scores
}
