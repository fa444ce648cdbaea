import type { CallRecord } from '../../src/core/call.ts'
import { seededRandom } from '../../src/core/random.ts'

const DAY_MS = 86_400_000
/** Texts are cut out of so many: making each anew would take longer than loading it. */
const PATTERNS = 2000
const FIELDS = ['@id', '@response', '@trace', '@user', '@session', '"@arrived"'] as const

/** Three calls a trace. */
export function traceOf(n: number): string {
  return (Math.floor(n / 3) * 2_654_435_761).toString(16).padStart(32, '0')
}

export function idOf(n: number): string {
  return `call_${n.toString(36).padStart(16, '_')}`
}

/** The JSON of call `n` of `rows` that are spread over some days: every field filled, as a busy gateway records it, some 1,200 bytes. */
export function callTexts({ rows, from, days }: { readonly rows: number; readonly from: number; readonly days: number }): (n: number) => string {
  const random = seededRandom(1)
  const pick = (below: number): number => Math.floor(random() * below)
  const split = new RegExp(FIELDS.join('|'), 'u')
  const patterns = Array.from({ length: PATTERNS }, () => JSON.stringify(pattern(pick, random)).split(split))
  return (n) => {
    const [a, b, c, d, e, f, g] = patterns[(n * 7919) % PATTERNS] as [string, string, string, string, string, string, string]
    // The fields in the order in which a record has them.
    return `${a}${idOf(n)}${b}${n.toString(16)}${c}user-${Math.floor(20_000 * random() ** 2)}${d}session-${pick(1e6)}${e}${traceOf(n)}${f}${from + Math.floor((n / rows) * days * DAY_MS)}${g}`
  }
}

function pattern(pick: (below: number) => number, random: () => number): Omit<CallRecord, 'arrivedAt'> & { readonly arrivedAt: string } {
  const feature = pick(40)
  const total = 200 + pick(8000)
  return {
    kind: 'call',
    schemaVersion: 1,
    id: '@id',
    tenant: 'default',
    keyId: `key_${pick(12)}`,
    api: 'chat',
    streamed: true,
    modelAsked: `model-${pick(8)}`,
    modelServed: `vendor/model-${pick(8)}-instruct`,
    responseId: 'chatcmpl-@response',
    attribution: { user: '@user', feature: `feature-${feature}`, session: '@session', prompt: `prompt-${feature}`, promptVersion: String(pick(5)), traceId: '@trace', parentSpanId: '00f067aa0ba902b7', tags: { team: `team-${pick(6)}` } },
    residency: null,
    priority: 'standard',
    pool: random() < 0.7 ? 'floor' : 'spill',
    endpoint: `10.0.0.${pick(8)}:8000`,
    reason: 'floor-prefix',
    attempts: [{ pool: 'floor', endpoint: '10.0.0.5:8000', reason: 'floor-prefix', startedAt: 0, durationMs: total, status: 200, error: null }],
    arrivedAt: '@arrived',
    queuedMs: 0,
    ttftMs: 30 + pick(900),
    tpotMs: 5 + random() * 30,
    totalMs: total,
    outcome: random() < 0.97 ? 'ok' : 'client-aborted',
    status: 200,
    errorCode: null,
    finishReason: 'stop',
    usage: { inputUncached: pick(4000), cacheRead: pick(2000), output: 20 + pick(800) },
    usageSource: 'upstream',
    cost: { nanoUsd: String(pick(9_000_000)), status: 'complete', missing: [], priceVersion: 'vendor-h100@2026-11-09' },
    requestBytes: pick(20_000),
    responseBytes: pick(20_000),
    fingerprint: pick(2 ** 32).toString(16),
    retryCount: null,
    toolsCalled: [],
    prompt: null,
    configVersion: 'bad78e649715',
  }
}
