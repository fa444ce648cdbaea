import type { Attempt as AttemptRecord } from '../../core/call.ts'
import type { Decision, PolicyCall } from '../../core/policy/types.ts'
import { CallError, failureOf } from '../protocols/parse-error.ts'
import type { CallFailure } from '../protocols/parse-error.ts'
import type { ParsedCall, ResponseFacts, StreamNote } from '../seams.ts'
import { Answer } from './answer.ts'
import type { AnswerSink } from './answer.ts'
import { DispatchAttempt } from './attempt.ts'
import type { Attempt } from './attempt.ts'
import { brokenUpstream, refusedByPolicy } from './failure.ts'
import type { UpstreamFailure } from './failure.ts'
import type { Gate } from './gate.ts'
import { backoffMs } from './retry-after.ts'
import { RunAttempt } from './run-attempt.ts'
import type { Endpoint, Runtime } from './runtime.ts'

/** Whom a course serves: the client's side of the call. */
export interface CourseClient {
  /** Whether the client has got anything: then no other endpoint can take over. And whether it is so slow that the upstream has been paused. */
  readonly reply: { readonly begun: boolean; readonly paused: boolean }
  readonly note: StreamNote
  readonly firstToken: () => void
  readonly bytes: (out: Buffer) => void
  readonly whole: (body: Buffer) => void
  readonly ended: (last: Buffer | null) => void
  /** Nobody serves the call. `reason`: the policy's, where it refused. */
  readonly gaveUp: (failure: CallFailure, reason: string | null) => void
  /** The upstream failed after the client had got something. */
  readonly brokeOff: (failure: UpstreamFailure) => void
}

type State = 'idle' | 'waiting' | 'backoff' | 'upstream' | 'over'
type Dispatch = Extract<Decision, { kind: 'dispatch' }>

/**
 * A call's course from the policy to an upstream's answer: waits, failovers, retries, timeouts. The policy has a place for
 * the call from `decide` on; every way out gives it back, once.
 */
export class Course implements AnswerSink {
  readonly #gate: Gate
  readonly #runtime: Runtime
  readonly #call: ParsedCall
  readonly #client: CourseClient
  /** Endpoints that cannot serve the call at all, to which those that failed it are added. */
  readonly #excluded: readonly string[]
  #policyCall: PolicyCall
  #state: State = 'idle'
  #since = 0
  #backoffUntil = 0
  #attempt: Attempt | null = null
  #shareMark = 0
  #replicaMs = 0
  #lastFailure: UpstreamFailure | null = null
  readonly attempts: AttemptRecord[] = []
  answer: Answer | null = null
  endpoint: Endpoint | null = null
  /** Of the last dispatch; null = there was none. */
  reason: string | null = null
  queuedMs = 0
  /** Cancelled while an upstream worked on it. */
  stopped = false

  constructor(gate: Gate, runtime: Runtime, call: ParsedCall, policyCall: PolicyCall, client: CourseClient) {
    this.#gate = gate
    this.#runtime = runtime
    this.#call = call
    this.#policyCall = policyCall
    this.#excluded = policyCall.failed
    this.#client = client
  }

  go(): void {
    this.#follow(this.#decide())
  }

  get seen(): ResponseFacts | null {
    return this.answer?.seen ?? null
  }

  /** The call's share of the replica that it is or was last at, ms. */
  replicaMs(): number {
    return this.#state === 'upstream' ? this.endpoint!.share.soFar(this.#shareMark, this.#gate.steady()) : this.#replicaMs
  }

  /** Called on every tick. */
  check(now: number): void {
    if (this.#state === 'backoff' && now >= this.#backoffUntil) return this.#again()
    if (this.#state !== 'upstream') return
    const { firstByteMs, idleMs } = this.#runtime.config.timeouts
    const lastAt = this.answer!.lastAt
    if (lastAt === null) {
      if (now - this.#since >= firstByteMs) this.#abandon(brokenUpstream('first_byte_timeout', 'upstream_timeout', 'The upstream did not answer in time.'))
    } else if (now - lastAt >= idleMs && !this.#client.reply.paused) this.#abandon(brokenUpstream('idle_timeout', 'upstream_timeout', 'The upstream stopped in the middle of its answer.'))
  }

  pause(): void {
    this.#attempt?.pause()
  }

  resume(): void {
    if (this.#state !== 'upstream') return
    this.answer!.lastAt = this.#gate.steady()
    this.#attempt!.resume()
  }

  /** The answer is complete. */
  complete(outputTokens: number): void {
    if (this.#state !== 'upstream') return
    const now = this.#leave(null)
    this.#runtime.router.observe({ type: 'finished', callId: this.#policyCall.id, at: now, outputTokens })
  }

  /** The call is over for a reason on this side: the client went, time is up, the gateway stops. */
  cancel(): void {
    const state = this.#state
    if (state === 'over' || state === 'idle') return
    this.#attempt?.abort()
    const now = state === 'upstream' ? this.#leave('aborted') : this.#gate.steady()
    this.stopped = state === 'upstream'
    if (state === 'waiting') this.queuedMs += now - this.#since
    this.#state = 'over'
    if (state !== 'backoff') this.#giveBack(now)
  }

  // --- The policy ---

  #decide(): Decision {
    return this.#runtime.router.decide(this.#policyCall, this.#gate.steady())
  }

  #follow(decision: Decision): void {
    if (decision.kind === 'dispatch') {
      // A cheaper pool that should start meanwhile. The policy asks once, so that this is not left to a later call.
      if (decision.wake !== undefined) this.#gate.wake(decision.wake)
      return this.#dispatch(decision)
    }
    if (decision.kind === 'refuse') {
      if (this.#lastFailure !== null) return this.#backOff(this.#lastFailure)
      return this.#giveUp(refusedByPolicy(decision), decision.reason)
    }
    this.#state = 'waiting'
    this.#since = this.#gate.steady()
    this.#runtime.router.wait({ policyCall: this.#policyCall, settled: (later) => this.#released(later) }, decision.until)
    if (decision.wake !== null) this.#gate.wake(decision.wake)
  }

  #released(decision: Decision): void {
    this.queuedMs += this.#gate.steady() - this.#since
    this.#follow(decision)
  }

  #giveBack(now: number): void {
    this.#runtime.router.forget(this.#policyCall.id)
    this.#runtime.router.observe({ type: 'aborted', callId: this.#policyCall.id, at: now })
  }

  // --- The upstream ---

  #dispatch({ pool, endpoint: id, reason }: Dispatch): void {
    const endpoint = this.#runtime.endpoint(pool, id)
    if (endpoint === undefined) {
      this.#giveBack(this.#gate.steady())
      return this.#giveUp(failureOf('internal_error', 'The gateway could not route the call.'), 'unknown-endpoint')
    }
    this.#state = 'upstream'
    this.endpoint = endpoint
    this.reason = reason
    this.#since = this.#gate.steady()
    this.#shareMark = endpoint.share.enter(this.#since)
    const adapter = this.#gate.adapters[endpoint.pool.protocol]
    const answer = new Answer({ call: this.#call, endpoint, adapter, note: this.#client.note, steady: this.#gate.steady, wall: this.#gate.wall }, this)
    this.answer = answer
    const { pool: poolConfig, config } = endpoint
    const callId = this.#policyCall.id
    if (adapter.run !== undefined) {
      this.#attempt = new RunAttempt(answer, adapter.run, { call: this.#call, pool: poolConfig, endpoint: config, callId }, endpoint)
      return
    }
    const attempt = new DispatchAttempt(answer)
    this.#attempt = attempt
    try {
      const request = adapter.request(this.#call, poolConfig, config, callId)
      if (!(request instanceof Promise)) {
        answer.sent = request.headers
        return attempt.send(endpoint, request)
      }
      request.then(
        (ready) => {
          answer.sent = ready.headers
          attempt.send(endpoint, ready)
        },
        (error: unknown) => this.#unsendable(attempt, error),
      )
    } catch (error) {
      this.#unsendable(attempt, error)
    }
  }

  /** The request could not be made: the call has no translation, or no credentials were to be had. */
  #unsendable(attempt: Attempt, error: unknown): void {
    if (this.#state !== 'upstream' || this.#attempt !== attempt) return
    if (error instanceof CallError) return this.failed({ code: error.failure.code, client: error.failure, fault: error.failure.code === 'upstream_auth_failed', retryAfterMs: null, words: null })
    this.#gate.log.warn({ endpoint: this.endpoint!.key, call: this.#policyCall.id }, 'no request could be made for the upstream')
    this.failed(brokenUpstream('unsendable', 'upstream_auth_failed', 'The gateway has no credentials for the upstream: its operator has to mend this.'))
  }

  firstToken(): void {
    this.#client.firstToken()
    this.#runtime.router.observe({ type: 'first-token', callId: this.#policyCall.id, at: this.#gate.steady() })
  }

  bytes(out: Buffer): void {
    this.#client.bytes(out)
  }

  whole(body: Buffer): void {
    this.#client.whole(body)
  }

  ended(last: Buffer | null): void {
    this.#client.ended(last)
  }

  exhausted(resetMs: number): void {
    const { pool, config } = this.endpoint!
    this.#runtime.router.observe({ type: 'exhausted', pool: pool.id, endpoint: config.id, at: this.#gate.steady(), resetMs })
  }

  // --- Failure ---

  #abandon(failure: UpstreamFailure): void {
    this.#attempt!.abort()
    this.failed(failure)
  }

  /** Failover at once where another endpoint will take the call, else a retry later, else the end; never once the client has got a byte. */
  failed(failure: UpstreamFailure): void {
    if (this.#state !== 'upstream') return
    const failedKey = this.endpoint!.key
    const now = this.#leave(failure.code)
    // What waits for this endpoint's place may run on the spot; this call's own next step comes after.
    this.#runtime.router.observe({ type: 'failed', callId: this.#policyCall.id, at: now, fault: failure.fault, retryAfterMs: failure.retryAfterMs })
    if (this.#client.reply.begun) return this.#client.brokeOff(failure)
    if (!failure.fault || this.attempts.length >= this.#runtime.config.retries.attempts || !this.#gate.retries.take(now)) return this.#giveUp(failure.client, null)
    this.#lastFailure = failure
    this.#policyCall = { ...this.#policyCall, failed: [...this.#policyCall.failed, failedKey] }
    const decision = this.#decide()
    if (decision.kind !== 'dispatch' || !this.#policyCall.failed.includes(`${decision.pool}/${decision.endpoint}`)) return this.#follow(decision)
    this.#giveBack(now)
    this.#backOff(failure)
  }

  /** Nobody else is left: the same endpoints again, but not at once, and not before they want to be asked. */
  #backOff(failure: UpstreamFailure): void {
    const { retries } = this.#runtime.config
    const now = this.#gate.steady()
    const delay = backoffMs(this.attempts.length - 1, retries, failure.retryAfterMs, this.#gate.random)
    if (delay > retries.maxMs || this.attempts.length >= retries.attempts || now + delay >= (this.#policyCall.deadline ?? Number.POSITIVE_INFINITY)) return this.#giveUp(failure.client, null)
    this.#state = 'backoff'
    this.#backoffUntil = now + delay
  }

  #again(): void {
    this.#policyCall = { ...this.#policyCall, failed: this.#excluded }
    const decision = this.#decide()
    if (decision.kind === 'refuse') return this.#giveUp(this.#lastFailure!.client, null)
    this.#follow(decision)
  }

  #giveUp(failure: CallFailure, reason: string | null): void {
    this.#state = 'over'
    this.#client.gaveUp(failure, reason)
  }

  /** Away from the endpoint. `error` null = it answered. Returns the time. */
  #leave(error: string | null): number {
    const endpoint = this.endpoint!
    const now = this.#gate.steady()
    this.#state = 'over'
    this.#replicaMs = endpoint.share.leave(this.#shareMark, now)
    this.attempts.push({
      pool: endpoint.pool.id,
      endpoint: endpoint.config.id,
      reason: this.reason!,
      startedAt: this.#gate.wall() - (now - this.#since),
      durationMs: now - this.#since,
      status: this.answer!.status,
      error,
    })
    return now
  }
}
