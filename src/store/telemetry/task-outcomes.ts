import type { Observation, Score } from '../../core/observation.ts'
import type { OutcomeQuery, OutcomeRow, SuccessRule, TaskSums } from '../telemetry.ts'
import { compare, compareGroups, compareTexts } from './compare.ts'
import { dimensionValue } from './dimension-value.ts'

/** Whether the last score of each task says success. */
export function verdicts(judged: readonly Score[], steps: readonly Observation[], success: SuccessRule): ReadonlyMap<string, boolean> {
  const stepOf = new Map(steps.map((step) => [step.id, step]))
  const last = new Map<string, Score>()
  for (const score of judged.toSorted((a, b) => a.at - b.at || compareTexts(a.id, b.id))) {
    const step = score.observationId === null ? undefined : stepOf.get(score.observationId)
    const task = score.traceId === null ? (step === undefined ? null : taskOf(step)) : traceTask(score.traceId)
    if (task !== null) last.set(task, score)
  }
  return new Map([...last].map(([task, { value, label }]) => [task, 'label' in success ? label === success.label : value !== null && ('above' in success ? value > success.above : value >= success.atLeast)]))
}

function taskOf({ id, attribution: { traceId } }: Observation): string {
  return traceId === null ? `call ${id}` : traceTask(traceId)
}

function traceTask(traceId: string): string {
  return `trace ${traceId}`
}

/** Tasks by group, each once in a group with what its calls there cost. */
export function outcomes(calls: readonly Observation[], succeeded: ReadonlyMap<string, boolean>, { by, limit }: OutcomeQuery): OutcomeRow[] {
  const groups = new Map<string, { readonly group: readonly (string | null)[]; readonly costs: Map<string, bigint> }>()
  if (by.length === 0) groups.set('[]', { group: [], costs: new Map() })
  for (const call of calls) {
    const group = by.map((dimension) => dimensionValue(call, dimension))
    const key = JSON.stringify(group)
    if (!groups.has(key)) groups.set(key, { group, costs: new Map() })
    const { costs } = groups.get(key)!
    costs.set(taskOf(call), (costs.get(taskOf(call)) ?? 0n) + BigInt(call.cost.nanoUsd))
  }
  const rows = [...groups.values()].map(({ group, costs }) => {
    const sums = (keep: (task: string) => boolean): TaskSums => {
      const kept = [...costs].filter(([task]) => keep(task)).map(([, cost]) => cost)
      return { tasks: kept.length, nanoUsd: String(kept.reduce((sum, cost) => sum + cost, 0n)), squares: kept.reduce((sum, cost) => sum + (Number(cost) / 1e9) ** 2, 0) }
    }
    return { group, all: sums(() => true), judged: sums((task) => succeeded.has(task)), succeeded: sums((task) => succeeded.get(task) === true) }
  })
  return rows.toSorted((a, b) => compare(BigInt(b.all.nanoUsd), BigInt(a.all.nanoUsd)) || compareGroups(a.group, b.group)).slice(0, limit)
}
