import Type, { type Static } from 'typebox'

const name = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 256, description }))
const id = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 128, pattern: '^[^\\u0000]+$', description }))
const count = Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))

/** A call that an application reports in plain JSON: `POST /api/calls`. */
export const REPORTED_CALL = Type.Object(
  {
    id: id('your id of the call; the same id again replaces it. Default: a hash of the call'),
    startedAt: Type.Union([Type.String({ maxLength: 40 }), Type.Number()], { description: 'when it began: ISO 8601, or Unix ms' }),
    durationMs: Type.Optional(Type.Number({ minimum: 0 })),
    ttftMs: Type.Optional(Type.Number({ minimum: 0, description: 'ms to the first token' })),
    kind: Type.Optional(Type.Enum(['inference', 'embedding', 'tool', 'agent', 'chain', 'retrieval', 'other'], { description: 'default: inference' })),
    name: name('what the step is called'),
    provider: name('such as openai'),
    model: name('the model that was asked for'),
    modelServed: name('the model that answered, where it has another name'),
    responseId: name("the provider's id of the answer: joins it with the gateway's view of the same call"),
    usage: Type.Optional(Type.Object({ inputUncached: count, cacheRead: count, cacheWrite: count, output: count, reasoning: count, audioInput: count, audioOutput: count, imageInput: count }, { additionalProperties: false, description: 'tokens in disjoint buckets: inputUncached excludes cached ones, output excludes reasoning' })),
    costUsd: Type.Optional(Type.Number({ minimum: 0, maximum: 1e6, description: 'what it cost by your own reckoning: used where the catalog has no price' })),
    user: name('who caused it'),
    session: name('the conversation'),
    feature: name('the part of your product'),
    prompt: name("the prompt's name"),
    promptVersion: name("the prompt's version"),
    traceId: id('of the trace that it belongs to'),
    parentId: id('of the step above it in the trace'),
    tags: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 256 }), { maxProperties: 16 })),
    outcome: Type.Optional(Type.Enum(['ok', 'client-aborted', 'timed-out', 'error'], { description: 'default: ok' })),
    status: Type.Optional(Type.Integer({ minimum: 100, maximum: 599, description: "the provider's HTTP status" })),
    error: name('what went wrong'),
    finishReason: name('such as stop'),
    streamed: Type.Optional(Type.Boolean()),
    retry: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000, description: 'which of your own tries this is; 0 = the first' })),
  },
  { additionalProperties: false, description: 'one call' },
)
export type ReportedCall = Static<typeof REPORTED_CALL>
