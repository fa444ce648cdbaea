import type { IncomingMessage, ServerResponse } from 'node:http'
import { tokenTotals } from '../../core/billing/token-totals.ts'
import type { Api, CallIntent, CallOutcome } from '../../core/call.ts'
import { repeatedSteps } from '../protocols/agent-steps.ts'
import { parseBody } from '../protocols/parse-body.ts'
import type { AuditMode } from '../config-types.ts'
import { CallError, failureOf } from '../protocols/parse-error.ts'
import type { CallFailure } from '../protocols/parse-error.ts'
import type { ClientFace } from '../protocols/parse-face.ts'
import type { Admitted, Identity, ParsedCall, Rejected, ResponseFacts } from '../seams.ts'
import { BodyHash } from './body-hash.ts'
import { BodyTap, type KeptBodies } from './body-tap.ts'
import { checkBodyHeaders, isSmall, readBody } from './body.ts'
import { Course } from './course.ts'
import type { CourseClient } from './course.ts'
import { refusedByAdmission } from './failure.ts'
import type { UpstreamFailure } from './failure.ts'
import type { Gate } from './gate.ts'
import { answerHead, costTrailers, ownHead, pushCost } from './heads.ts'
import type { HeadFacts } from './heads.ts'
import { meter, NOTHING_USED, usdText } from './meter.ts'
import type { Metered } from './meter.ts'
import { policyCallOf, residencyOf } from './policy-call.ts'
import { recordOf } from './record.ts'
import { Reply } from './reply.ts'
import type { Listed } from './roster.ts'
import type { Runtime } from './runtime.ts'
import { mayBeBilled, settle } from './settle.ts'
import { whereOf } from './where-of.ts'

/**
 * One call's way through the gateway, from its head to its record. Every way out goes through `#finish`, once: whatever
 * happens, there is a record, the reservation is settled, and the policy has its place back.
 */
export class Passage implements CourseClient, Listed {
  readonly runtime: Runtime
  place = -1
  readonly reply: Reply
  readonly #gate: Gate
  readonly #face: ClientFace
  readonly #api: Api
  readonly #req: IncomingMessage
  readonly #id: string
  readonly #arrivedAt: number
  readonly #start: number
  #over = false
  #secret: string | null = null
  #identity: Identity | Rejected | null = null
  #call: ParsedCall | null = null
  #admitted: Admitted | null = null
  #fingerprint: string | null = null
  #stepRepeats = 1
  /** It waits, or has waited, for the record of its intent. */
  #intending = false
  #course: Course | null = null
  #reason = 'invalid-request'
  #requestBytes = 0
  #responseBytes = 0
  #status: number | null = null
  #firstTokenAt: number | null = null
  #metered: Metered | null = null
  readonly #tap: BodyTap | null
  readonly #hash: BodyHash | null
  /** What a stream's usage event says besides. */
  readonly note = (seen: ResponseFacts): Readonly<Record<string, unknown>> => {
    const { cost, status } = this.#meter(seen)
    return { call_id: this.#id, pool: this.#course!.endpoint!.pool.id, reason: this.#course!.reason, cost_usd: usdText(cost), cost_status: status }
  }

  constructor(gate: Gate, runtime: Runtime, face: ClientFace, api: Api, req: IncomingMessage, res: ServerResponse) {
    this.#gate = gate
    this.runtime = runtime
    this.#face = face
    this.#api = api
    this.#req = req
    this.#tap = gate.bodies === null ? null : new BodyTap(gate.bodies.maxBytes)
    this.#hash = gate.intend !== null && (runtime.config.audit.hashBodies ?? true) ? new BodyHash() : null
    this.reply = new Reply(res, () => this.#course?.resume())
    this.#id = gate.newCallId()
    this.#arrivedAt = gate.wall()
    this.#start = gate.steady()
    res.on('close', this.#closed)
    // A call in a pipeline waits for its turn at the socket; until then its response does not hear of the socket's end.
    if (res.socket === null) req.socket.once('close', this.#closed)
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
      if (!(error instanceof CallError)) throw error
      return this.#refuse(error.failure)
    }
    if (!isSmall(this.#req) && !this.#identified()) return
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
      if (now >= this.#start + timeouts.totalMs) this.reply.cut()
    } else if (this.#course === null && !this.#intending) {
      if (now >= this.#start + limits.bodyMs) this.#refuse(failureOf('request_timeout', 'The body of the request did not come in time.'))
    } else if (now >= this.#start + timeouts.totalMs) this.#end('timed-out', failureOf('timed_out', 'The call took longer than a call may.'))
    else this.#course?.check(now)
  }

  /** The gateway stops: what still runs is ended, and told so. */
  kill(): void {
    if (this.#over) this.reply.cut()
    else this.#end('killed', failureOf('shutting_down', 'The gateway is shutting down: try again.'))
  }

  #parse(bytes: Buffer): void {
    this.#requestBytes = bytes.length
    this.#tap?.request(bytes)
    this.#hash?.request(bytes)
    try {
      this.#call = this.#face.parse(this.#api, parseBody(bytes, this.runtime.config.limits.maxJsonDepth), this.#req.headers)
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      return this.#refuse(error.failure)
    }
    this.#admit(this.#call)
  }

  /** Admission: may it, now? Then on its course. */
  #admit(call: ParsedCall): void {
    const routes = this.runtime.models.get(call.model)
    const excluded = routes?.excluded[call.api] ?? null
    if (routes === undefined || excluded === null) return this.#refuse(failureOf('model_not_found', routes === undefined ? 'There is no such model.' : 'No upstream serves this model over this API.', 'model'), 'no-model')
    this.#fingerprint = this.#gate.fingerprint(call.json)
    const repeated = repeatedSteps(call.api, call.json)
    this.#stepRepeats = repeated?.times ?? 1
    const admitted = this.runtime.admission.admit({ secret: this.#secret, call, estimate: routes.estimate(call), fingerprint: this.#fingerprint, repeated, now: this.#arrivedAt })
    this.#identity = admitted
    if (!admitted.ok) return this.#reject(admitted)
    this.#admitted = admitted
    this.#gate.retries.call(this.#start)
    const begin = (): void => {
      const deadline = this.#start + this.runtime.config.timeouts.totalMs
      this.#course = new Course(this.#gate, this.runtime, call, policyCallOf(this.#id, call, admitted, deadline, excluded, routes.prefixMatters), this)
      this.#course.go()
    }
    if (this.#gate.intend === null || this.#auditMode() !== 'strict') begin()
    else this.#intend(this.#gate.intend, call, admitted, begin)
  }

  /** Strict audit: that the call is about to be served is on disk before an upstream hears of it, or it is not served. */
  #intend(intend: NonNullable<Gate['intend']>, call: ParsedCall, { tenant, keyId }: Admitted, begin: () => void): void {
    this.#intending = true
    const system = this.#system()
    const intent: CallIntent = { kind: 'intent', schemaVersion: 1, id: this.#id, tenant, keyId, api: this.#api, modelAsked: call.model, ...(system === null ? {} : { system }), arrivedAt: this.#arrivedAt, configVersion: this.runtime.config.version }
    intend(intent).then(
      () => {
        if (!this.#over) this.#guarded(begin)
      },
      () => {
        if (!this.#over) this.#guarded(() => this.#refuse(failureOf('audit_unavailable', 'The call could not be put on record, so it was not served.', null, 1), 'audit-unavailable'))
      },
    )
  }

  firstToken(): void {
    this.#firstTokenAt = this.#gate.steady()
  }

  bytes(out: Buffer): void {
    if (this.#over) return
    if (!this.reply.begun) this.#beginReply()
    this.#responseBytes += out.length
    this.#answered(out)
    if (!this.reply.write(out)) this.#course!.pause()
  }

  whole(body: Buffer): void {
    this.#guarded(() => {
      const answer = this.#course!.answer!
      const headers = answerHead(this.#headFacts(), answer)
      pushCost(headers, this.#meter(answer.seen))
      this.#status = answer.status
      this.#answered(body)
      this.#finish('ok', null, body.length, () => this.reply.send(answer.status!, headers, body))
    })
  }

  ended(last: Buffer | null): void {
    this.#guarded(() => {
      if (!this.reply.begun) this.#beginReply()
      const metered = this.#meter(this.#course!.seen)
      if (last !== null) this.#answered(last)
      this.#finish('ok', null, last?.length ?? 0, () => this.reply.end(last, costTrailers(metered)))
    })
  }

  gaveUp(failure: CallFailure, reason: string | null): void {
    if (reason !== null) return this.#refuse(failure, reason)
    this.#end(failure.code === 'upstream_timeout' ? 'timed-out' : 'upstream-failed', failure)
  }

  brokeOff({ client, words }: UpstreamFailure): void {
    this.#breakOff(client.code === 'upstream_timeout' ? 'timed-out' : 'upstream-failed', client, words)
  }

  /** The response is closed: all of it has been sent, or the client has gone. */
  readonly #closed = (): void => {
    this.#req.socket.off('close', this.#closed)
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
    if (this.reply.begun) return this.#breakOff(outcome, failure, null)
    this.#status = failure.status
    const headers = ownHead(this.#headFacts())
    if (failure.retryAfterSeconds !== null) headers.push('retry-after', String(failure.retryAfterSeconds))
    const body = this.#face.errorBody(failure)
    this.#finish(outcome, failure.code, Buffer.byteLength(body), () => this.reply.send(failure.status, headers, body))
  }

  /** A stream ends with an error event; an answer of a stated form can only be cut. */
  #breakOff(outcome: CallOutcome, failure: CallFailure, words: Buffer | null): void {
    if (!this.#course!.answer!.streamed) return this.#finish(outcome, failure.code, 0, () => this.reply.cut())
    const last = words ?? Buffer.from(this.#face.streamError(this.#api, failure))
    const metered = this.#meter(this.#course!.seen)
    this.#finish(outcome, failure.code, last.length, () => this.reply.end(last, costTrailers(metered)))
  }

  /** The end of every call. The record is handed over before the client has the last byte: nothing served goes unrecorded. */
  #finish(outcome: CallOutcome, errorCode: string | null, lastBytes: number, answer: (() => void) | null): void {
    if (this.#over) return
    this.#over = true
    const now = this.#gate.steady()
    const metered = this.#settle(outcome)
    this.#responseBytes += lastBytes
    this.#gate.record(
      recordOf({
        id: this.#id,
        api: this.#api,
        identity: this.#identity,
        call: this.#call,
        residency: residencyOf(this.#call, this.#admitted),
        priority: this.#admitted?.priority ?? this.#call?.priority ?? 'standard',
        course: this.#course,
        reason: this.#reason,
        arrivedAt: this.#arrivedAt,
        start: this.#start,
        end: now,
        firstTokenAt: this.#firstTokenAt,
        outcome,
        status: outcome === 'client-aborted' && !this.reply.begun ? null : this.#status,
        errorCode,
        metered,
        requestBytes: this.#requestBytes,
        responseBytes: this.#responseBytes,
        fingerprint: this.#fingerprint,
        stepRepeats: this.#stepRepeats,
        hashSegments: this.runtime.config.records.hashSegments,
        configVersion: this.runtime.config.version,
        bodies: this.#keepBodies(),
        hashes: this.#unaudited() ? null : (this.#hash?.taken() ?? null),
        system: this.#system(),
        unaudited: this.#unaudited(),
      }),
    )
    try {
      answer?.()
    } catch (error) {
      this.#gate.log.error({ call: this.#id, error: whereOf(error) }, 'an answer could not be sent')
      this.reply.cut()
    }
  }

  /** What the client gets of an upstream's answer. */
  #answered(bytes: Buffer): void {
    this.#tap?.response(bytes)
    this.#hash?.response(bytes)
  }

  #auditMode(): AuditMode {
    return this.runtime.audit.mode(this.#call?.model ?? '')
  }

  /** There is a log, and the configuration keeps the call out of it. */
  #unaudited(): boolean {
    return this.#gate.intend !== null && this.#auditMode() === 'off'
  }

  #system(): string | null {
    return this.runtime.audit.system({ key: this.#identity?.keyId ?? null, feature: this.#call?.attribution.feature ?? null, model: this.#call?.model ?? '' })
  }

  /** Of calls that were admitted, whatever became of them. */
  #keepBodies(): KeptBodies | null {
    const { bodies } = this.#gate
    if (bodies === null || this.#tap === null || this.#admitted === null || this.#unaudited()) return null
    return bodies.keep({ id: this.#id, tenant: this.#admitted.tenant, user: this.#call?.attribution.user ?? null, at: this.#arrivedAt, ...this.#tap.taken() })
  }

  /** Meter: what it cost, for the record and for the reservation; and the policy's place is given back. */
  #settle(outcome: CallOutcome): Metered {
    const course = this.#course
    if (outcome !== 'ok') course?.cancel()
    const served = this.#metered ?? (course !== null && mayBeBilled(course) ? this.#meter(course.seen) : NOTHING_USED)
    const totals = tokenTotals(served.usage)
    if (outcome === 'ok') course!.complete(totals.outputTokens)
    if (this.#admitted !== null) settle(this.#gate, this.#id, this.#admitted.reservation, served, totals)
    return served
  }

  /** Metered once: what the client was told is what is recorded. */
  #meter(seen: ResponseFacts | null): Metered {
    const { pool } = this.#course!.endpoint!
    return (this.#metered ??= meter(pool.card, pool.gpusPerReplica, this.#call!, seen, this.#course!.replicaMs()))
  }

  #beginReply(): void {
    const answer = this.#course!.answer!
    this.#status = answer.status
    this.reply.begin(answer.status!, answerHead(this.#headFacts(), answer))
  }

  #headFacts(): HeadFacts {
    return { callId: this.#id, reason: this.#course?.reason ?? this.#reason, pool: this.#course?.endpoint?.pool.id ?? null, warning: this.#admitted?.warning ?? null }
  }
}
