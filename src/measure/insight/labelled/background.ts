import { DAY, HOUR, MINUTE, SECOND, START, type Model, type TraceBuilder } from './builder.ts'

/** Requests an hour of a product used by people in one time zone: low at night, busy by day, half at weekends. */
export function rateAt(at: number): number {
  const hour = (at % DAY) / HOUR
  const weekday = (Math.floor(at / DAY) + 4) % 7
  return (0.25 + 0.75 * Math.max(0, Math.sin(((hour - 6) / 15) * Math.PI))) * (weekday === 0 || weekday === 6 ? 0.5 : 1)
}

/** Moments of so many requests between two times, by that rate. */
export function moments(builder: TraceBuilder, from: number, until: number, count: number): number[] {
  const all: number[] = []
  while (all.length < count) {
    const at = from + builder.random() * (until - from)
    if (builder.random() < rateAt(at)) all.push(at)
  }
  return all.sort((a, b) => a - b)
}

/** Healthy traffic of four features, with what is normal in it: stops, a few retries, working caches, tools that are used. */
export function background(builder: TraceBuilder, until: number, calls: number, from = START): void {
  const quarter = Math.round(calls / 4)
  chat(builder, from, until, quarter)
  search(builder, from, until, quarter)
  classify(builder, from, until, quarter)
  agents(builder, from, until, quarter)
}

function chat(builder: TraceBuilder, from: number, until: number, calls: number): void {
  const starts = moments(builder, from, until, Math.round(calls / 4))
  for (const [index, start] of starts.entries()) {
    const session = `chat-${index}`
    const user = `user-${builder.int(0, 400)}`
    let [at, history] = [start, 0]
    for (let turn = 0; turn < 4; turn++) {
      const question = builder.int(15, 200)
      const output = builder.int(80, 500)
      const stopped = builder.chance(0.01)
      builder.call({ at, feature: 'chat', user, session, model: 'large', parts: [{ role: 'system', tokens: 600, text: 'chat system' }, { role: 'history', tokens: history, text: `${session} ${turn}` }, { role: 'user', tokens: question, text: `${session} ${turn} question` }], output: stopped ? Math.round(output / 3) : output, outcome: stopped ? 'client-aborted' : 'ok', prompt: 'chat', version: turn % 2 === 0 ? '3' : '4', ...(builder.chance(0.3) ? { success: builder.chance(0.9) } : {}) })
      history += question + output
      at += builder.int(20, 120) * SECOND
    }
  }
}

function search(builder: TraceBuilder, from: number, until: number, calls: number): void {
  const last = new Map<string, number>()
  for (const at of moments(builder, from, until, calls)) {
    const warm = at - (last.get('search') ?? 0) < 5 * MINUTE
    last.set('search', at)
    const failed = builder.chance(0.01)
    const fingerprint = `search-${Math.floor(at)}`
    const plan = { at, feature: 'search', user: `user-${builder.int(0, 400)}`, model: 'small' as Model, parts: [{ role: 'system' as const, tokens: 1500, text: 'search system' }, { role: 'retrieved' as const, tokens: builder.int(1500, 3500), text: `documents ${at}` }, { role: 'user' as const, tokens: builder.int(8, 40), text: `query ${at}` }], output: builder.int(100, 300), cacheRead: warm && builder.chance(0.9) ? 1500 : 0, fingerprint }
    if (failed) builder.call({ ...plan, outcome: 'upstream-failed', status: 503, free: true, cacheRead: 0, retry: 0 })
    builder.call(failed ? { ...plan, at: at + 2 * SECOND, retry: 1 } : { ...plan, retry: 0 })
  }
}

function classify(builder: TraceBuilder, from: number, until: number, calls: number): void {
  for (const at of moments(builder, from, until, calls)) {
    builder.call({ at, feature: 'classify', key: 'key-batch', model: 'basic', parts: [{ role: 'system', tokens: 250, text: 'classify system' }, { role: 'user', tokens: builder.int(50, 400), text: `item ${at}` }], output: builder.int(3, 12), success: builder.chance(0.92) })
  }
}

const TOOLS = ['read_file', 'search', 'run'] as const

function agents(builder: TraceBuilder, from: number, until: number, calls: number): void {
  for (const [index, start] of moments(builder, from, until, Math.round(calls / 8)).entries()) agentRun(builder, { feature: 'agent', trace: `agent-${index}`, start, steps: 7 })
}

export interface AgentRun {
  readonly feature: string
  readonly trace: string
  readonly start: number
  readonly steps: number
}

/** An agent that works: each step does something else. The moment after it. */
export function agentRun(builder: TraceBuilder, { feature, trace, start, steps }: AgentRun): number {
  let [at, history] = [start, 0]
  for (let step = 0; step < steps; step++) {
    const name = TOOLS[(step + builder.int(0, 1)) % TOOLS.length]!
    at = agentCall(builder, { feature, trace, at, history, step, called: [name] })
    builder.tool({ at, feature, trace, name, args: `${trace} ${start} ${step}`, result: `${trace} ${start} result ${step}` })
    at += 350
    history += builder.int(200, 900)
  }
  return agentCall(builder, { feature, trace, at, history, step: steps, called: [] })
}

/** One turn of an agent's model, its history read from the cache where that pays. The moment after it. */
export function agentCall(builder: TraceBuilder, { feature, trace, at, history, step, called }: { readonly feature: string; readonly trace: string; readonly at: number; readonly history: number; readonly step: number; readonly called: readonly string[] }): number {
  const output = builder.int(40, 160)
  const cached = step === 0 ? 0 : Math.round((1200 + history) * 0.8)
  const call = builder.call({ at, feature, trace, model: 'large', parts: [{ role: 'tools', tokens: 500, text: `${feature} tools` }, { role: 'system', tokens: 700, text: `${feature} system` }, { role: 'history', tokens: history, text: `${trace} ${step}` }, { role: 'user', tokens: 60, text: `${trace} task` }], output, cacheRead: cached, tools: [...new Set([...TOOLS, ...called])], called })
  return at + call.durationMs + 20
}
