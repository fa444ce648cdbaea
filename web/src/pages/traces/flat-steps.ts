import type { TraceStep } from '../../api/questions.ts'

export interface FlatStep {
  readonly step: TraceStep
  readonly depth: number
  /** How often the same step (kind, name, model or tool) has stood at this place, this one included. */
  readonly time: number
  /** And how often it does in all. */
  readonly times: number
}

/** The tree of a trace as lines, parents before what is below them; steps that repeat beside each other are counted. */
export function flatSteps(roots: readonly TraceStep[]): FlatStep[] {
  const lines: FlatStep[] = []
  const walk = (steps: readonly TraceStep[], depth: number): void => {
    const counts = Map.groupBy(steps, sameAs)
    const seen = new Map<string, number>()
    for (const step of steps) {
      const key = sameAs(step)
      const time = (seen.get(key) ?? 0) + 1
      seen.set(key, time)
      lines.push({ step, depth, time, times: counts.get(key)!.length })
      walk(step.children, depth + 1)
    }
  }
  walk(roots, 0)
  return lines
}

const sameAs = ({ kind, name, model, tool }: TraceStep): string => JSON.stringify([kind, name, model, tool])
