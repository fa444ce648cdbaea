import type { Observation } from '../../../core/observation.ts'
import { agentCall, agentRun } from './background.ts'
import { HOUR, MINUTE, SECOND, START, type TraceBuilder } from './builder.ts'
import type { LabelledCase } from './case.ts'

const NOON = START + 12 * HOUR
const FEATURE = 'planner'

/** Runs of an agent that call these tools one after the other; `waste` says which turns of the model are for nothing. */
function runs(builder: TraceBuilder, many: number, steps: (run: number) => readonly Turn[]): void {
  for (let run = 0; run < many; run++) {
    const trace = `run-${run}`
    let [at, history, step] = [agentRun(builder, { feature: FEATURE, trace, start: NOON + run * 7 * MINUTE, steps: builder.int(0, 4) }), 3000, 5]
    for (const { tool, args, result, error = false, waste = false, pauseMs = 20, toolMs = 300 } of steps(run)) {
      const before = builder.observations.length
      at = agentCall(builder, { feature: FEATURE, trace, at, history, step: step++, called: [tool] })
      if (waste) builder.plant('loop', FEATURE, costOf(builder.observations[before]!))
      at += pauseMs
      builder.tool({ at, feature: FEATURE, trace, name: tool, args, result, durationMs: toolMs, outcome: error ? 'error' : 'ok' })
      at += toolMs
      history += 300
    }
    agentRun(builder, { feature: FEATURE, trace, start: at + 20, steps: builder.int(1, 3) })
  }
}

interface Turn {
  readonly tool: string
  readonly args: string
  readonly result: string | null
  readonly error?: boolean
  readonly waste?: boolean
  readonly pauseMs?: number
  readonly toolMs?: number
}

function costOf({ cost }: Observation): number {
  return Number(cost.nanoUsd)
}

const repeat = <T>(count: number, of: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => of(index))
const leak = (name: string, build: (builder: TraceBuilder) => void): LabelledCase => ({ kind: 'loop', name, leak: true, days: 1, build })
const alike = (name: string, build: (builder: TraceBuilder) => void): LabelledCase => ({ kind: 'loop', name, leak: false, days: 1, build })

/** A run of an agent that only the gateway sees: so many times the same step, `toolMs` apart, among others. */
function seenByGateway(builder: TraceBuilder, run: number, times: number, toolMs: number, waste: boolean): void {
  let at = NOON + run * 20 * MINUTE
  const before = builder.int(1, 4)
  for (let step = 0; step < before + times + 2; step++) {
    const repeats = step > before && step <= before + times ? step - before : 1
    const call = builder.call({ at, feature: FEATURE, session: `gateway-${run}`, model: 'plain', parts: [{ role: 'system', tokens: 900, text: 'planner system' }, { role: 'history', tokens: 400 * step, text: `${run} ${step}` }], output: builder.int(40, 120), ...(repeats > 1 ? { stepRepeats: repeats } : {}) })
    if (waste && repeats > 1) builder.plant('loop', FEATURE, costOf(call))
    at += call.durationMs + (repeats > 1 ? toolMs : 400)
  }
}

/** A simple request; the same `text` is the same request. */
function ask(builder: TraceBuilder, at: number, text: string, more: { readonly session?: string; readonly user?: string; readonly key?: string } = {}): Observation {
  return builder.call({ at, feature: FEATURE, model: 'large', parts: [{ role: 'system', tokens: 900, text: 'planner system' }, { role: 'user', tokens: 400, text }], output: builder.int(150, 400), fingerprint: `f-${text}`, ...more })
}

export const LOOP_CASES: readonly LabelledCase[] = [
  leak('the same tool, arguments and result', (b) => runs(b, b.int(3, 10), (run) => repeat(b.int(4, 14), (n) => ({ tool: 'search', args: `q ${run}`, result: 'nothing found', waste: n > 0 })))),
  leak('A-B-A-B', (b) => runs(b, b.int(3, 10), (run) => repeat(2 * b.int(2, 6), (n) => ({ tool: n % 2 === 0 ? 'read_file' : 'search', args: `${n % 2} ${run}`, result: `${n % 2} ${run}`, waste: n > 1 })))),
  leak('A-B-C-A-B-C', (b) => runs(b, b.int(3, 10), (run) => repeat(3 * b.int(2, 5), (n) => ({ tool: `tool-${n % 3}`, args: `${n % 3} ${run}`, result: `${n % 3}`, waste: n > 2 })))),
  leak('a tool that fails the same way without end', (b) => runs(b, b.int(3, 10), (run) => repeat(b.int(8, 20), (n) => ({ tool: 'run', args: `cmd ${run}`, result: 'exit 1: no such file', error: true, waste: n > 0 })))),
  leak('the same with other attempts between', (b) => runs(b, b.int(4, 10), (run) => repeat(2 * b.int(3, 6) + 1, (n) => (n % 2 === 0 ? { tool: 'search', args: `q ${run}`, result: 'nothing found', waste: n > 0 } : { tool: 'search', args: `q ${run} variant ${n}`, result: `other ${n}`, waste: true })))),
  leak('results that are not reported', (b) => runs(b, b.int(3, 10), (run) => repeat(b.int(6, 14), (n) => ({ tool: 'search', args: `q ${run}`, result: null, waste: n > 0 })))),
  leak('the same request in a session', (b) => {
    for (let run = 0; run < b.int(4, 9); run++) {
      let at = NOON + run * 11 * MINUTE
      for (let n = 0; n < 4 + run + b.int(0, 9); n++) {
        const call = ask(b, at, `stuck ${run}`, { session: `s-${run}` })
        if (n > 0) b.plant('loop', FEATURE, costOf(call))
        at += call.durationMs + b.int(20, 900)
      }
    }
  }),
  leak('the same request of a key that names no session', (b) => {
    let at = NOON
    for (let n = 0; n < b.int(15, 50); n++) {
      const call = ask(b, at, 'stuck', { key: 'key-cron' })
      if (n > 0) b.plant('loop', FEATURE, costOf(call))
      at += call.durationMs + b.int(20, 900)
    }
  }),
  leak('known from histories alone', (b) => { for (let run = 0; run < b.int(3, 8); run++) seenByGateway(b, run, b.int(4, 15), b.int(50, 3000), true) }),
  alike('polling, known from histories alone', (b) => { for (let run = 0; run < 5; run++) seenByGateway(b, run, b.int(4, 12), b.int(15, 60) * SECOND, false) }),
  alike('a step that is done twice, known from histories alone', (b) => { for (let run = 0; run < 9; run++) seenByGateway(b, run, 2, 500, false) }),
  alike('polling with waits', (b) => runs(b, 5, (run) => repeat(b.int(4, 15), (n) => ({ tool: 'build_status', args: `build ${run}`, result: 'running', pauseMs: n === 0 ? 20 : b.int(10, 40) * SECOND })))),
  alike('polling that sleeps in a tool', (b) => runs(b, 5, (run) => repeat(2 * b.int(3, 8), (n) => (n % 2 === 0 ? { tool: 'job_status', args: `job ${run}`, result: 'pending' } : { tool: 'sleep', args: '30', result: 'ok', toolMs: 30 * SECOND })))),
  alike('polling every two minutes', (b) => runs(b, 4, (run) => repeat(b.int(4, 10), () => ({ tool: 'order_status', args: `order ${run}`, result: 'open', pauseMs: 2 * MINUTE })))),
  alike('pages by number', (b) => runs(b, 5, (run) => repeat(b.int(5, 20), (n) => ({ tool: 'list', args: `page ${n} of ${run}`, result: `items ${n} ${run}` })))),
  alike('pages by a cursor that the tool keeps', (b) => runs(b, 5, (run) => repeat(b.int(5, 20), (n) => ({ tool: 'next_page', args: '{}', result: `items ${n} ${run}` })))),
  alike('a tool that is tried again until it works', (b) => runs(b, 6, (run) => [...repeat(b.int(2, 4), () => ({ tool: 'fetch', args: `url ${run}`, result: 'timeout', error: true })), { tool: 'fetch', args: `url ${run}`, result: `page ${run}` }])),
  alike('edit and test in turn', (b) => runs(b, 6, (run) => repeat(2 * b.int(3, 8), (n) => (n % 2 === 0 ? { tool: 'edit', args: `patch ${n} ${run}`, result: 'ok' } : { tool: 'run_tests', args: '{}', result: `failed ${n} of 12` })))),
  alike('edit and test in turn while the test says the same', (b) => runs(b, 6, (run) => repeat(2 * b.int(3, 7), (n) => (n % 2 === 0 ? { tool: 'edit', args: `patch ${n} ${run}`, result: `diff ${n}` } : { tool: 'run_tests', args: '{}', result: 'failed' })))),
  alike('the same file now and then in a long run', (b) => runs(b, 5, (run) => repeat(18, (n) => (n % 5 === 0 ? { tool: 'read_file', args: `main ${run}`, result: `text ${run}` } : { tool: 'search', args: `${n} ${run}`, result: `${n} ${run}` })))),
  alike('one tool for many things at once', (b) => {
    for (let run = 0; run < 6; run++) for (let n = 0; n < 8; n++) b.tool({ at: NOON + run * MINUTE + n, feature: FEATURE, trace: `fan-${run}`, name: 'search', args: `q ${run}`, result: 'same', durationMs: 500 })
  }),
  alike('answers sampled in parallel', (b) => {
    for (let run = 0; run < 12; run++) for (let n = 0; n < 8; n++) ask(b, NOON + run * 2 * MINUTE + b.int(0, 80), `question ${run}`, { session: `s-${run}` })
  }),
  alike('answers sampled one after the other', (b) => {
    for (let run = 0; run < 15; run++) {
      let at = NOON + run * 3 * MINUTE
      for (let n = 0; n < 5; n++) at += ask(b, at, `question ${run}`, { session: 'evaluation' }).durationMs + 30
    }
  }),
  alike('a dashboard that asks every minute', (b) => {
    for (let n = 0; n < 240; n++) ask(b, NOON + n * MINUTE, 'summary of today', { session: 'dashboard', key: 'key-dashboard' })
  }),
  alike('many people who ask the same', (b) => {
    for (let n = 0; n < 200; n++) ask(b, NOON + n * b.int(2, 9) * SECOND, b.pick(['hi', 'hello', 'where is my order', `question ${n}`]))
  }),
  alike('a conversation that grows', (b) => runs(b, 6, (run) => repeat(b.int(10, 30), (n) => ({ tool: 'search', args: `${n} ${run}`, result: `${n} ${run}` })))),
]
