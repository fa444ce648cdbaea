import { seededRandom } from '../../core/random.ts'
import type { BudgetRow, ControlStore, KeyRow, KeyRules } from '../../store/control.ts'
import { memoryControl } from '../../store/control/memory.ts'
import type { AdmissionRequest, Admitted, ParsedCall, Rejected } from '../seams.ts'
import { createAdmission, type RunningAdmission } from './admission.ts'
import { OPEN_RULES } from './key-rules.ts'
import { hashSecret, newSecret } from './key-secret.ts'
import type { AdmissionEvent, AdmissionOptions } from './options.ts'

export const START = Date.UTC(2026, 10, 24, 12)
export const PEPPER = Buffer.alloc(32, 7)
export const NO_LOOPS = { action: 'off', repeats: 3, windowMs: 60_000, spendPerMinute: 0 } as const

/** Secrets that are the same in every run. */
export function seededBytes(seed: number): (count: number) => Uint8Array {
  const random = seededRandom(seed)
  return (count) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256))
}

export const SECRET = newSecret(seededBytes(1))
export const OTHER_SECRET = newSecret(seededBytes(2))

export function keyRow(change: Partial<KeyRow> & { readonly secret?: string } = {}): KeyRow {
  const { secret = SECRET, ...fields } = change
  return { id: 'key_1', tenant: 'acme', name: 'test', hash: hashSecret(PEPPER, secret), createdAt: START, expiresAt: null, disabledAt: null, lastUsedAt: null, rules: OPEN_RULES, previous: null, ...fields }
}

export function rules(change: Omit<Partial<KeyRules>, 'limits'> & { readonly limits?: Partial<KeyRules['limits']> }): KeyRules {
  return { ...OPEN_RULES, ...change, limits: { ...OPEN_RULES.limits, ...change.limits } }
}

export function budgetRow(change: Partial<BudgetRow> = {}): BudgetRow {
  return { id: 'b', tenant: 'acme', scope: 'tenant', value: '', period: 'day', limit: '1000', ...change }
}

export interface CallWish {
  readonly secret?: string | null
  readonly estimate?: bigint
  readonly fingerprint?: string | null
  readonly repeated?: AdmissionRequest['repeated']
  readonly now?: number
  readonly user?: string | null
  readonly feature?: string | null
  readonly session?: string | null
  readonly model?: string
  readonly promptTokens?: number
  readonly maxOutputTokens?: number
  readonly priority?: ParsedCall['priority']
  readonly residency?: string | null
}

export interface TestBench {
  readonly admission: RunningAdmission
  readonly store: ControlStore
  readonly events: AdmissionEvent[]
  /** The clock that the timer's work reads; requests carry it too unless they say otherwise. */
  now: number
  readonly request: (wish?: CallWish) => AdmissionRequest
  readonly admit: (wish?: CallWish) => Admitted | Rejected
  /** Admits and throws where that is refused. */
  readonly must: (wish?: CallWish) => Admitted
  /** Lets time pass in steps that the steady clock believes. */
  readonly pass: (ms: number) => void
}

/** An admission over a store (in memory by default) without a timer, keys and budgets loaded. */
export async function testBench(options: { readonly keys?: readonly KeyRow[]; readonly budgets?: readonly BudgetRow[]; readonly store?: ControlStore; readonly now?: number } & Partial<Omit<AdmissionOptions, 'store' | 'clock'>> = {}): Promise<TestBench> {
  const { keys = [keyRow()], budgets = [], store = memoryControl(), now = START, ...more } = options
  for (const key of keys) await store.keys.insert(key)
  for (const budget of budgets) await store.budgets.put(budget)
  const events: AdmissionEvent[] = []
  const time = { now }
  const admission = createAdmission({ store, clock: { now: () => time.now }, pepper: PEPPER, loops: NO_LOOPS, flushMs: null, onEvent: (event) => events.push(event), ...more })
  const request = (wish: CallWish = {}): AdmissionRequest => requestOf(wish, time.now)
  const admit = (wish?: CallWish): Admitted | Rejected => admission.admit(request(wish))
  await admission.reload()
  return {
    admission,
    store,
    events,
    get now() {
      return time.now
    },
    set now(ms) {
      time.now = ms
    },
    request,
    admit,
    must: (wish) => {
      const answer = admit(wish)
      if (!answer.ok) throw new Error(`refused: ${answer.code}: ${answer.message}`)
      return answer
    },
    pass: (ms) => {
      for (let left = ms; left > 0; left -= 10_000) {
        time.now += Math.min(left, 10_000)
        admission.tick(time.now)
      }
    },
  }
}

/** Whether it was admitted, else the code of the refusal. */
export function verdict(answer: Admitted | Rejected): string {
  return answer.ok ? 'ok' : answer.code
}

function requestOf({ secret = SECRET, estimate = 0n, fingerprint = null, repeated = null, now, user = null, feature = null, session = null, model = 'm', promptTokens = 10, maxOutputTokens = 10, priority = 'standard', residency = null }: CallWish, clock: number): AdmissionRequest {
  const attribution = { user, feature, session, prompt: null, promptVersion: null, traceId: null, parentSpanId: null, tags: {} }
  return { secret, call: { api: 'chat', model, stream: false, body: Buffer.alloc(0), json: {}, promptTokens, maxOutputTokens, attribution, priority, residency, retryCount: null, forward: {} }, estimate, fingerprint, repeated, now: now ?? clock }
}
