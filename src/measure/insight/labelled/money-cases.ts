import { moments } from './background.ts'
import { DAY, MODELS, START, type CallPlan, type Model, type TraceBuilder } from './builder.ts'
import type { LabelledCase } from './case.ts'

type Kind = 'abandoned' | 'model-choice' | 'concentration'
const leak = (kind: Kind, name: string, days: number, build: (builder: TraceBuilder) => void): LabelledCase => ({ kind, name, leak: true, days, build })
const alike = (kind: Kind, name: string, days: number, build: (builder: TraceBuilder) => void): LabelledCase => ({ kind, name, leak: false, days, build })

function answering(builder: TraceBuilder, count: number, of: (n: number) => Partial<CallPlan> & { readonly stopped?: number }): void {
  for (const [n, at] of moments(builder, START, START + 2 * DAY, count).entries()) {
    const { stopped = 0, ...more } = of(n)
    const output = builder.int(400, 1500)
    const plan = { at, feature: 'writer', model: 'large' as const, parts: [{ role: 'system' as const, tokens: 500, text: 'writer system' }, { role: 'user' as const, tokens: builder.int(50, 300), text: `q ${n}` }], output, ...more }
    if (stopped === 0) builder.call(plan)
    else {
      builder.call({ ...plan, output: Math.round(output * stopped), outcome: 'client-aborted' })
      builder.plant('abandoned', 'writer', Math.round(output * stopped) * MODELS.large.output)
    }
  }
}

/** Two models on one feature, each with its rate of success. */
function twoModels(builder: TraceBuilder, { feature = 'triage', prompt, output, models, tools = [] }: { readonly feature?: string; readonly prompt: number; readonly output: number; readonly models: readonly { readonly model: Model; readonly count: number; readonly success: number; readonly judged: number }[]; readonly tools?: readonly string[] }): void {
  for (const { model, count, success, judged } of models) {
    for (const [n, at] of moments(builder, START, START + 2 * DAY, count).entries()) {
      const tokens = Math.round(prompt * (0.7 + 0.6 * builder.random()))
      const answer = Math.round(output * (0.7 + 0.6 * builder.random()))
      builder.call({ at, feature, model, parts: [{ role: 'system', tokens: Math.round(tokens / 2), text: `${feature} system` }, { role: 'user', tokens: Math.round(tokens / 2), text: `${model} ${n}` }], output: answer, tools, called: tools.slice(0, 1), ...(builder.chance(judged) ? { success: builder.chance(success) } : {}) })
      if (feature === 'triage' && model === 'large') builder.plant('model-choice', feature, 2 * Math.round(tokens / 2) * (MODELS.large.input - MODELS.small.input) + answer * (MODELS.large.output - MODELS.small.output))
    }
  }
}

/** Calls a day of each of these, all alike. */
function spenders(builder: TraceBuilder, days: number, rows: readonly { readonly user?: string; readonly key?: string; readonly feature?: string; readonly perDay: (day: number) => number; readonly past?: number; readonly name?: string }[]): void {
  for (const { user, key, feature = 'reports', perDay, past, name = user ?? key ?? feature } of rows) {
    for (let day = 0; day < days; day++) {
      const from = START + day * DAY
      const count = perDay(day)
      let spent = 0
      for (let n = 0; n < count; n++) {
        const tokens = builder.int(500, 1500)
        const call = builder.call({ at: from + builder.random() * DAY, feature, model: 'large', parts: [{ role: 'user', tokens, text: `${user} ${key} ${feature} ${day} ${n}` }], output: builder.int(200, 600), ...(user === undefined ? {} : { user }), ...(key === undefined ? {} : { key }) })
        spent += Number(call.cost.nanoUsd)
      }
      if (past !== undefined && count > 1.5 * past) builder.plant('concentration', name, Math.round(spent * (1 - past / count)))
    }
  }
}

const weekly = (day: number, weekday: number, weekend: number): number => (day % 7 >= 5 ? weekend : weekday)
const others = (builder: TraceBuilder, count: number, perDay: (day: number) => number): { readonly user: string; readonly perDay: (day: number) => number }[] => Array.from({ length: count }, (_, index) => ({ user: `person-${index}`, perDay: (day) => Math.round(perDay(day) * (0.7 + 0.6 * builder.random())) }))

export const ABANDONED_CASES: readonly LabelledCase[] = [
  leak('abandoned', 'one answer in three is closed in the middle', 2, (b) => answering(b, b.int(300, 700), () => (b.chance(0.33) ? { stopped: 0.2 + 0.6 * b.random() } : {}))),
  leak('abandoned', 'a caller that speaks over the answer', 2, (b) => answering(b, b.int(300, 700), () => (b.chance(0.8) ? { stopped: 0.1 + 0.3 * b.random() } : {}))),
  alike('abandoned', 'somebody presses stop now and then', 2, (b) => answering(b, 600, () => (b.chance(0.01) ? { output: 100, outcome: 'client-aborted' } : {}))),
  alike('abandoned', 'closed before anything was generated', 2, (b) => answering(b, 500, () => (b.chance(0.3) ? { free: true, output: 0, outcome: 'client-aborted' } : {}))),
  alike('abandoned', 'refused or failed, not closed', 2, (b) => answering(b, 500, () => (b.chance(0.3) ? { free: true, outcome: 'refused', status: 402 } : {}))),
]

export const MODEL_CASES: readonly LabelledCase[] = [
  leak('model-choice', 'the small model does as well', 2, (b) => twoModels(b, { prompt: b.int(200, 900), output: b.int(10, 120), models: [{ model: 'large', count: b.int(600, 1200), success: 0.92, judged: 0.6 }, { model: 'small', count: b.int(500, 900), success: 0.92, judged: 0.6 }] })),
  alike('model-choice', 'the small model is worse', 2, (b) => twoModels(b, { feature: 'triage2', prompt: 500, output: 60, models: [{ model: 'large', count: 800, success: 0.93, judged: 0.6 }, { model: 'small', count: 800, success: 0.82, judged: 0.6 }] })),
  alike('model-choice', 'long work', 2, (b) => twoModels(b, { feature: 'essays', prompt: 1500, output: 1500, models: [{ model: 'large', count: 400, success: 0.9, judged: 0.6 }, { model: 'small', count: 400, success: 0.9, judged: 0.6 }] })),
  alike('model-choice', 'nobody judged', 2, (b) => twoModels(b, { feature: 'labels', prompt: 500, output: 60, models: [{ model: 'large', count: 800, success: 0.9, judged: 0 }, { model: 'small', count: 800, success: 0.9, judged: 0 }] })),
  alike('model-choice', 'work with tools', 2, (b) => twoModels(b, { feature: 'actions', prompt: 500, output: 60, tools: ['act'], models: [{ model: 'large', count: 600, success: 0.9, judged: 0.6 }, { model: 'small', count: 600, success: 0.9, judged: 0.6 }] })),
]

export const CONCENTRATION_CASES: readonly LabelledCase[] = [
  leak('concentration', 'a key that jumps', 14, (b) => spenders(b, 14, [...others(b, 12, (day) => weekly(day, 20, 8)), { key: 'key-new-job', perDay: (day) => (day < 9 ? 15 : 15 * b.int(8, 12)), past: 15 }])),
  leak('concentration', 'a user that jumps', 14, (b) => {
    const from = b.int(6, 11)
    spenders(b, 14, [...others(b, 12, (day) => weekly(day, 20, 8)), { user: 'bot', perDay: (day) => (day < from ? 12 : 12 * b.int(9, 15)), past: 12 }])
  }),
  leak('concentration', 'a dashboard that jumps', 14, (b) => spenders(b, 14, [...others(b, 12, (day) => weekly(day, 20, 8)), { feature: 'dashboard', key: 'key-main', perDay: (day) => (day < 8 ? 20 : 20 * b.int(6, 9)), past: 20, name: 'dashboard' }])),
  alike('concentration', 'everybody grows', 14, (b) => spenders(b, 14, others(b, 12, (day) => (day < 8 ? 15 : 60)))),
  alike('concentration', 'one key for everything', 14, (b) => spenders(b, 14, [{ key: 'key-only', perDay: (day) => weekly(day, 150, 60) }])),
  alike('concentration', 'a job of working days', 14, (b) => spenders(b, 14, [...others(b, 12, () => 15), { key: 'key-office', perDay: (day) => weekly(day, 200, 4) }])),
  alike('concentration', 'one day of much work', 14, (b) => spenders(b, 14, [...others(b, 12, (day) => weekly(day, 20, 8)), { key: 'key-backfill', perDay: (day) => (day === 9 ? 400 : 12) }])),
  alike('concentration', 'slow growth', 14, (b) => spenders(b, 14, [...others(b, 12, (day) => weekly(day, 20, 8)), { key: 'key-growing', perDay: (day) => Math.round(15 * 1.18 ** day) }])),
  alike('concentration', 'last days of the month', 14, (b) => spenders(b, 14, [...others(b, 12, (day) => weekly(day, 20, 8)), { key: 'key-small', perDay: (day) => (day < 12 ? 1 : 3) }])),
]
