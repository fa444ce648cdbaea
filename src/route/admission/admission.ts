import type { KeyRow } from '../../store/control.ts'
import type { LoopConfig, ServerConfig } from '../config-types.ts'
import type { Admission, AdmissionRequest, Admitted, Identity, Rejected } from '../seams.ts'
import { BudgetBook } from './budget-book.ts'
import { KeyRing } from './key-ring.ts'
import { hashSecret } from './key-secret.ts'
import { CONFLICT, OPEN_RULES, stricterPriority, stricterResidency } from './key-rules.ts'
import { type KeyState, TOKENS } from './key-state.ts'
import { LoopGuard, type LoopFinding, type Watched } from './loop-guard.ts'
import { type AdmissionEvent, type AdmissionOptions, type AdmissionStats, DEFAULT_LIMITS, type LoopEvent } from './options.ts'
import { heldTokens, overRate, takeRate } from './rate-limits.ts'
import { loopStopped, overBudget, refuse, type Refused } from './refusals.ts'
import { type Actual, Held, type Keeper, OpenReservations } from './reservations.ts'
import { SteadyClock } from './steady-clock.ts'
import { StoreSync } from './store-sync.ts'

const RESERVATION_MS = 20 * 60_000
const FLUSH_MS = 1000

export interface RunningAdmission extends Admission {
  /** Reads keys, budgets and spend anew; needed once before the first call where there is a store. Rejects where the store does. */
  readonly reload: () => Promise<void>
  /** Another rule for loops, from a new configuration. */
  readonly configureLoops: (loops: LoopConfig) => void
  /** Other static keys, from a new configuration: those that are gone work no more. */
  readonly configureStaticKeys: (keys: ServerConfig['staticKeys']) => void
  /** Lets time pass where no call comes: reservations expire. The timer does it. */
  readonly tick: (now: number) => void
  /** Writes what was spent since the last time. Rejects where the store does, and loses nothing by it. */
  readonly flush: () => Promise<void>
  /** Refuses new calls, stops the timer and writes the rest. */
  readonly close: () => Promise<void>
  readonly stats: () => AdmissionStats
}

/**
 * Decides from memory who may do what. In order: key, scope, model, residency, requests and tokens a minute, calls at
 * once, loops, budgets; a refused call counts nowhere. Everything happens in one turn of the event loop, so that no two
 * calls can take the same room. README.md beside this file has the exact semantics.
 */
export function createAdmission(options: AdmissionOptions): RunningAdmission {
  return new MemoryAdmission(options)
}

class MemoryAdmission implements RunningAdmission, Keeper {
  readonly #options: AdmissionOptions
  readonly #steady = new SteadyClock()
  readonly #keys: KeyRing
  readonly #book: BudgetBook
  readonly #loops: LoopGuard
  readonly #open = new OpenReservations()
  readonly #reservationMs: number
  /** Null where there is no store. */
  readonly #sync: StoreSync | null
  readonly #refused = new Map<string, number>()
  #closed = false
  #admitted = 0
  #expiredCount = 0
  #timer: NodeJS.Timeout | null = null
  #working = false

  constructor(options: AdmissionOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.#options = options
    this.#keys = new KeyRing(options.pepper, limits.cachedSecrets)
    this.#book = new BudgetBook(limits.subjectsPerBudget)
    this.#loops = new LoopGuard(options.loops, limits.watchedRequests, limits.watchedSessions)
    this.#reservationMs = options.reservationMs ?? RESERVATION_MS
    const staticKeys = staticRows(options.staticKeys ?? [], options.pepper)
    this.#keys.replace(staticKeys)
    this.#sync = options.store === null ? null : new StoreSync(options.store, options.clock, this.#keys, this.#book, this.#open, staticKeys)
    this.#steady.advance(options.clock.now())
    const flushMs = options.flushMs === undefined ? FLUSH_MS : options.flushMs
    if (flushMs !== null) this.#timer = setInterval(() => void this.#work(), flushMs).unref()
  }

  admit(request: AdmissionRequest): Admitted | Rejected {
    const { call, now } = request
    const elapsed = this.#pass(now)
    const key = this.#unlock(request.secret, now)
    if ('ok' in key) return this.#count(key)
    if (!key.mayCall) return this.#count(refuse(key, 403, 'scope_missing', 'This key may not make calls. Use a key with the scope "call".'))
    if (key.mayUse !== null && !key.mayUse(call.model)) return this.#count(refuse(key, 403, 'model_not_allowed', 'This key may not use this model. GET /v1/models lists those that it may.'))
    const residency = stricterResidency(key.residency, call.residency)
    if (residency === CONFLICT) return this.#count(refuse(key, 403, 'residency_conflict', `This key is held to region "${key.residency}", and the call asks for another. Leave the call's region out or use another key.`))

    const tokens = key.tpm === null ? 0 : heldTokens(call.promptTokens, call.maxOutputTokens, key.tpm)
    const busy = overRate(key, call.promptTokens, tokens, elapsed)
    if (busy !== null) return this.#count(busy)

    const { session, user, feature } = call.attribution
    const watched = request.fingerprint === null || !this.#loops.on ? null : this.#loops.watch(key, session, feature, request.fingerprint, request.repeated ?? null)
    const loop = watched === null ? null : this.#loops.judge(watched, elapsed)
    if (loop !== null && loop.verdict !== 'pass') {
      this.#report(request, key, watched!, loop)
      if (loop.verdict !== 'warn') return this.#count(loopStopped(key, watched!, loop, session))
    }

    const estimate = request.estimate > 0n ? request.estimate : 0n
    const windows = this.#book.windows(key.tenant, key.id, user, feature, call.model, now)
    const full = this.#book.reserve(windows, estimate)
    if (full !== null) {
      const end = this.#book.calendar.end(full.budget.row.period)
      return this.#count(overBudget(key, full, estimate, end === null ? null : end - now))
    }

    // From here on nothing refuses: take the rest at once.
    key.inFlight++
    const slot = key.minute === null ? 0 : takeRate(key.minute, tokens, elapsed)
    if (watched !== null) this.#loops.passed(watched, elapsed)
    const reservation = new Held(this, elapsed, key, windows, estimate, key.tpm === null ? null : key.minute, tokens, slot, watched)
    this.#open.add(reservation)
    this.#admitted++
    const priority = stricterPriority(key.priority, call.priority)
    return { ok: true, keyId: key.id, tenant: key.tenant, models: key.models, mayIngest: key.mayIngest, mayRead: key.mayRead, mayAudit: key.mayAudit, mayAdminister: key.mayAdminister, residency, priority, reservation, warning: loop?.verdict !== 'warn' ? null : loop.by === 'spend' ? 'spend' : 'loop' }
  }

  identify(secret: string | null, now: number): Identity | Rejected {
    const key = this.#unlock(secret, now)
    return 'ok' in key ? this.#count(key) : { ok: true, keyId: key.id, tenant: key.tenant, models: key.models, mayIngest: key.mayIngest, mayRead: key.mayRead, mayAudit: key.mayAudit, mayAdminister: key.mayAdminister }
  }

  configureLoops(loops: LoopConfig): void {
    this.#loops.configure(loops)
  }

  configureStaticKeys(keys: ServerConfig['staticKeys']): void {
    const rows = staticRows(keys, this.#options.pepper)
    if (this.#sync === null) this.#keys.replace(rows)
    else this.#sync.setStaticKeys(rows)
  }

  settled(held: Held, actual: Actual, now: number): void {
    const elapsed = this.#pass(now)
    const cost = actual.cost > 0n ? actual.cost : 0n
    if (held.state === 'open') {
      this.#close(held)
      this.#book.settle(held.windows, held.estimate, cost)
    } else this.#book.book(held.windows, cost)
    held.state = 'done'
    held.minute?.adjust(held.slot, actual.promptTokens + actual.outputTokens - held.tokens, TOKENS)
    if (held.watched !== null && cost > 0n) this.#loops.spent(held.watched, Number(cost), elapsed)
  }

  released(held: Held, now: number): void {
    this.#pass(now)
    this.#return(held)
    held.state = 'done'
    held.minute?.adjust(held.slot, -held.tokens, TOKENS)
    if (held.watched !== null) this.#loops.retract(held.watched, held.since)
  }

  tick(now: number): void {
    this.#pass(now)
  }

  reload(): Promise<void> {
    return this.#sync?.reload() ?? Promise.resolve()
  }

  flush(): Promise<void> {
    return this.#sync?.flush(this.#pass(this.#options.clock.now()), false) ?? Promise.resolve()
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    await this.#sync?.flush(this.#pass(this.#options.clock.now()), true)
  }

  stats(): AdmissionStats {
    return {
      ready: this.#sync?.loaded ?? true,
      ...this.#keys.stats(),
      ...this.#book.stats(),
      reservations: this.#open.size,
      expiredReservations: this.#expiredCount,
      ...this.#loops.stats(),
      admitted: this.#admitted,
      refused: Object.fromEntries(this.#refused),
    }
  }

  #unlock(secret: string | null, now: number): KeyState | Refused {
    if (this.#closed || this.#sync?.loaded === false) return refuse(null, 429, 'admission_not_ready', 'Spillway is starting or stopping. Try again in a moment.', 1000)
    if (secret === null || secret === '') return refuse(null, 401, 'missing_api_key', 'No API key was sent. Send "Authorization: Bearer sw_...".')
    const key = this.#keys.find(secret, now)
    if (key === 'unknown') return refuse(null, 401, 'invalid_api_key', 'Nobody knows this API key. Create one with "spillway keys create".')
    if (key === 'mistyped') return refuse(null, 401, 'invalid_api_key', 'This API key has a typing error or is cut off: its checksum is wrong. Copy it again.')
    if (key === 'superseded') return refuse(null, 401, 'api_key_superseded', 'This API key was rotated and its time of grace is over. Use the new one.')
    if (now >= key.endsAt) return ended(key, now)
    if (key.usedAt === 0) this.#sync?.used(key)
    key.usedAt = now
    return key
  }

  #count(refused: Refused): Refused {
    this.#refused.set(refused.code, (this.#refused.get(refused.code) ?? 0) + 1)
    return refused
  }

  #report({ call, fingerprint, now }: AdmissionRequest, { row }: KeyState, { rule, steps }: Watched, { verdict, by, repeats, spent, news }: LoopFinding): void {
    // One warning where a loop begins is enough; stops are told one by one.
    if (!news) return
    const { windowMs, spendPerMinute } = rule
    const type: LoopEvent['type'] = verdict === 'kill' ? 'loop-killed' : by === 'spend' ? (verdict === 'throttle' ? 'spend-throttled' : 'spend-warned') : verdict === 'throttle' ? 'loop-throttled' : 'loop-warned'
    const { session, feature } = call.attribution
    const money = { spent: BigInt(Math.round(spent)), spendPerMinute: BigInt(Math.round(spendPerMinute)) }
    this.#tell({ type, at: now, tenant: row.tenant, keyId: row.id, session, feature, model: call.model, fingerprint: fingerprint!, by, tool: by === 'steps' ? steps!.tool : null, repeats, windowMs, ...money })
  }

  #tell(event: AdmissionEvent): void {
    try {
      this.#options.onEvent?.(event)
    } catch {
      // A listener's failure is not the call's.
    }
  }

  /** Lets time pass and returns it; reservations that are over return what they hold. */
  #pass(now: number): number {
    const elapsed = this.#steady.advance(now)
    for (let old = this.#open.olderThan(elapsed - this.#reservationMs); old !== null; old = this.#open.olderThan(elapsed - this.#reservationMs)) {
      this.#return(old)
      old.state = 'expired'
      this.#expiredCount++
      this.#tell({ type: 'reservation-expired', at: now, keyId: old.key.id, estimate: old.estimate })
    }
    return elapsed
  }

  /** Gives back what an open reservation holds. A late settlement still books its true cost: the money is gone. */
  #return(held: Held): void {
    if (held.state !== 'open') return
    this.#close(held)
    this.#book.unreserve(held.windows, held.estimate)
  }

  #close(held: Held): void {
    this.#open.remove(held)
    held.key.inFlight--
  }

  /** What the timer does. Never rejects. */
  async #work(): Promise<void> {
    if (this.#working) return
    this.#working = true
    try {
      await this.flush()
    } catch (error) {
      this.#tell({ type: 'flush-failed', at: this.#options.clock.now(), error })
    }
    try {
      await this.#sync?.follow()
    } catch (error) {
      this.#tell({ type: 'reload-failed', at: this.#options.clock.now(), error })
    }
    this.#working = false
  }
}

function staticRows(keys: ServerConfig['staticKeys'], pepper: Uint8Array): KeyRow[] {
  return keys.map(({ id, secret, tenant }) => ({ id, tenant, name: id, hash: hashSecret(pepper, secret), createdAt: 0, expiresAt: null, disabledAt: null, lastUsedAt: null, rules: OPEN_RULES }))
}

function ended(key: KeyState, now: number): Refused {
  return key.row.disabledAt !== null && now >= key.row.disabledAt
    ? refuse(key, 401, 'api_key_disabled', 'This API key is disabled.')
    : refuse(key, 401, 'api_key_expired', 'This API key has expired. Ask for a new one.')
}
