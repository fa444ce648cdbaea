import type { Gpu, Model, Precision } from '../catalog/types.ts'
import { gpusOf } from './layout.ts'
import type { PerfGroup, PerfModel, PerfTable } from './perf-table.ts'

const ALIKE = 0.05
const close = (x: number, y: number): boolean => Math.abs(x / y - 1) < ALIKE

/**
 * Whether two models are of one shape, so that they run equally fast: the same layers, heads and KV cache, and
 * parameters within 5 % (vocabularies differ). Llama 3, 3.1 and 3.3 70B are, and DeepSeek V3 and R1.
 */
export function sameShape(a: PerfModel, b: Pick<Model, 'parametersB' | 'activeB' | 'layers' | 'attentionHeads' | 'kvHeads' | 'kvBytesPerToken'>): boolean {
  if (a.layers === null || a.kvBytesPerToken === null) return false
  return a.layers === b.layers && a.attentionHeads === b.attentionHeads && a.kvHeads === b.kvHeads && a.kvBytesPerToken === b.kvBytesPerToken && close(a.parametersB, b.parametersB) && close(a.activeB, b.activeB)
}

/** The ids under which the table knows the model: its own and those of its shape; empty where none was measured. */
export function measuredAs(table: PerfTable, model: Model): string[] {
  return Object.entries(table.models)
    .filter(([id, other]) => id === model.id || sameShape(other, model))
    .map(([id]) => id)
}

/**
 * The measured group that stands for `gpus` GPUs at `precision`: of the model or one of its shape, with points enough to
 * fit a line where there is a choice. Isolated measurements do not stand for a replica: they are of the engines of 2023,
 * and what they imply is a fifth of what MLPerf measured a year later (docs/latency-model.md).
 */
export function findGroup(table: PerfTable, model: Model, gpu: Gpu, gpus: number, precision: Precision): PerfGroup | null {
  const ids = measuredAs(table, model)
  const candidates = table.groups.filter((group) => group.method === 'closed-loop' && ids.includes(group.model) && group.gpu === gpu.id && group.precision === precision && gpusOf(group) === gpus)
  return candidates.toSorted((a, b) => rank(b, model) - rank(a, model))[0] ?? null
}

const ENOUGH_POINTS = 8

/** Enough points first, then the model's own group, then the number of points. */
function rank(group: PerfGroup, model: Model): number {
  return (group.points.length >= ENOUGH_POINTS ? 1e5 : 0) + (group.model === model.id ? 1e4 : 0) + group.points.length
}
