import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { vi } from 'vitest'
import { createAdmission } from '../../route/admission/admission.ts'
import type { RefusalCode } from '../../route/admission/refusals.ts'
import { chatAnswer, chatChunks, KEY, sendJson, startGateway } from '../../route/gateway/testing.ts'
import { anthropicFace } from '../../route/protocols/anthropic/face.ts'
import { openaiFace } from '../../route/protocols/openai/face.ts'
import type { CallErrorCode } from '../../route/protocols/parse-error.ts'
import { memoryControl } from '../../store/control/memory.ts'
import { SECRETS, WRONG_SECRETS } from './testing-keys.ts'
import { startWhole } from './testing-whole.ts'
import { BODY_CANARY, configOf, poolAt, type Answering, type CallParts, type Change, type World } from './testing-world.ts'

type Walk = (world: World) => Promise<string>

/** An upstream at its worst: all that it was sent, in every field. */
const all = (req: IncomingMessage, body: unknown): string => `${JSON.stringify(req.headers)} ${String(req.headers.authorization)} http://${String(req.headers.host)}${String(req.url)} ${JSON.stringify(body)}`
const echo = (req: IncomingMessage, body: unknown): Record<string, unknown> => ({ error: { message: all(req, body), type: all(req, body), code: all(req, body), param: String(req.headers.authorization) } })
const echoing = (status: number): Answering => (res, body, req) => sendJson(res, echo(req, body), status, { 'x-request-id': 'fine', 'x-echo': all(req, '') })
/** The same as an event, with every character of a secret escaped as some serializers would. */
const escaped = (json: unknown): string => JSON.stringify(json).replaceAll(/-/gu, String.raw`\u002d`)
const begin = (res: ServerResponse): boolean => res.writeHead(200, { 'content-type': 'text/event-stream' }).write(chatChunks(['a', 'b'], false).slice(0, 2).join(''))
const hangs: Answering = () => {}

/** A call that an upstream answers so. */
const upstreamAnswers = (answer: Answering, body: object = {}, change: Change = {}): Walk => async ({ upstream, configure, ask, call }) => {
  configure(change)
  upstream.answer = answer
  return ask(call({ body }))
}
/** A call that is refused by itself. */
const refused = (parts: CallParts, change: Change = {}): Walk => async ({ configure, ask, call }) => {
  configure(change)
  return ask(call(parts))
}
/** Bytes that are no call. */
const raw = (bytes: string, change: Change = {}): Walk => async ({ configure, ask }) => {
  configure(change)
  return ask(bytes)
}
const withKey = (name: string, headers: readonly string[] = []): Walk => refused({ key: SECRETS[name]!, headers })
const STREAM = { stream: true }
const FULL = { maxInFlight: 1 }

/** A loop of the same request, which has cost something; or the cost alone. */
const loop = (action: 'kill' | 'throttle' | 'off'): Walk => async ({ configure, upstream, ask, call, face }) => {
  configure({ loops: { action, repeats: 2, windowMs: 60_000, spendPerMinute: 0, ...(action === 'off' ? { spend: 'throttle' } : {}) } })
  upstream.answer = (res) => sendJson(res, chatAnswer())
  const body = { seed: action.length, ...(face === 'anthropic' ? { seed: undefined, metadata: { user_id: action } } : {}) }
  for (;;) {
    const text = await ask(call({ key: SECRETS['looping']!, body }))
    if (!text.startsWith('HTTP/1.1 200')) return text
  }
}

/** A gateway of its own that has not loaded its keys. */
const notReady: Walk = async ({ call, ask, upstream }) => {
  const admission = createAdmission({ store: memoryControl(), clock: { now: () => Date.now() }, pepper: randomBytes(32), loops: { action: 'off', repeats: 2, windowMs: 1, spendPerMinute: 0 }, flushMs: null })
  const { port } = await startGateway(configOf(upstream.url), { admission, faces: [anthropicFace, openaiFace] })
  return ask(call(), port)
}

/** A gateway of its own that cannot put a call on record, and whose disk says all that it knows. */
const unrecorded: Walk = async ({ call, ask, upstream }) => {
  const { port } = await startGateway({ ...configOf(upstream.url), audit: { mode: 'strict', remember: null, witnesses: [], quorum: 0, bodies: null } }, { faces: [anthropicFace, openaiFace], intend: (intent) => Promise.reject(new Error(`${JSON.stringify(intent)} ${upstream.url}`)) })
  return ask(call({ key: KEY }), port)
}

/** A server of its own that stops while it has the call. */
const stopping = (body: object, answer: Answering): Walk => async ({ call, ask, upstream }) => {
  const config = configOf(upstream.url)
  const whole = await startWhole({ ...config, server: { ...config.server, drainMs: 0 } })
  upstream.answer = (res, ...rest) => {
    answer(res, ...rest)
    void whole.server.stop()
  }
  return ask(call({ key: whole.staticKey, body }), whole.server.port)
}

/** A fault of ours: the face throws all that it was given. */
const defect: Walk = async ({ face, configure, call, ask }) => {
  configure()
  const spy = vi.spyOn(face === 'openai' ? openaiFace : anthropicFace, 'parse').mockImplementationOnce((_api, body, headers) => {
    throw new Error(`${body.bytes.toString()} ${JSON.stringify(headers)}`)
  })
  try {
    return await ask(call())
  } finally {
    spy.mockRestore()
  }
}

/** At least one walk to every error that a client of the gateway can meet. A code without one does not compile. */
export const WALKS: Readonly<Record<CallErrorCode | RefusalCode | 'upstream_rejected', Readonly<Record<string, Walk>>>> = {
  invalid_json: { truncated: refused({ body: `{"model":"m","x":"${BODY_CANARY}` }) },
  invalid_utf8: { 'a stray byte': refused({ body: Buffer.concat([Buffer.from(`{"${BODY_CANARY}`), Buffer.from([0xff])]) }) },
  json_too_deep: { brackets: refused({ body: `{"${BODY_CANARY}":${'['.repeat(100)}` }) },
  duplicate_key: { model: refused({ body: `{"model":"m","model":"${BODY_CANARY}"}` }) },
  invalid_value: {
    'no model': refused({ body: `{"messages":"${BODY_CANARY}"}` }),
    'a priority that is none': refused({ headers: [`x-spillway-priority: ${BODY_CANARY}`] }),
    'a region that is none': refused({ headers: [`x-spillway-data-region: ${BODY_CANARY}!`] }),
    'a stream that is none': refused({ body: { stream: BODY_CANARY } }),
  },
  bad_request: { 'no HTTP': raw(`${BODY_CANARY}\r\n\r\n`), 'no host': raw(`GET /${BODY_CANARY} HTTP/1.1\r\n\r\n`), 'a broken body': raw(`POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${SECRETS['open']!}\r\ntransfer-encoding: chunked\r\n\r\n${BODY_CANARY}\r\n`) },
  not_translatable: { 'a field of the other protocol': async (world) => refused({ body: world.face === 'openai' ? { n: 2 } : { container: 'c1' } }, { pools: [poolAt(world.upstream.url, { protocol: world.face === 'openai' ? 'anthropic' : 'openai' })] })(world) },
  residency_unavailable: { 'no pool there': refused({ headers: ['x-spillway-data-region: eu'] }) },
  not_found: { 'no such path': async (world) => refused({ path: world.face === 'openai' ? `/v1/${BODY_CANARY}` : `/v1/messages/${BODY_CANARY}` })(world) },
  model_not_found: { 'no such model': refused({ body: { model: 'nope' } }), 'not by this API': async (world) => refused({}, { pools: [poolAt(world.upstream.url, { apis: ['embeddings'] })] })(world) },
  method_not_allowed: { PUT: refused({ method: 'PUT' }) },
  request_timeout: {
    'a body that does not come': async ({ configure, ask, call }) => {
      configure({ over: { limits: { bodyMs: 50 } } })
      return ask(call().subarray(0, -3))
    },
  },
  body_too_large: { 'by its length': refused({}, { over: { limits: { maxBodyBytes: 50 } } }) },
  unsupported_media_type: { text: refused({ headers: [`content-type: text/${BODY_CANARY}`] }) },
  unsupported_encoding: { gzip: refused({ headers: [`content-encoding: ${BODY_CANARY}`] }) },
  headers_too_large: { 'one large': refused({ headers: [`x: ${BODY_CANARY.repeat(2000)}`] }) },
  internal_error: { 'a defect': defect },
  upstream_failed: {
    ...Object.fromEntries([408, 500, 501, 502, 503, 504, 529].map((status) => [`a ${status}`, upstreamAnswers(echoing(status))])),
    'an error under a 200': upstreamAnswers(echoing(200)),
    'an error as the first event': upstreamAnswers((res, body, req) => void res.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${JSON.stringify(echo(req, body))}\n\n`), STREAM),
    'an error in the middle of a stream': upstreamAnswers((res, body, req) => void (begin(res), res.end(`data: ${JSON.stringify(echo(req, body))}\n\n`)), STREAM),
    'a credential in escapes in the middle of a stream': upstreamAnswers((res, _body, req) => void (begin(res), res.end(`data: ${escaped({ error: { message: String(req.headers.authorization), code: 'x' } })}\n\n`)), STREAM),
    'a reset in the middle of a stream': upstreamAnswers((res) => void (begin(res), setImmediate(() => res.socket!.resetAndDestroy())), STREAM),
    'a connection refused': async (world) => refused({}, { pools: [poolAt('http://127.0.0.1:1')] })(world),
    'a name that is none': async (world) => refused({}, { pools: [poolAt('http://no-such-host.invalid')] })(world),
  },
  upstream_rejected: Object.fromEntries([400, 404, 405, 409, 413, 415, 422, 451].map((status) => [`a ${status}`, upstreamAnswers(echoing(status))])),
  upstream_auth_failed: Object.fromEntries([401, 402, 403, 407].map((status) => [`a ${status}`, upstreamAnswers(echoing(status))])),
  upstream_invalid_response: {
    'another type': upstreamAnswers((res, body, req) => void res.writeHead(200, { 'content-type': 'text/html' }).end(all(req, body))),
    'no JSON': upstreamAnswers((res, body, req) => void res.writeHead(200, { 'content-type': 'application/json' }).end(all(req, body))),
    'a redirect': upstreamAnswers((res, body, req) => void res.writeHead(302, { location: `/?${encodeURIComponent(all(req, body))}` }).end(all(req, body))),
    'an end in the middle of a stream': upstreamAnswers((res, body, req) => void (begin(res), res.end(`data: ${all(req, body)}`)), STREAM),
  },
  upstream_rate_limited: { 'a 429': upstreamAnswers(echoing(429)) },
  upstreams_unavailable: {
    'an open breaker': async ({ configure, upstream, ask, call }) => {
      configure({ policy: { breaker: { failureShare: 1, minimum: 1, consecutive: 1, windowMs: 10_000, openMs: 60_000, maxOpenMs: 60_000, probes: 1 } } })
      upstream.answer = echoing(500)
      await ask(call())
      return ask(call())
    },
  },
  realtime_unavailable: { 'nobody warm': async (world) => refused({ headers: ['x-spillway-priority: realtime'] }, { pools: [poolAt(world.upstream.url, { alwaysWarm: false })] })(world) },
  queue_full: {
    'nobody may wait': async ({ configure, upstream, hold, ask, call }) => {
      configure({ pools: [poolAt(upstream.url, FULL)], policy: { queue: { limit: 0, maxWaitMs: 1000 } } })
      await hold()
      return ask(call())
    },
  },
  wait_expired: {
    'no room in time': async ({ configure, upstream, hold, ask, call }) => {
      configure({ pools: [poolAt(upstream.url, FULL)], policy: { queue: { limit: 9, maxWaitMs: 50 } } })
      await hold()
      return ask(call())
    },
  },
  audit_unavailable: { 'a disk that refuses': unrecorded },
  shutting_down: { 'before an answer': stopping({}, hangs), 'in the middle of a stream': stopping(STREAM, begin) },
  upstream_timeout: { 'not a byte': upstreamAnswers(hangs, {}, { over: { timeouts: { firstByteMs: 50 } } }), 'silence in the middle of a stream': upstreamAnswers(begin, STREAM, { over: { timeouts: { idleMs: 50 } } }) },
  timed_out: { 'before an answer': upstreamAnswers(hangs, {}, { over: { timeouts: { totalMs: 50 } } }), 'in the middle of a stream': upstreamAnswers(begin, STREAM, { over: { timeouts: { totalMs: 100 } } }) },
  missing_api_key: { none: refused({ key: null }) },
  invalid_api_key: Object.fromEntries(Object.entries(WRONG_SECRETS).map(([what, key]) => [what, refused({ key })])),
  api_key_superseded: { 'the old one': withKey('superseded') },
  api_key_disabled: { disabled: withKey('disabled') },
  api_key_expired: { expired: withKey('expired') },
  scope_missing: { 'to read': withKey('scopeless') },
  model_not_allowed: { 'another one': withKey('narrow') },
  residency_conflict: { 'another region': withKey('american', ['x-spillway-data-region: eu']) },
  rate_limit_exceeded: { 'no request a minute': withKey('slow') },
  request_exceeds_rate_limit: { 'one token a minute': withKey('small') },
  concurrency_limit_exceeded: { 'none at once': withKey('single') },
  loop_detected: { kill: loop('kill') },
  loop_throttled: { throttle: loop('throttle') },
  spend_throttled: { 'no repeats': loop('off') },
  budget_exceeded: { 'nothing left': withKey('poor') },
  budget_reserved: {
    'all of it held': async ({ face, configure, hold, ask, call }) => {
      configure()
      await hold({ key: SECRETS[`tight-${face}`]! })
      return ask(call({ key: SECRETS[`tight-${face}`]! }))
    },
  },
  admission_not_ready: { 'before the first load': notReady },
}
