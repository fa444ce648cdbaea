import { moments } from './background.ts'
import { DAY, HOUR, MINUTE, MODELS, SECOND, START, type CallPlan, type Part, type TraceBuilder } from './builder.ts'
import type { LabelledCase } from './case.ts'

const FEATURE = 'assistant'
type Kind = 'unused-tools' | 'bloat' | 'missed-cache'
const leak = (kind: Kind, name: string, build: (builder: TraceBuilder) => void, days = 2): LabelledCase => ({ kind, name, leak: true, days, build })
const alike = (kind: Kind, name: string, build: (builder: TraceBuilder) => void, days = 2): LabelledCase => ({ kind, name, leak: false, days, build })

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `tool_${index}`)
const sum = (parts: readonly Part[]): number => parts.reduce((all, { tokens }) => all + tokens, 0)

/** Calls that declare these tools with so many tokens; `calls` says which a call uses. */
function declaring(builder: TraceBuilder, { count, tools, tokens, called, unused, more = {} }: { readonly count: number; readonly tools: readonly string[]; readonly tokens: number; readonly called: (n: number) => readonly string[]; readonly unused: number; readonly more?: Partial<CallPlan> }): void {
  for (const [n, at] of moments(builder, START, START + 2 * DAY, count).entries()) {
    builder.call({ at, feature: FEATURE, model: 'plain', parts: [{ role: 'tools', tokens, text: 'assistant tools' }, { role: 'system', tokens: 300, text: 'assistant system' }, { role: 'user', tokens: builder.int(50, 300), text: `q ${n}` }], output: builder.int(50, 200), tools, called: called(n), ...more })
    if (unused > 0) builder.plant('unused-tools', FEATURE, (tokens * unused * MODELS.large.input) / tools.length)
  }
}

interface Version {
  readonly version: string
  readonly count: number
  readonly system: number
  readonly retrieved?: number
  readonly history?: number
  readonly success: number
  readonly judged?: number
  readonly cacheRead?: number
  readonly from?: number
  readonly until?: number
  readonly named?: boolean
  /** Tokens too many. */
  readonly waste?: number
}

function version(builder: TraceBuilder, { version, count, system, retrieved = 0, history = 0, success, judged = 0.6, cacheRead = 0, from = START, until = START + 4 * DAY, named = true, waste = 0 }: Version): void {
  for (const [n, at] of moments(builder, from, until, count).entries()) {
    const parts: Part[] = [{ role: 'system', tokens: system, text: `assistant ${version}` }, { role: 'history', tokens: history, text: `h ${version} ${n}` }, { role: 'retrieved', tokens: Math.round(retrieved * (0.8 + 0.4 * builder.random())), text: `d ${version} ${n}` }, { role: 'user', tokens: builder.int(50, 250), text: `q ${version} ${n}` }]
    builder.call({ at, feature: FEATURE, model: cacheRead > 0 ? 'large' : 'plain', parts, output: builder.int(80, 200), cacheRead, ...(named ? { prompt: 'assistant', version } : {}), ...(builder.chance(judged) ? { success: builder.chance(success) } : {}) })
    if (waste > 0) builder.plant('bloat', named ? 'assistant' : FEATURE, waste * MODELS.large.input)
  }
}

export const TOOL_CASES: readonly LabelledCase[] = [
  leak('unused-tools', 'nine of twelve', (b) => declaring(b, { count: b.int(600, 1200), tools: names(12), tokens: b.int(1200, 3000), called: (n) => (n % 3 === 0 ? [`tool_${b.int(0, 2)}`] : []), unused: 9 })),
  leak('unused-tools', 'all of a tool server', (b) => declaring(b, { count: b.int(500, 900), tools: names(40), tokens: b.int(4000, 9000), called: () => [], unused: 40 })),
  leak('unused-tools', 'reported by an application that reports calls of tools', (b) => declaring(b, { count: b.int(500, 900), tools: names(8), tokens: b.int(1000, 2500), called: () => ['tool_0'], unused: 7, more: { source: 'otlp' } })),
  alike('unused-tools', 'tools that are rarely used', (b) => declaring(b, { count: 1500, tools: names(5), tokens: 1500, called: (n) => (n % 40 === 0 ? [`tool_${(n / 40) % 5}`] : []), unused: 0 })),
  alike('unused-tools', 'too few calls to say', (b) => declaring(b, { count: b.int(40, 250), tools: names(12), tokens: 2000, called: () => ['tool_0'], unused: 0 })),
  alike('unused-tools', 'an application that does not report calls of tools', (b) => declaring(b, { count: 800, tools: names(6), tokens: 1500, called: () => [], unused: 0, more: { source: 'otlp' } })),
  alike('unused-tools', 'tools whose calls are steps of their own', (b) => {
    declaring(b, { count: 800, tools: names(3), tokens: 900, called: () => [], unused: 0, more: { source: 'otlp' } })
    for (let n = 0; n < 60; n++) b.tool({ at: START + n * 20 * MINUTE, feature: FEATURE, name: `tool_${n % 3}`, args: `a ${n}`, result: `r ${n}` })
  }),
]

export const BLOAT_CASES: readonly LabelledCase[] = [
  leak('bloat', 'instructions five times as long, no better', (b) => {
    const short = b.int(400, 900)
    version(b, { version: '7', count: b.int(900, 1800), system: short, success: 0.9 })
    version(b, { version: '8', count: b.int(900, 1800), system: short * 5, success: 0.9, waste: short * 4 })
  }, 4),
  leak('bloat', 'three times the documents, no better', (b) => {
    const docs = b.int(1000, 2000)
    version(b, { version: 'a', count: b.int(900, 1800), system: 300, retrieved: docs, success: 0.85 })
    version(b, { version: 'b', count: b.int(900, 1800), system: 300, retrieved: docs * 3, success: 0.86, waste: docs * 2 })
  }, 4),
  leak('bloat', 'a version that is longer and worse', (b) => {
    version(b, { version: '1', count: b.int(900, 1800), system: 800, success: 0.9 })
    version(b, { version: '2', count: b.int(900, 1800), system: 2400, success: 0.8, waste: 1600 })
  }, 4),
  leak('bloat', 'new instructions that nobody named', (b) => {
    version(b, { version: 'old', count: b.int(900, 1800), system: 700, success: 0.9, until: START + 2 * DAY, named: false })
    version(b, { version: 'new', count: b.int(900, 1800), system: 2800, success: 0.9, from: START + 2 * DAY, named: false, waste: 2100 })
  }, 4),
  alike('bloat', 'longer and better', (b) => {
    version(b, { version: '7', count: b.int(400, 700), system: 600, success: 0.7 })
    version(b, { version: '8', count: b.int(400, 700), system: 2400, success: 0.9 })
  }, 4),
  alike('bloat', 'longer and read from the cache', (b) => {
    version(b, { version: '7', count: b.int(900, 1800), system: 1500, success: 0.9 })
    version(b, { version: '8', count: b.int(900, 1800), system: 3000, success: 0.9, cacheRead: 2700 })
  }, 4),
  alike('bloat', 'used in longer conversations', (b) => {
    version(b, { version: '7', count: b.int(400, 700), system: 600, history: 200, success: 0.9 })
    version(b, { version: '8', count: b.int(400, 700), system: 620, history: 5000, success: 0.9 })
  }, 4),
  alike('bloat', 'a little longer', (b) => {
    version(b, { version: '7', count: b.int(400, 700), system: 1000, success: 0.9 })
    version(b, { version: '8', count: b.int(400, 700), system: 1150, success: 0.9 })
  }, 4),
  alike('bloat', 'too few judged to say', (b) => {
    version(b, { version: '7', count: b.int(300, 500), system: 500, success: 0.9, judged: 0.05 })
    version(b, { version: '8', count: b.int(300, 500), system: 2500, success: 0.9, judged: 0.05 })
  }, 4),
  alike('bloat', 'two tasks of one feature', (b) => {
    version(b, { version: 'plan', count: 500, system: 500, success: 0.9, named: false })
    version(b, { version: 'write', count: 500, system: 2500, success: 0.9, named: false })
  }, 4),
]

/** Calls that begin with the same instructions. */
function prefixed(builder: TraceBuilder, { count, tokens, gap, model = 'large', read = 0, text = () => 'assistant system', waste = false }: { readonly count: number; readonly tokens: number; readonly gap: () => number; readonly model?: CallPlan['model']; readonly read?: number; readonly text?: (n: number) => string; readonly waste?: boolean }): void {
  let at = START + 8 * HOUR
  for (let n = 0; n < count; n++) {
    builder.call({ at, feature: FEATURE, model, parts: [{ role: 'system', tokens, text: text(n) }, { role: 'user', tokens: builder.int(50, 200), text: `q ${n}` }], output: builder.int(80, 200), cacheRead: builder.chance(read) ? tokens : 0 })
    const price = MODELS[model]
    if (waste) builder.plant('missed-cache', FEATURE, n === 0 ? tokens * (price.input - price.cacheWrite) : tokens * (price.input - price.cacheRead))
    at += gap()
  }
}

export const CACHE_CASES: readonly LabelledCase[] = [
  leak('missed-cache', 'long instructions, never read from the cache', (b) => prefixed(b, { count: b.int(300, 700), tokens: b.int(2000, 6000), gap: () => b.int(20, 110) * SECOND, waste: true })),
  leak('missed-cache', 'the same for a small model', (b) => prefixed(b, { count: b.int(500, 900), tokens: b.int(3000, 8000), model: 'small', gap: () => b.int(5, 60) * SECOND, waste: true })),
  leak('missed-cache', 'an agent that sends its whole history again', (b) => {
    for (let run = 0; run < b.int(15, 30); run++) {
      let at = START + 8 * HOUR + run * 10 * MINUTE
      const parts: Part[] = [{ role: 'system', tokens: 1400, text: `own system ${run}` }, { role: 'user', tokens: 400, text: `task ${run}` }]
      let before = 0
      for (let turn = 0; turn < 10; turn++) {
        const output = b.int(60, 200)
        b.call({ at, feature: FEATURE, trace: `run-${run}`, model: 'large', parts: [...parts], output })
        const prompt = sum(parts)
        b.plant('missed-cache', FEATURE, before * (MODELS.large.input - MODELS.large.cacheRead) + (prompt - before) * (MODELS.large.input - MODELS.large.cacheWrite))
        before = prompt
        parts.push({ role: 'history', tokens: output, text: `answer ${run} ${turn}` }, { role: 'tool-result', tokens: b.int(300, 1500), text: `result ${run} ${turn}` })
        at += b.int(4, 20) * SECOND
      }
    }
  }),
  alike('missed-cache', 'a price without cache reads', (b) => prefixed(b, { count: 500, tokens: 4000, model: 'basic', gap: () => b.int(20, 110) * SECOND })),
  alike('missed-cache', 'too short to be cached', (b) => prefixed(b, { count: 600, tokens: b.int(400, 800), gap: () => b.int(20, 110) * SECOND })),
  alike('missed-cache', 'too seldom for the cache to last', (b) => prefixed(b, { count: 150, tokens: 4000, gap: () => b.int(6, 15) * MINUTE })),
  alike('missed-cache', 'a cache that works', (b) => prefixed(b, { count: 500, tokens: 4000, read: 0.9, gap: () => b.int(20, 110) * SECOND })),
  alike('missed-cache', 'other instructions each time', (b) => prefixed(b, { count: 500, tokens: 3000, text: (n) => `system for ${n}`, gap: () => b.int(20, 110) * SECOND })),
]
