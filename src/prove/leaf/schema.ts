import Type, { type Static } from 'typebox'
import { TOKEN_BUCKETS } from '../../core/billing/rate-card.ts'

/**
 * What a leaf of the log may say, version 1. A leaf is canonical JSON; its bytes are what is hashed and signed for. Bodies and
 * names of users are not in it: what stays for years must not have to be erased. Fields that every leaf has are added under a new `v`,
 * never changed; others are there only where there is something to say.
 */
const closed = { additionalProperties: false } as const
const { Object: object, Literal: literal, Integer: integer, Number: number, Boolean: boolean, Union: union, Array: array, Null: none } = Type
const text = Type.String({ maxLength: 256 })
const textOrNone = union([text, none()])
const count = integer({ minimum: 0 })
const time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' })
const timeOrNone = union([time, none()])
const hex = (digits: number) => Type.String({ pattern: `^[0-9a-f]{${digits}}$` })
const amount = Type.String({ pattern: '^-?\\d{1,30}$' })
const milliseconds = number({ minimum: 0 })

export const CALL_LEAF = object(
  {
    leaf: literal('call'),
    v: literal(1),
    /** Position of the call's record in the journal: grows, and shows what was left out. */
    seq: count,
    id: text,
    build: text,
    config: text,
    tenant: text,
    key: textOrNone,
    user: union([hex(32), none()]),
    api: text,
    streamed: boolean(),
    model: object({ asked: text, served: textOrNone }, closed),
    pool: textOrNone,
    endpoint: textOrNone,
    residency: textOrNone,
    reason: text,
    start: time,
    end: time,
    queuedMs: milliseconds,
    ttftMs: union([milliseconds, none()]),
    outcome: text,
    status: union([count, none()]),
    error: textOrNone,
    finish: textOrNone,
    attempts: count,
    /** Attempts before the one that answered, the first eight. */
    failed: array(object({ pool: text, status: union([count, none()]), error: text }, closed), { maxItems: 8 }),
    tokens: object(Object.fromEntries(TOKEN_BUCKETS.map((bucket) => [bucket, Type.Optional(count)])), closed),
    tokensFrom: text,
    cost: object({ nanoUsd: amount, status: text, prices: text }, closed),
    request: object({ bytes: count, commitment: union([hex(64), none()]) }, closed),
    response: object({ bytes: count }, closed),
    /** To the whole record as the journal has it. */
    record: hex(64),
    /** To the SHA-256 of the bytes that the client sent, and of those that it got; absent = none came, or the configuration does not ask for it. */
    asked: Type.Optional(hex(64)),
    answered: Type.Optional(hex(64)),
    /** To the bodies that were kept, as they are encrypted; absent = none were, or the act `body-kept` says it. */
    body: Type.Optional(hex(64)),
    /** Places that were redacted in them before; absent = none. */
    redacted: Type.Optional(count),
    /** The operator's AI system that the call belongs to; absent = none is named. */
    system: Type.Optional(text),
  },
  closed,
)

/** Administrative acts: who did what, when. `actor` null = the program itself. */
const act = <Name extends string, Fields extends Record<string, Type.TSchema>>(name: Name, fields: Fields) => object({ leaf: literal(name), v: literal(1), at: time, actor: textOrNone, ...fields }, closed)

export const ADMIN_LEAF = union([
  act('log-started', { build: text }),
  act('log-stopped', { reason: text }),
  act('config', { version: text, build: text }),
  act('intent', { tenant: text, key: text, call: text, api: text, model: text, config: text, system: Type.Optional(text) }),
  act('key-created', { tenant: text, key: text }),
  act('key-rotated', { tenant: text, key: text }),
  act('key-disabled', { tenant: text, key: text, undone: boolean() }),
  act('key-changed', { tenant: text, key: text, changed: text }),
  /** `tenant` null = all of them. Users by their ids: names and addresses can be erased. */
  act('user-invited', { tenant: textOrNone, role: text }),
  act('user-created', { tenant: textOrNone, user: text, role: text, by: union([literal('setup'), literal('invitation'), literal('identity-provider')]) }),
  act('user-changed', { tenant: textOrNone, user: text, changed: text }),
  act('secret', { secret: text, action: union([literal('stored'), literal('removed'), literal('resealed')]) }),
  act('breaker', { pool: text, endpoint: text, state: text }),
  act('human-review', { call: text, reviewer: text, decision: text }),
  act('budget-changed', { tenant: text, budget: text, scope: text, limitNanoUsd: union([amount, none()]) }),
  act('kill', { tenant: text, key: text, model: text, action: union([literal('throttled'), literal('killed')]), repeats: count, spentNanoUsd: amount }),
  act('gap', { reason: text, lost: union([count, none()]), from: timeOrNone, until: time }),
  act('retention', { days: count, override: textOrNone, before: union([count, none()]), systems: Type.Optional(text) }),
  act('erasure', { tenant: text, subject: hex(32), basis: text }),
  /** Bodies that were redacted after the call's leaf was made. */
  act('body-kept', { tenant: text, call: text, commitment: hex(64), redacted: count }),
  act('body-read', { tenant: text, call: text, purpose: text }),
  act('export', { from: timeOrNone, to: timeOrNone, tenant: textOrNone, system: Type.Optional(text), recipient: text }),
  /** That `actor` reads the log over the gateway: once an hour at most, whatever is read. */
  act('log-read', { tenant: text }),
  act('proof-given', { tenant: text, call: text }),
  /** `days`: the legal clock that runs from `at`, as data: it may change without the program. */
  act('incident', { incident: text, phase: union([literal('opened'), literal('closed')]), category: text, days: count, note: text }),
])

export type CallLeaf = Static<typeof CALL_LEAF>
export type AdminLeaf = Static<typeof ADMIN_LEAF>
export type Leaf = CallLeaf | AdminLeaf
