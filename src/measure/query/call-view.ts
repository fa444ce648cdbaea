import Type, { type Static } from 'typebox'
import { usdText } from '../../core/catalog/usd-text.ts'
import type { Observation, Score } from '../../core/observation.ts'
import { count, isoTime, list, nano, number, numberOrNull, orNull, text, textOrNull, time, usd } from './shapes.ts'

const TOKENS = Type.Record(Type.String(), Type.Integer({ minimum: 0 }), { description: 'tokens by disjoint bucket, such as inputUncached, cacheRead, output, reasoning' })

export const COST = Type.Object({
  usd: usd('the cost'),
  nanoUsd: nano('the cost'),
  status: Type.Enum(['complete', 'partial', 'estimated', 'unknown'], { description: 'partial: a bucket had no price, so it is at least this; unknown: the amount means nothing' }),
  missing: list(Type.String(), 'what had no price'),
  priceVersion: text('the price that was applied'),
})

/** A call or step as the API shows it. */
export const CALL = Type.Object(
  {
    id: text('its id'),
    startedAt: time('when it began'),
    durationMs: number('how long it took, ms'),
    source: Type.Enum(['gateway', 'otlp', 'langfuse', 'api'], { description: 'who reported it' }),
    kind: Type.Enum(['inference', 'embedding', 'tool', 'agent', 'chain', 'retrieval', 'other'], { description: 'what it did' }),
    name: text('what it is called'),
    billable: Type.Boolean({ description: 'false for a step that costs nothing by itself, and for a second view of a call' }),
    user: textOrNull('who caused it'),
    feature: textOrNull('the part of the product'),
    session: textOrNull('the conversation'),
    prompt: textOrNull("the prompt's name"),
    promptVersion: textOrNull("the prompt's version"),
    traceId: textOrNull('the trace that it belongs to'),
    spanId: textOrNull('its own id in the trace'),
    parentSpanId: textOrNull('the step above it'),
    tags: Type.Record(Type.String(), Type.String(), { description: 'free tags' }),
    key: textOrNull('the key that it came with'),
    provider: textOrNull('the provider'),
    modelAsked: textOrNull('the model that was asked for'),
    modelServed: textOrNull('the model that answered'),
    pool: textOrNull('the pool that served it'),
    endpoint: textOrNull('the endpoint'),
    reason: textOrNull('why it went there'),
    streamed: orNull(Type.Boolean({ description: 'whether the answer was streamed; null = not said' })),
    outcome: Type.Enum(['ok', 'client-aborted', 'upstream-failed', 'timed-out', 'refused', 'killed', 'error'], { description: 'how it ended' }),
    status: numberOrNull('the HTTP status'),
    errorCode: textOrNull('what went wrong'),
    finishReason: textOrNull('why generating ended'),
    queuedMs: numberOrNull('time waited for capacity, ms'),
    ttftMs: numberOrNull('time to the first token, ms'),
    tpotMs: numberOrNull('time for each token after it, ms'),
    usage: TOKENS,
    usageSource: Type.Enum(['upstream', 'counted', 'reported', 'estimated', 'none'], { description: 'where the token counts come from' }),
    cost: COST,
    attempts: count('tries of the gateway'),
    clientRetry: numberOrNull('which of the own tries of the client this is; 0 = the first'),
    requestBytes: numberOrNull('size of the request'),
    responseBytes: numberOrNull('size of the answer'),
    fingerprint: textOrNull('the same for the same request'),
    responseId: textOrNull("the provider's id of the answer"),
    toolsDeclared: list(Type.String(), 'functions that the call offered'),
    toolsCalled: list(Type.String(), 'functions that the answer called'),
  },
  { description: 'a call, or another step of a trace. No text of a prompt or an answer is kept' },
)
export type CallView = Static<typeof CALL>

export function callView(one: Observation): CallView {
  const { user, feature, session, prompt, promptVersion, traceId, parentSpanId, tags } = one.attribution
  return {
    id: one.id,
    startedAt: isoTime(one.startedAt),
    durationMs: one.durationMs,
    source: one.source,
    kind: one.kind,
    name: one.name,
    billable: one.billable,
    user,
    feature,
    session,
    prompt,
    promptVersion,
    traceId,
    spanId: one.spanId,
    parentSpanId,
    tags: { ...tags },
    key: one.keyId,
    provider: one.provider,
    modelAsked: one.modelAsked,
    modelServed: one.modelServed,
    pool: one.pool,
    endpoint: one.endpoint,
    reason: one.reason,
    streamed: one.streamed,
    outcome: one.outcome,
    status: one.status,
    errorCode: one.errorCode,
    finishReason: one.finishReason,
    queuedMs: one.queuedMs,
    ttftMs: one.ttftMs,
    tpotMs: one.tpotMs,
    usage: { ...one.usage },
    usageSource: one.usageSource,
    cost: { usd: usdText(BigInt(one.cost.nanoUsd)), nanoUsd: one.cost.nanoUsd, status: one.cost.status, missing: [...one.cost.missing], priceVersion: one.cost.priceVersion },
    attempts: one.attempts,
    clientRetry: one.clientRetry,
    requestBytes: one.requestBytes,
    responseBytes: one.responseBytes,
    fingerprint: one.fingerprint,
    responseId: one.responseId,
    toolsDeclared: [...one.toolsDeclared],
    toolsCalled: [...one.toolsCalled],
  }
}

export const SCORE = Type.Object(
  {
    id: text('its id'),
    name: text('what is judged'),
    value: orNull(Type.Number({ description: 'the number; yes and no are 1 and 0; null for categories' })),
    label: textOrNull('the category'),
    at: time('when it was given'),
    source: Type.Enum(['otlp', 'langfuse', 'api'], { description: 'who reported it' }),
    observationId: textOrNull('the step that it judges, where it is one'),
  },
  { description: 'a judgement: a score, a thumb, the outcome of a task' },
)

export function scoreView({ id, name, value, label, at, source, observationId }: Score): Static<typeof SCORE> {
  return { id, name, value, label, at: isoTime(at), source, observationId }
}
