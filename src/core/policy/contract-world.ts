import fc from 'fast-check'
import { isWithin } from './eligible.ts'
import { policyConfig, pool, serverless, tokens } from './testing.ts'
import type { Decision, Policy, PolicyCall, PolicyConfig, PolicyEvent, PoolSpec, Settled } from './types.ts'

/** Pools of every kind, with caps, regions and a canary, so that every rule is met. */
export const CONTRACT_CONFIG: PolicyConfig = policyConfig({
  pools: [
    pool({ id: 'floor-eu', region: 'eu-central-1', models: ['m', 'n'], maxInFlight: 6, endpoints: ['a', 'b', { id: 'new', canaryShare: 0.2 }] }),
    pool({ id: 'floor-us', region: 'us-east-1', models: ['m'], maxInFlight: 3, endpoints: ['a'] }),
    serverless({ id: 'burst-eu', region: 'eu', models: ['m'], maxInFlight: 2 }),
    serverless({ id: 'burst-us', models: ['m', 'k'], maxInFlight: 2, endpoints: ['s', 't'] }),
    tokens({ id: 'api', region: 'us', models: ['m', 'n'], maxInFlight: 4, capacity: 4 }),
  ],
  sloTtftMs: 500,
  queue: { limit: 5, maxWaitMs: 800 },
  reclaimAfterMs: 20_000,
  prefixEntries: 20,
})

/** One step of a random history. `which` picks a call by its number, so it may be waiting, sent, ended or unknown. */
export type Step =
  | { readonly type: 'decide'; readonly call: Omit<PolicyCall, 'id' | 'deadline'>; readonly within: number | null; readonly again: number | null }
  | { readonly type: 'event'; readonly which: number; readonly what: 'first-token' | 'finished' | 'failed' | 'aborted'; readonly fault: boolean; readonly retryAfterMs: number | null }
  | { readonly type: 'scrape'; readonly endpoint: number; readonly waiting: number; readonly running: number; readonly kvUsage: number | null; readonly late: number }
  | { readonly type: 'health'; readonly endpoint: number; readonly up: boolean }
  | { readonly type: 'exhausted'; readonly endpoint: number; readonly resetMs: number }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'drain' }

const KEYS = CONTRACT_CONFIG.pools.flatMap(({ id, endpoints }) => endpoints.map((endpoint) => `${id}/${endpoint.id}`))
const aCall = fc.record({
  model: fc.constantFrom('m', 'm', 'm', 'n', 'k', 'nobody'),
  promptTokens: fc.constantFrom(0, 10, 1000, Number.NaN),
  maxOutputTokens: fc.constantFrom(0, 100),
  prefix: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 }),
  priority: fc.constantFrom('realtime' as const, 'standard' as const, 'batch' as const),
  residency: fc.constantFrom(null, null, 'eu', 'us', 'mars'),
  session: fc.constantFrom(null, 's1', 's2', 's3'),
  keyId: fc.constantFrom('k1', 'k2', 'k3'),
  failed: fc.subarray(KEYS, { maxLength: 2 }),
})
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('decide' as const), call: aCall, within: fc.option(fc.integer({ min: -10, max: 1500 })), again: fc.option(fc.nat(60), { freq: 8 }) }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('event' as const), which: fc.nat(60), what: fc.constantFrom('first-token' as const, 'finished' as const, 'failed' as const, 'aborted' as const), fault: fc.boolean(), retryAfterMs: fc.option(fc.integer({ min: -5, max: 5000 })) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('scrape' as const), endpoint: fc.nat(KEYS.length), waiting: fc.constantFrom(0, 2, 20, Number.NaN), running: fc.integer({ min: 0, max: 8 }), kvUsage: fc.constantFrom(null, 0.1, 0.95, Number.POSITIVE_INFINITY), late: fc.nat(3000) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('health' as const), endpoint: fc.nat(KEYS.length), up: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('exhausted' as const), endpoint: fc.nat(KEYS.length), resetMs: fc.constantFrom(-5, 0, 300, 5000, Number.NaN, Number.POSITIVE_INFINITY) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 3000 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('drain' as const) }) },
)

/** Plays a history against a policy and a plain account of where every call must be; `broken` says what went wrong. */
export class World {
  readonly log: string[] = []
  readonly broken: string[] = []
  now = 1000
  readonly #policy: Policy
  readonly #config: PolicyConfig
  readonly #calls = new Map<string, PolicyCall>()
  readonly #sent = new Map<string, { readonly at: string; readonly since: number }>()
  readonly #waiting = new Map<string, number>()
  #count = 0

  constructor(policy: Policy, config: PolicyConfig) {
    this.#policy = policy
    this.#config = config
  }

  play(what: Step): void {
    if (what.type === 'decide') this.#decide(what)
    else if (what.type === 'event') this.#event({ ...what, id: `c${what.which}` })
    else if (what.type === 'wait') this.#wait(what.ms)
    else if (what.type === 'drain') this.#drain()
    else {
      const [pool = 'nowhere', endpoint = ''] = KEYS[what.endpoint]?.split('/') ?? []
      if (what.type === 'health') this.#policy.observe({ type: 'health', pool, endpoint, at: this.now, up: what.up })
      else if (what.type === 'exhausted') this.#policy.observe({ type: 'exhausted', pool, endpoint, at: this.now, resetMs: what.resetMs })
      else this.#policy.observe({ type: 'scraped', pool, endpoint, at: this.now - what.late, metrics: { waiting: what.waiting, running: what.running, kvUsage: what.kvUsage } })
    }
    this.#check()
  }

  /** Ends every call, the waiting ones by time. */
  end(order: (ids: readonly string[]) => readonly string[]): void {
    this.#wait(100_000)
    for (const id of order([...this.#sent.keys()])) this.#event({ id, what: 'finished', fault: false, retryAfterMs: null })
    this.#check()
    if (this.#waiting.size > 0) this.broken.push(`${this.#waiting.size} calls wait for ever`)
  }

  #decide({ call, within, again }: Extract<Step, { type: 'decide' }>): void {
    const id = again !== null && again < this.#count ? `c${again}` : `c${this.#count++}`
    const whole = { ...call, id, deadline: within === null ? null : this.now + within }
    this.#sent.delete(id)
    this.#waiting.delete(id)
    this.#calls.set(id, whole)
    this.#take(id, this.#policy.decide(whole, this.now))
  }

  #event({ id, what, fault, retryAfterMs }: { readonly id: string; readonly what: Extract<Step, { type: 'event' }>['what']; readonly fault: boolean; readonly retryAfterMs: number | null }): void {
    const head = { callId: id, at: this.now }
    const event: PolicyEvent = what === 'finished' ? { type: what, ...head, outputTokens: 5 } : what === 'failed' ? { type: what, ...head, fault, retryAfterMs } : { type: what, ...head }
    // Only an abort ends a call that waits: it has no upstream that could finish or fail.
    const isOver = what === 'aborted' || (what !== 'first-token' && this.#sent.has(id))
    this.#policy.observe(event)
    if (!isOver) return
    this.#sent.delete(id)
    this.#waiting.delete(id)
  }

  #wait(ms: number): void {
    this.now += ms
    this.#policy.observe({ type: 'tick', at: this.now })
    for (const [id, { since }] of this.#sent) if (this.now - since >= this.#config.reclaimAfterMs!) this.#sent.delete(id)
    this.#drain()
  }

  #drain(): void {
    for (const settled of this.#policy.drain(this.now)) this.#settle(settled)
    for (const [id, until] of this.#waiting) if (until <= this.now) this.broken.push(`${id} still waits at ${this.now}, until ${until}`)
  }

  #settle({ callId, decision }: Settled): void {
    // A call that was displaced and has gone since may be told all the same; it is nobody's any more.
    if (decision.kind === 'wait') this.broken.push(`${callId} was settled with another wait`)
    if (!this.#waiting.delete(callId) && decision.kind === 'dispatch') this.broken.push(`${callId} was sent but did not wait`)
    this.#take(callId, decision)
  }

  #take(id: string, decision: Decision): void {
    this.log.push(`${id} ${JSON.stringify(decision)}`)
    const call = this.#calls.get(id)!
    if (decision.kind === 'wait') {
      if (decision.until < this.now || decision.until > (call.deadline ?? decision.until)) this.broken.push(`${id} waits until ${decision.until}, now ${this.now}`)
      this.#waiting.set(id, decision.until)
    }
    if (decision.kind !== 'dispatch') return
    if (call.deadline !== null && call.deadline <= this.now) this.broken.push(`${id} was sent after its deadline`)
    const spec = this.#config.pools.find((candidate) => candidate.id === decision.pool)
    if (spec === undefined || !spec.endpoints.some((endpoint) => endpoint.id === decision.endpoint)) this.broken.push(`${id} went to ${decision.pool}/${decision.endpoint}, which does not exist`)
    else if (!maySend(spec, call)) this.broken.push(`${id} went to ${spec.id} against model, residency or realtime`)
    this.#sent.set(id, { at: `${decision.pool}/${decision.endpoint}`, since: this.now })
  }

  #check(): void {
    const { waiting, pools } = this.#policy.snapshot(this.now)
    if (waiting > this.#config.queue.limit || waiting > this.#waiting.size) this.broken.push(`${waiting} wait, limit ${this.#config.queue.limit}, known ${this.#waiting.size}`)
    for (const { id, inFlight, endpoints } of pools) {
      const cap = this.#config.pools.find((spec) => spec.id === id)?.maxInFlight ?? Number.POSITIVE_INFINITY
      if (inFlight > cap) this.broken.push(`${id} has ${inFlight} in flight, cap ${cap}`)
      for (const endpoint of endpoints) {
        const actual = [...this.#sent.values()].filter(({ at }) => at === `${id}/${endpoint.id}`).length
        if (endpoint.inFlight !== actual) this.broken.push(`${id}/${endpoint.id} counts ${endpoint.inFlight}, in truth ${actual}`)
      }
    }
  }
}

function maySend(spec: PoolSpec, { model, residency, priority }: PolicyCall): boolean {
  return spec.models.includes(model) && (residency === null || isWithin(spec.region, residency)) && (priority !== 'realtime' || spec.alwaysWarm)
}
