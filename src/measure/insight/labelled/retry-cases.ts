import { moments } from './background.ts'
import { DAY, HOUR, SECOND, START, type CallPlan, type TraceBuilder } from './builder.ts'
import type { LabelledCase } from './case.ts'

const FEATURE = 'import'
const NOON = START + 12 * HOUR

function plan(builder: TraceBuilder, at: number, fingerprint: string): CallPlan {
  return { at, feature: FEATURE, model: 'large', parts: [{ role: 'system', tokens: 800, text: 'import system' }, { role: 'user', tokens: builder.int(500, 2000), text: fingerprint }], output: builder.int(100, 500), fingerprint }
}

const leak = (name: string, build: (builder: TraceBuilder) => void): LabelledCase => ({ kind: 'retry-storm', name, leak: true, days: 1, build })
const alike = (name: string, build: (builder: TraceBuilder) => void): LabelledCase => ({ kind: 'retry-storm', name, leak: false, days: 1, build })

/** A chain of attempts: all but the last end as `failing` says. The waste is noted. */
function chain(builder: TraceBuilder, at: number, name: string, attempts: number, gap: (attempt: number) => number, failing: Partial<CallPlan>, counts: boolean): void {
  let start = at
  for (let attempt = 0; attempt < attempts; attempt++) {
    const base = plan(builder, start, name)
    const last = attempt === attempts - 1
    const call = builder.call({ ...base, ...(last ? {} : failing), ...(counts ? { retry: attempt } : {}) })
    if (!last) builder.plant('retry-storm', FEATURE, Number(call.cost.nanoUsd))
    start += call.durationMs + gap(attempt)
  }
}

const LIMITED: Partial<CallPlan> = { outcome: 'upstream-failed', status: 429, free: true }
const TIMED_OUT: Partial<CallPlan> = { outcome: 'timed-out', status: 504, output: 300, durationMs: 20_000 }

export const RETRY_CASES: readonly LabelledCase[] = [
  leak('429s that are tried again at once, counted by the client', (b) => {
    for (let n = 0; n < b.int(20, 60); n++) chain(b, NOON + n * 4 * SECOND, `r-${n}`, b.int(5, 12), () => b.int(50, 300), LIMITED, true)
  }),
  leak('the same, not counted by the client', (b) => {
    for (let n = 0; n < b.int(20, 60); n++) chain(b, NOON + n * 4 * SECOND, `r-${n}`, b.int(5, 12), () => b.int(50, 300), LIMITED, false)
  }),
  leak('timeouts that are paid and tried again', (b) => {
    for (let n = 0; n < b.int(40, 90); n++) chain(b, NOON + n * 4 * SECOND, `r-${n}`, b.int(3, 6), () => b.int(50, 500), TIMED_OUT, b.chance(0.5))
  }),
  leak('a client that gives up too early and asks again', (b) => {
    for (let n = 0; n < b.int(40, 90); n++) chain(b, NOON + n * 4 * SECOND, `r-${n}`, b.int(3, 5), () => b.int(20, 100), { outcome: 'client-aborted', output: 120, durationMs: 5000 }, true)
  }),
  alike('one call in fifty fails and is tried again', (b) => {
    for (const [n, at] of moments(b, START, START + DAY, 1500).entries()) if (b.chance(0.02)) quietChain(b, at, `r-${n}`, 2)
      else b.call(plan(b, at, `r-${n}`))
  }),
  alike('a short outage, with backoff', (b) => {
    for (let n = 0; n < 300; n++) {
      const at = NOON + n * 2 * SECOND
      if (n > 120 && n < 150) quietChain(b, at, `r-${n}`, b.int(2, 3))
      else b.call(plan(b, at, `r-${n}`))
    }
  }),
  alike('people who ask for another answer', (b) => {
    for (let n = 0; n < 200; n++) for (let again = 0; again < b.int(1, 3); again++) b.call({ ...plan(b, NOON + n * 20 * SECOND + again * 9 * SECOND, `r-${n}`), user: `user-${n}` })
  }),
  alike('refusals that nobody tries again', (b) => {
    for (let n = 0; n < 200; n++) b.call({ ...plan(b, NOON + n * SECOND, `r-${n}`), ...(n % 2 === 0 ? { outcome: 'refused' as const, status: 429, free: true } : {}) })
  }),
  alike('the same question an hour after it failed', (b) => {
    for (let n = 0; n < 60; n++) for (const later of [0, HOUR]) b.call({ ...plan(b, NOON + n * SECOND + later, `r-${n}`), ...(later === 0 ? LIMITED : {}) })
  }),
]

/** A chain whose waste is no leak. */
function quietChain(builder: TraceBuilder, at: number, name: string, attempts: number): void {
  let start = at
  for (let attempt = 0; attempt < attempts; attempt++) {
    const call = builder.call({ ...plan(builder, start, name), ...(attempt === attempts - 1 ? {} : LIMITED), retry: attempt })
    start += call.durationMs + SECOND * 2 ** attempt
  }
}
