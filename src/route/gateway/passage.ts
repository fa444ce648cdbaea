import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Api, CallOutcome } from '../../core/call.ts'
import { prefixHashes } from '../../core/policy/prefix-hash.ts'
import { parseBody } from '../protocols/parse-body.ts'
import { CallError, failureOf } from '../protocols/parse-error.ts'
import type { CallFailure } from '../protocols/parse-error.ts'
import type { ClientFace } from '../protocols/parse-face.ts'
import type { Admitted, Identity, ParsedCall, Rejected, ResponseFacts } from '../seams.ts'
import { checkBodyHeaders, readBody } from './body.ts'
import { Course } from './course.ts'
import type { CourseClient } from './course.ts'
import { refusedByAdmission } from './failure.ts'
import type { UpstreamFailure } from './failure.ts'
import type { Gate } from './gate.ts'
import { meter, NOTHING_USED, usdText } from './meter.ts'
import type { Metered } from './meter.ts'
import { recordOf, tokenTotals } from './record.ts'
import { passHeaders, Reply } from './reply.ts'
import type { FlatHeaders } from './reply.ts'
import type { Listed } from './roster.ts'
import type { Runtime } from './runtime.ts'

/** Bytes of a prompt that share a cache block: 16 tokens, as in vLLM, of four bytes. */
const PREFIX_BLOCK_BYTES = 64
/** Bodies up to this are read and parsed before the key is looked at: it is looked at once then. */
const SMALL_BODY_BYTES = 64 * 1024

/**
 * One call's way through the gateway, from its head to its record. Every way out goes through `#finish`, once: whatever
 * happens, there is a record, the reservation is settled, and the policy has its place back.
 */
export class Passage implements CourseClient, Listed {
  readonly runtime: Runtime
  place = -1
  readonly #gate: Gate
  readonly #face: ClientFace
  readonly #api: Api
  readonly #req: IncomingMessage
  readonly #reply: Reply
  readonly #id: string
  readonly #arrivedAt: number
  readonly #start: number
  #over = false
  #secret: string | null = null
  #identity: Identity | Rejected | null = null
  #call: ParsedCall | null = null
  #admitted: Admitted | null = null
  #fingerprint: string | null = null
  #course: Course | null = null
  #reason = 'invalid-request'
  #requestBytes = 0
  #responseBytes = 0
  #status: number | null = null
  #firstTokenAt: number | null = null
  #metered: Metered | null = null
  readonly note = (seen: ResponseFacts): Readonly<Record<string, unknown>> => this.#note(seen)

  constructor(gate: Gate, runtime: Runtime, face: ClientFace, api: Api, req: IncomingMessage, res: ServerResponse) {
    this.#gate = gate
    this.runtime = runtime
    this.#face = face
    this.#api = api
    this.#req = req
    this.#reply = new Reply(res, () => this.#course?.resume())
    this.#id = gate.newCallId()
    this.#arrivedAt = gate.wall()
    this.#start = gate.steady()
    res.on('close', () => this.#closed())
  }

  /** Socket and protocol. Nobody without a key gets more than a small body read; admission asks for it anyway, later. */
  begin(): void {
    this.#guarded(() => this.#open())
  }

  #open(): void {
    const { limits } = this.runtime.config
    this.#secret = this.#face.secret(this.#req.headers)
    try {
      checkBodyHeaders(this.#req, limits.maxBodyBytes)
    } catch (error) {
      return this.#refuse(this.#failureOf(error))
    }
    if (!(Number(this.#req.headers['content-length']) <= SMALL_BODY_BYTES) && !this.#identified()) return
    readBody(this.#req, limits.maxBodyBytes, (body) => {
      if (this.#over) return
      if (body instanceof CallError) this.#refuse(body.failure)
      else this.#guarded(() => this.#parse(body))
    })
  }

  /** Whose call it is, for its record, also where admission never saw it. False = nobody's: it has been rejected. */
  #identified(): boolean {
    if (this.#identity !== null) return true
    this.#identity = this.runtime.admission.identify(this.#secret, this.#arrivedAt)
    if (this.#identity.ok) return true
    this.#reject(this.#identity)
    return false
  }

  /** A fault of ours ends one call, with an answer and a record, and never the process. */
  #guarded(room: () => void): void {
    try {
      room()
    } catch (error) {
      this.#gate.log.error({ call: this.#id, error: whereOf(error) }, 'a call failed within the gateway')
      if (!this.#over) this.#end('upstream-failed', failureOf('internal_error', 'The gateway failed.'))
    }
  }

  /** Called on every tick: times out what has to. */
  check(now: number): void {
    const { limits, timeouts } = this.runtime.config
    if (this.#over) {
      // All is said, but the client does not take it.
      if (now >= this.#start + timeouts.totalMs) this.#reply.cut()
    } else if (this.#course === null) {
      if (now >= this.#start + limits.bodyMs) this.#refuse(failureOf('request_timeout', 'The body of the request did not come in time.'))
    } else if (now >= this.#start + timeouts.totalMs) this.#end('timed-out', failureOf('timed_out', 'The call took longer than a call may.'))
    else this.#course.check(now)
  }

  /** The gateway stops: what still runs is ended, and told so. */
  kill(): void {
    if (this.#over) this.#reply.cut()
    else this.#end('killed', failureOf('shutting_down', 'The gateway is shutting down: try again.'))
  }

  #parse(bytes: Buffer): void {
    this.#requestBytes = bytes.length
    try {
      this.#call = this.#face.parse(this.#api, parseBody(bytes, this.runtime.config.limits.maxJsonDepth), this.#req.headers)
    } catch (error) {
      return this.#refuse(this.#failureOf(error))
    }
    this.#admit(this.#call)
  }

  /** Admission: may it, now? Then on its course. */
  #admit(call: ParsedCall): void {
    const routes = this.runtime.models.get(call.model)
    const excluded = routes?.excluded[call.api] ?? null
    if (routes === undefined || excluded === null) return this.#refuse(failureOf('model_not_found', routes === undefined ? 'There is no such model.' : 'No upstream serves this model over this API.', 'model'), 'no-model')
    this.#fingerprint = this.#gate.fingerprint(call.json)
    const admitted = this.runtime.admission.admit({ secret: this.#secret, call, estimate: routes.estimate(call), fingerprint: this.#fingerprint, now: this.#arrivedAt })
    this.#identity = admitted
    if (!admitted.ok) return this.#reject(admitted)
    this.#admitted = admitted
    this.#gate.retries.call(this.#start)
    const prompt = routes.prefixMatters ? (call.spans?.at.messages ?? call.spans?.at.prompt ?? call.spans?.at.input) : undefined
    this.#course = new Course(
      this.#gate,
      this.runtime,
      call,
      {
        id: this.#id,
        model: call.model,
        promptTokens: call.promptTokens,
        maxOutputTokens: call.maxOutputTokens,
        prefix: prompt === undefined ? [] : prefixHashes(call.body.subarray(prompt.start, prompt.end), PREFIX_BLOCK_BYTES, call.model),
        priority: admitted.priority,
        residency: admitted.residency ?? call.residency,
        session: call.attribution.session,
        keyId: admitted.keyId,
        deadline: this.#start + this.runtime.config.timeouts.totalMs,
        failed: excluded,
      },
      this,
    )
    this.#course.go()
  }

  // --- What the course brings ---

  begun(): boolean {
    return this.#reply.begun
  }

  paused(): boolean {
    return this.#reply.paused
  }

  firstToken(): void {
    this.#firstTokenAt = this.#gate.steady()
  }

  bytes(out: Buffer): void {
    if (this.#over) return
    if (!this.#reply.begun) this.#beginReply()
    this.#responseBytes += out.length
    if (!this.#reply.write(out)) this.#course!.pause()
  }

  whole(body: Buffer): void {
    const answer = this.#course!.answer!
    const metered = this.#meter(answer.seen)
    const headers = this.#headers(answer.contentType)
    passHeaders(answer.headers, headers)
    for (const name in answer.notices) headers.push(name, answer.notices[name]!)
    headers.push('x-spillway-cost-usd', usdText(metered.cost))
    if (metered.status !== 'complete') headers.push('x-spillway-cost-status', metered.status)
    this.#status = answer.status
    this.#finish('ok', null, body.length, () => this.#reply.send(answer.status!, headers, body))
  }

  ended(last: Buffer | null): void {
    if (!this.#reply.begun) this.#beginReply()
    const metered = this.#meter(this.#course!.seen)
    this.#finish('ok', null, last?.length ?? 0, () => this.#reply.end(last, trailersOf(metered)))
  }

  gaveUp(failure: CallFailure, reason: string | null): void {
    if (reason !== null) return this.#refuse(failure, reason)
    this.#end(failure.code === 'upstream_timeout' ? 'timed-out' : 'upstream-failed', failure)
  }

  brokeOff({ client, words }: UpstreamFailure): void {
    this.#breakOff(client.code === 'upstream_timeout' ? 'timed-out' : 'upstream-failed', client, words)
  }

  // --- Ways out ---

  /** The response is closed: all of it has been sent, or the client has gone. */
  #closed(): void {
    if (!this.#over) this.#finish('client-aborted', 'client_aborted', 0, null)
    this.#gate.closed(this)
  }

  #reject(rejected: Rejected): void {
    this.#reason = rejected.code
    this.#end(rejected.code === 'loop_detected' ? 'killed' : 'refused', refusedByAdmission(rejected))
  }

  #refuse(failure: CallFailure, reason = 'invalid-request'): void {
    if (!this.#identified()) return
    this.#reason = reason
    this.#end('refused', failure)
  }

  /** Ends the call with an error, in the form that what the client has got so far allows. */
  #end(outcome: CallOutcome, failure: CallFailure): void {
    this.#course?.cancel()
    if (this.#reply.begun) return this.#breakOff(outcome, failure, null)
    this.#status = failure.status
    const headers = this.#headers('application/json')
    if (failure.retryAfterSeconds !== null) headers.push('retry-after', String(failure.retryAfterSeconds))
    const body = this.#face.errorBody(failure)
    this.#finish(outcome, failure.code, Buffer.byteLength(body), () => this.#reply.send(failure.status, headers, body))
  }

  /** A stream ends with an error event; an answer of a stated form can only be cut. */
  #breakOff(outcome: CallOutcome, failure: CallFailure, words: Buffer | null): void {
    if (!this.#course!.answer!.streamed) return this.#finish(outcome, failure.code, 0, () => this.#reply.cut())
    const last = words ?? Buffer.from(this.#face.streamError(this.#api, failure))
    const metered = this.#meter(this.#course!.seen)
    this.#finish(outcome, failure.code, last.length, () => this.#reply.end(last, trailersOf(metered)))
  }

  /** The end of every call. The record is handed over before the client has the last byte: nothing served goes unrecorded. */
  #finish(outcome: CallOutcome, errorCode: string | null, lastBytes: number, answer: (() => void) | null): void {
    if (this.#over) return
    this.#over = true
    const now = this.#gate.steady()
    const metered = this.#settle(outcome)
    this.#responseBytes += lastBytes
    const course = this.#course
    const identity = this.#identity
    this.#gate.record(
      recordOf({
        id: this.#id,
        tenant: identity?.tenant ?? '',
        keyId: identity?.keyId ?? null,
        api: this.#api,
        call: this.#call,
        residency: this.#admitted?.residency ?? this.#call?.residency ?? null,
        priority: this.#admitted?.priority ?? this.#call?.priority ?? 'standard',
        pool: course?.endpoint?.pool.id ?? null,
        endpoint: course?.endpoint?.config.id ?? null,
        priceVersion: course?.endpoint?.pool.priceVersion ?? '',
        reason: course?.reason ?? this.#reason,
        attempts: course?.attempts ?? [],
        arrivedAt: this.#arrivedAt,
        totalMs: now - this.#start,
        queuedMs: course?.queuedMs ?? 0,
        firstTokenMs: this.#firstTokenAt === null ? null : this.#firstTokenAt - this.#start,
        lastTokenMs: course?.answer?.lastAt === undefined || course.answer.lastAt === null ? null : course.answer.lastAt - this.#start,
        outcome,
        status: outcome === 'client-aborted' && !this.#reply.begun ? null : this.#status,
        errorCode,
        seen: course?.seen ?? null,
        metered,
        requestBytes: this.#requestBytes,
        responseBytes: this.#responseBytes,
        fingerprint: this.#fingerprint,
        configVersion: this.runtime.config.version,
      }),
    )
    answer?.()
  }

  /** Meter: what it cost, for the record and for the reservation; and the policy's place is given back. */
  #settle(outcome: CallOutcome): Metered {
    const course = this.#course
    if (outcome !== 'ok') course?.cancel()
    const served = this.#metered ?? (course !== null && mayBeBilled(course) ? this.#meter(course.seen) : NOTHING_USED)
    const totals = tokenTotals(served.usage)
    if (outcome === 'ok') course!.complete(totals.outputTokens)
    const reservation = this.#admitted?.reservation
    if (served === NOTHING_USED) reservation?.release(this.#gate.wall())
    else reservation?.settle({ cost: served.cost, ...totals }, this.#gate.wall())
    return served
  }

  /** Metered once: what the client was told is what is recorded. */
  #meter(seen: ResponseFacts | null): Metered {
    const { pool } = this.#course!.endpoint!
    return (this.#metered ??= meter(pool.card, pool.gpusPerReplica, this.#call!, seen, this.#course!.replicaMs()))
  }

  #note(seen: ResponseFacts): Readonly<Record<string, unknown>> {
    const { cost, status } = this.#meter(seen)
    return { call_id: this.#id, pool: this.#course!.endpoint!.pool.id, reason: this.#course!.reason, cost_usd: usdText(cost), cost_status: status }
  }

  #beginReply(): void {
    const answer = this.#course!.answer!
    const headers = this.#headers(answer.contentType)
    passHeaders(answer.headers, headers)
    for (const name in answer.notices) headers.push(name, answer.notices[name]!)
    if (answer.streamed) headers.push('cache-control', 'no-cache', 'x-accel-buffering', 'no')
    this.#status = answer.status
    this.#reply.begin(answer.status!, headers)
  }

  #headers(contentType: string): FlatHeaders {
    const headers = ['content-type', contentType, 'x-spillway-call-id', this.#id, 'x-spillway-reason', this.#course?.reason ?? this.#reason]
    const pool = this.#course?.endpoint?.pool.id
    if (pool !== undefined) headers.push('x-spillway-pool', pool)
    const warning = this.#admitted?.warning ?? null
    if (warning !== null) headers.push('x-spillway-warning', warning)
    return headers
  }

  #failureOf(error: unknown): CallFailure {
    if (error instanceof CallError) return error.failure
    this.#gate.log.error({ call: this.#id, error: whereOf(error) }, 'a request could not be read')
    return failureOf('internal_error', 'The gateway failed to read the request.')
  }
}

/** Whether an upstream may bill the call: it has generated something, or was stopped from this side while it worked. */
function mayBeBilled({ seen, stopped }: Course): boolean {
  return stopped || (seen !== null && (seen.usage !== null || seen.deltas > 0))
}

/** Where in the code an error arose. Its message may quote a body, and is left out. */
function whereOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return `${error.name} ${error.stack?.split('\n').find((line) => line.startsWith('    at '))?.trim() ?? ''}`
}

function trailersOf({ cost, status }: Metered): Record<string, string> {
  return { 'x-spillway-cost-usd': usdText(cost), 'x-spillway-cost-status': status }
}
