import { gpusOf } from './layout.ts'
import type { PerfGroup, PerfPoint, PerfTable } from './perf-table.ts'
import type { Subject } from './physics.ts'
import { decodePhysics, prefillPhysics } from './physics.ts'
import { robustFit, valueAt } from './robust-fit.ts'

/** TPOT and TTFT in seconds. */
export interface Latency {
  readonly tpot: number
  readonly ttft: number
}

/** Predicts a subject that was not measured, from all that was. */
export type Transfer = (subject: Subject) => (batch: number, input: number, output: number) => Latency

/**
 * How alike two groups must be to learn from each other: a residual counts exp(-distance), and each difference adds to
 * the distance. Found by leave-one-group-out search on the shipped points; bench/latency-model.ts prints the errors.
 */
const DISTANCE = { model: 2, modelSize: 0.5, gpu: 2, engine: 2, precision: 2, doubling: 1.25, expertParallel: 2, dataParallel: 2 }
/** Reach of a residual in ln batch, ln input, ln output. */
const REACH = 0.5
/** Weight of "no correction", in measurements. */
const PRIOR = 0.002
const SPREAD = 0.3
const LARGEST_RESIDUAL = 1.2

/**
 * The catalog has no bandwidth and arithmetic of these; they are reckoned with those of the B200, of the same
 * generation, and what they do better or worse is left to the residuals.
 */
const STAND_INS: Readonly<Record<string, string>> = { 'b300-288gb': 'b200-180gb', 'gb200-186gb': 'b200-180gb', gb300: 'b200-180gb' }

/** The figures that a measured GPU is reckoned with, null where there are none. */
export function gpuFigures(table: Pick<PerfTable, 'gpus'>, id: string): PerfTable['gpus'][string] | null {
  return table.gpus[STAND_INS[id] ?? id] ?? null
}

export function subjectOf(table: Pick<PerfTable, 'models' | 'gpus'>, group: PerfGroup): Subject | null {
  const model = table.models[group.model]
  const gpu = gpuFigures(table, group.gpu)
  if (model === undefined || gpu === null || model.layers === null || model.kvBytesPerToken === null) return null
  return { modelId: group.model, model, gpuId: group.gpu, gpu, engine: group.engine, precision: group.precision, layout: group }
}

interface Learned {
  readonly subject: Subject
  readonly points: readonly { readonly point: PerfPoint; readonly tpot: number; readonly ttft: number }[]
}

/**
 * Learns from the closed-loop groups that `use` admits: a line through physical quantities (bytes and operations over
 * what the GPUs can do), then the residuals of the most similar groups.
 */
export function learnTransfer(table: Pick<PerfTable, 'models' | 'gpus' | 'groups'>, use: (group: PerfGroup) => boolean = () => true): Transfer {
  const known = table.groups
    .filter((group) => group.method === 'closed-loop' && use(group))
    .map((group) => ({ group, subject: subjectOf(table, group) }))
    .filter((entry): entry is { group: PerfGroup; subject: Subject } => entry.subject !== null)
  const rows = known.flatMap(({ group, subject }) => group.points.map((point) => ({ point, subject })))
  const decode = robustFit(rows.map(({ point: p, subject }) => ({ x: decodePhysics(subject, p.batch, p.input, p.output), y: p.tpotMs / 1000, weight: 1 })), SPREAD)
  const prefill = robustFit(rows.map(({ point: p, subject }) => ({ x: prefillPhysics(subject, p.batch, p.input), y: p.ttftMs / 1000, weight: 1 })), SPREAD)
  const learned: Learned[] = known.map(({ group, subject }) => ({
    subject,
    points: group.points.map((point) => ({
      point,
      tpot: residual(point.tpotMs / 1000, valueAt(decode, decodePhysics(subject, point.batch, point.input, point.output))),
      ttft: residual(point.ttftMs / 1000, valueAt(prefill, prefillPhysics(subject, point.batch, point.input))),
    })),
  }))
  return (subject) => {
    const near = neighbors(subject, learned)
    return (batch, input, output) => {
      const correction = correctionAt(near, batch, input, output)
      return {
        tpot: valueAt(decode, decodePhysics(subject, batch, input, output)) * Math.exp(correction.tpot),
        ttft: valueAt(prefill, prefillPhysics(subject, batch, input)) * Math.exp(correction.ttft),
      }
    }
  }
}

function residual(measured: number, predicted: number): number {
  return Math.max(-LARGEST_RESIDUAL, Math.min(LARGEST_RESIDUAL, Math.log(measured / predicted)))
}

interface Near {
  readonly weight: number
  readonly batch: number
  readonly input: number
  readonly output: number
  readonly tpot: number
  readonly ttft: number
}

/** Residuals with the weight of their group. A group with many points does not outvote the others by its size alone. */
function neighbors(subject: Subject, learned: readonly Learned[]): Near[] {
  return learned.flatMap(({ subject: other, points }) => {
    const weight = Math.exp(-distance(subject, other)) / Math.sqrt(points.length)
    if (weight < 1e-5) return []
    return points.map(({ point, tpot, ttft }) => ({ weight, batch: Math.log(point.batch), input: Math.log(point.input), output: Math.log(point.output), tpot, ttft }))
  })
}

function distance(a: Subject, b: Subject): number {
  const sizes = Math.abs(Math.log(a.model.activeB / b.model.activeB)) + Math.abs(Math.log(a.model.parametersB / b.model.parametersB))
  const shapeless = sizes < 0.05 && a.model.layers === b.model.layers
  return (
    (a.modelId === b.modelId || shapeless ? 0 : DISTANCE.model + (DISTANCE.modelSize * sizes) / 2) +
    (a.gpuId === b.gpuId ? 0 : DISTANCE.gpu) +
    (a.engine === b.engine ? 0 : DISTANCE.engine) +
    (a.precision === b.precision ? 0 : DISTANCE.precision) +
    DISTANCE.doubling * Math.abs(Math.log2(gpusOf(a.layout) / gpusOf(b.layout))) +
    (a.layout.moeEp > 1 === b.layout.moeEp > 1 ? 0 : DISTANCE.expertParallel) +
    (a.layout.attentionDp > 1 === b.layout.attentionDp > 1 ? 0 : DISTANCE.dataParallel)
  )
}

function correctionAt(near: readonly Near[], batch: number, input: number, output: number): Latency {
  const [b, i, o] = [Math.log(batch), Math.log(input), Math.log(output)]
  let total = PRIOR
  let tpot = 0
  let ttft = 0
  for (const one of near) {
    const weight = one.weight * Math.exp(-((one.batch - b) ** 2 + (one.input - i) ** 2 + (one.output - o) ** 2) / (2 * REACH * REACH))
    total += weight
    tpot += weight * one.tpot
    ttft += weight * one.ttft
  }
  return { tpot: tpot / total, ttft: ttft / total }
}
