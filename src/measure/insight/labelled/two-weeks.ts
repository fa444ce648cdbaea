import { agentCall, agentRun, background, moments, rateAt } from './background.ts'
import { DAY, HOUR, MINUTE, MODELS, SECOND, START, type Part, type TraceBuilder } from './builder.ts'

export const TWO_WEEKS = 14 * DAY
const END = START + TWO_WEEKS

/**
 * Two weeks of a company: people by day, jobs by night, half at weekends; `calls` in all, about, of which some percent belong to
 * leaks whose dollars are known. How large each leak is, when it began and where it lies is chance: from some cents to some hundred
 * dollars, so that some are too small to be told from what is normal. What only looks like a leak is in it too.
 */
export function twoWeeks(builder: TraceBuilder, calls: number): void {
  const unit = calls / 1000
  background(builder, END, Math.round(calls * 0.6))
  lookAlikes(builder, unit)
  for (let leak = 0; leak < 3; leak++) {
    loops(builder, `robot-${leak}`, size(builder, unit / 4))
    stormyImport(builder, `import-${leak}`, size(builder, unit / 2))
    abandoned(builder, `writer-${leak}`, size(builder, unit * 6))
    unusedTools(builder, `helper-${leak}`, size(builder, unit * 8))
    bloat(builder, `prompt-${leak}`, size(builder, unit * 10))
    missedCache(builder, `reader-${leak}`, size(builder, unit * 8))
    expensive(builder, `router-${leak}`, size(builder, unit * 8))
  }
  jump(builder, 'key-nightly', size(builder, unit / 2))
}

/** Between a tenth of it and three times, evenly in the logarithm. */
function size(builder: TraceBuilder, usual: number): number {
  return Math.max(1, Math.round(usual * 0.1 * 30 ** builder.random()))
}

/** When something began: it goes on to the end. */
function since(builder: TraceBuilder): number {
  return START + builder.random() * 8 * DAY
}

function loops(builder: TraceBuilder, feature: string, many: number): void {
  const from = since(builder)
  for (let run = 0; run < many * 4; run++) {
    const start = from + builder.random() * (END - from - HOUR)
    const trace = `${feature}-${run}`
    let at = agentRun(builder, { feature, trace, start, steps: builder.int(2, 8) })
    // One run in four is caught in it.
    if (run % 4 > 0) continue
    const cycle = builder.int(1, 2)
    const turns = cycle * builder.int(4, 25)
    for (let turn = 0; turn < turns; turn++) {
      const before = builder.observations.length
      const tool = ['lookup', 'open'][turn % cycle]!
      at = agentCall(builder, { feature, trace, at, history: 4000 + 250 * turn, step: 9 + turn, called: [tool] })
      if (turn >= cycle) builder.plant('loop', feature, Number(builder.observations[before]!.cost.nanoUsd))
      builder.tool({ at, feature, trace, name: tool, args: `${trace} ${turn % cycle}`, result: 'not found' })
      at += 400
    }
  }
}

function stormyImport(builder: TraceBuilder, feature: string, many: number): void {
  const hours = Array.from({ length: builder.int(1, 4) }, () => START + builder.int(0, 13) * DAY + builder.int(8, 18) * HOUR)
  for (const [n, at] of moments(builder, START, END, 20 * many).entries()) builder.call({ at, feature, key: 'key-import', model: 'large', parts: record(builder, `${feature} ${n}`), output: builder.int(100, 400), fingerprint: `${feature} ${n}`, retry: 0 })
  for (const [storm, hour] of hours.entries()) {
    for (let n = 0; n < 40 + many; n++) {
      const name = `${feature} storm ${storm} ${n}`
      const attempts = builder.int(3, 6)
      let at = hour + builder.random() * 20 * MINUTE
      for (let attempt = 0; attempt < attempts; attempt++) {
        const last = attempt === attempts - 1
        const call = builder.call({ at, feature, key: 'key-import', model: 'large', parts: record(builder, name), output: 250, fingerprint: name, retry: attempt, ...(last ? {} : { outcome: 'timed-out' as const, status: 504, durationMs: 15_000 }) })
        if (!last) builder.plant('retry-storm', feature, Number(call.cost.nanoUsd))
        at += call.durationMs + builder.int(50, 400)
      }
    }
  }
}

function record(builder: TraceBuilder, name: string): Part[] {
  return [{ role: 'system', tokens: 700, text: 'import system' }, { role: 'user', tokens: builder.int(400, 1600), text: name }]
}

function abandoned(builder: TraceBuilder, feature: string, many: number): void {
  const share = 0.05 + 0.5 * builder.random()
  for (const [n, at] of moments(builder, since(builder), END, many).entries()) {
    const output = builder.int(300, 1500)
    const closed = builder.chance(share)
    const written = closed ? Math.round(output * (0.1 + 0.8 * builder.random())) : output
    builder.call({ at, feature, user: `user-${n % 97}`, model: 'large', parts: [{ role: 'system', tokens: 500, text: `${feature} system` }, { role: 'user', tokens: builder.int(40, 400), text: `${feature} ${n}` }], output: written, outcome: closed ? 'client-aborted' : 'ok' })
    if (closed) builder.plant('abandoned', feature, written * MODELS.large.output)
  }
}

function unusedTools(builder: TraceBuilder, feature: string, many: number): void {
  const tools = Array.from({ length: builder.int(5, 40) }, (_, index) => `tool_${index}`)
  const used = builder.int(1, 3)
  const tokens = tools.length * builder.int(80, 250)
  for (const [n, at] of moments(builder, START, END, many).entries()) {
    builder.call({ at, feature, model: 'plain', parts: [{ role: 'tools', tokens, text: `${feature} tools` }, { role: 'system', tokens: 300, text: `${feature} system` }, { role: 'user', tokens: builder.int(50, 500), text: `${feature} ${n}` }], output: builder.int(50, 250), tools, called: builder.chance(0.4) ? [`tool_${builder.int(0, used - 1)}`] : [] })
    builder.plant('unused-tools', feature, (tokens * (tools.length - used) * MODELS.plain.input) / tools.length)
  }
}

function bloat(builder: TraceBuilder, prompt: string, many: number): void {
  const [short, times, from] = [builder.int(300, 1500), 1.5 + 5 * builder.random(), since(builder)]
  const long = Math.round(short * times)
  const good = 0.75 + 0.2 * builder.random()
  for (const [n, at] of moments(builder, START, END, many).entries()) {
    const grown = at > from && builder.chance(0.7)
    builder.call({ at, feature: 'assistant', prompt, version: grown ? '2' : '1', model: 'plain', parts: [{ role: 'system', tokens: grown ? long : short, text: `${prompt} ${grown}` }, { role: 'history', tokens: builder.int(0, 2000), text: `${prompt} h ${n}` }, { role: 'user', tokens: builder.int(30, 300), text: `${prompt} ${n}` }], output: builder.int(80, 300), ...(builder.chance(0.5) ? { success: builder.chance(good) } : {}) })
    if (grown) builder.plant('bloat', prompt, (long - short) * MODELS.plain.input)
  }
}

function missedCache(builder: TraceBuilder, feature: string, many: number): void {
  const tokens = builder.int(1300, 6000)
  // Office hours only, so that most calls follow another within minutes where there are many.
  let last = -Infinity
  for (const [n, at] of moments(builder, START, END, many).entries()) {
    builder.call({ at, feature, model: 'large', parts: [{ role: 'system', tokens, text: `${feature} system` }, { role: 'user', tokens: builder.int(50, 400), text: `${feature} ${n}` }], output: builder.int(50, 300) })
    builder.plant('missed-cache', feature, at - last <= 5 * MINUTE ? tokens * (MODELS.large.input - MODELS.large.cacheRead) : tokens * (MODELS.large.input - MODELS.large.cacheWrite))
    last = at
  }
}

function expensive(builder: TraceBuilder, feature: string, many: number): void {
  const good = 0.85 + 0.12 * builder.random()
  for (const [n, at] of moments(builder, START, END, many).entries()) {
    const model = builder.chance(0.6) ? 'large' : 'small'
    const [tokens, output] = [builder.int(80, 900), builder.int(5, 60)]
    builder.call({ at, feature, model, parts: [{ role: 'user', tokens, text: `${feature} ${n}` }], output, ...(builder.chance(0.5) ? { success: builder.chance(good) } : {}) })
    if (model === 'large') builder.plant('model-choice', feature, tokens * (MODELS.large.input - MODELS.small.input) + output * (MODELS.large.output - MODELS.small.output))
  }
}

function jump(builder: TraceBuilder, key: string, many: number): void {
  const from = builder.int(6, 11)
  const times = builder.int(4, 12)
  for (let day = 0; day < 14; day++) {
    const count = day < from ? many : many * times
    let spent = 0
    for (let n = 0; n < count; n++) spent += Number(builder.call({ at: START + day * DAY + builder.random() * DAY, feature: 'nightly', key, model: 'large', parts: [{ role: 'user', tokens: builder.int(2000, 6000), text: `${key} ${day} ${n}` }], output: builder.int(300, 900) }).cost.nanoUsd)
    if (day >= from) builder.plant('concentration', key, Math.round(spent * (1 - 1 / times)))
  }
}

/** Polling, sampling, a dashboard, a longer prompt that earns it, a model that earns its price: nothing of it may be found. */
function lookAlikes(builder: TraceBuilder, unit: number): void {
  for (let run = 0; run < 2 * unit; run++) {
    const trace = `poll-${run}`
    let at = agentRun(builder, { feature: 'deploy', trace, start: START + builder.random() * (TWO_WEEKS - DAY), steps: 4 })
    for (let turn = 0; turn < builder.int(4, 12); turn++) {
      at = agentCall(builder, { feature: 'deploy', trace, at, history: 2000, step: 1, called: ['status'] })
      builder.tool({ at, feature: 'deploy', trace, name: 'status', args: trace, result: 'running' })
      at += builder.int(15, 60) * SECOND
    }
  }
  for (let question = 0; question < 3 * unit; question++) {
    const at = START + builder.random() * (TWO_WEEKS - HOUR)
    for (let sample = 0; sample < 5; sample++) builder.call({ at: at + builder.int(0, 60), feature: 'vote', session: `vote-${question}`, model: 'small', parts: [{ role: 'user', tokens: 700, text: `vote ${question}` }], output: builder.int(100, 300), fingerprint: `vote ${question}` })
  }
  for (let at = START; at < END; at += 15 * MINUTE) builder.call({ at, feature: 'board', key: 'key-board', session: 'board', model: 'small', parts: [{ role: 'user', tokens: 900, text: 'board' }], output: 200, fingerprint: 'board' })
  for (const [n, at] of moments(builder, START, END, Math.round(20 * unit)).entries()) {
    const second = n % 2 === 1
    builder.call({ at, feature: 'advice', prompt: 'advice', version: second ? '2' : '1', model: 'plain', parts: [{ role: 'system', tokens: second ? 2400 : 600, text: `advice ${second}` }, { role: 'user', tokens: builder.int(50, 200), text: `advice ${n}` }], output: builder.int(100, 300), ...(builder.chance(0.5) ? { success: builder.chance(second ? 0.9 : 0.72) } : {}) })
    const large = n % 3 === 0
    builder.call({ at: at + SECOND, feature: 'risk', model: large ? 'large' : 'small', parts: [{ role: 'user', tokens: builder.int(200, 800), text: `risk ${n}` }], output: builder.int(10, 50), ...(builder.chance(0.5) ? { success: builder.chance(large ? 0.95 : 0.8) } : {}) })
  }
  // A launch that was planned: everybody who uses it spends more from then on.
  for (const [n, at] of moments(builder, START + 8 * DAY, END, Math.round(10 * unit)).entries()) if (rateAt(at) > 0.3) builder.call({ at, feature: 'launch', user: `user-${n % 400}`, model: 'small', parts: [{ role: 'user', tokens: 500, text: `launch ${n}` }], output: 200 })
}
