import { fitGroup } from './group-fit.ts'
import type { BasisError, ErrorBand, PerfErrors, PerfGroup, PerfPoint, PerfTable } from './perf-table.ts'
import type { Latency } from './transfer.ts'
import { learnTransfer, subjectOf } from './transfer.ts'

/** One prediction of a point that the model had not seen. */
export interface HeldOut {
  readonly group: PerfGroup
  readonly point: PerfPoint
  /** |predicted / measured - 1|. */
  readonly tpot: number
  readonly ttft: number
}

type Data = Pick<PerfTable, 'models' | 'gpus' | 'groups'>

/**
 * Leaves each point out of its group in turn and predicts it from the rest. What other groups say (the prior) is learned
 * without the whole group, so the point left out has no way in.
 */
export function withinGroups(table: Data): HeldOut[] {
  return table.groups.flatMap((group) => {
    if (group.points.length < 2) return []
    const subject = subjectOf(table, group)
    const prior = subject === null || group.method === 'isolated' ? null : learnTransfer(table, (other) => other !== group)(subject)
    return group.points.map((point, index) => heldOut(group, point, fitGroup(group.points.filter((_, i) => i !== index), group.method, prior).at(point.batch, point.input, point.output, point.version)))
  })
}

/** Predicts each closed-loop group from the groups that `blind` does not hide from it; by default all but itself. */
export function unseenGroups(table: Data, blind: (group: PerfGroup, other: PerfGroup) => boolean = (group, other) => group === other): HeldOut[] {
  return table.groups.flatMap((group) => {
    const subject = subjectOf(table, group)
    if (subject === null || group.method !== 'closed-loop') return []
    const predict = learnTransfer(table, (other) => !blind(group, other))(subject)
    return group.points.map((point) => heldOut(group, point, predict(point.batch, point.input, point.output)))
  })
}

function heldOut(group: PerfGroup, point: PerfPoint, predicted: Latency): HeldOut {
  return { group, point, tpot: Math.abs((predicted.tpot * 1000) / point.tpotMs - 1), ttft: Math.abs((predicted.ttft * 1000) / point.ttftMs - 1) }
}

export function errorBand(errors: readonly number[]): ErrorBand {
  const sorted = errors.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
  return { mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length, median: at(0.5), p90: at(0.9), points: sorted.length }
}

export function basisError(predictions: readonly HeldOut[]): BasisError {
  return { tpot: errorBand(predictions.map(({ tpot }) => tpot)), ttft: errorBand(predictions.map(({ ttft }) => ttft)) }
}

/** Below this many points the 90th percentile of a group's own error is its worst point or two; the planner then takes that of all groups. */
const LEAST_POINTS = 20

/** All errors that the table ships: of each basis, and of each group with points enough. */
export function crossValidate(table: Data): { readonly error: PerfErrors; readonly groups: readonly (BasisError | null)[] } {
  const within = withinGroups(table)
  const byGroup = Map.groupBy(within, ({ group }) => group)
  return {
    error: {
      measured: basisError(within.filter(({ group }) => group.method === 'closed-loop')),
      isolated: basisError(within.filter(({ group }) => group.method === 'isolated')),
      unseenGroup: basisError(unseenGroups(table)),
      unseenModel: basisError(unseenGroups(table, (group, other) => group.model === other.model)),
      unseenGpu: basisError(unseenGroups(table, (group, other) => group.gpu === other.gpu)),
      unseenBoth: basisError(unseenGroups(table, (group, other) => group.model === other.model || group.gpu === other.gpu)),
    },
    groups: table.groups.map((group) => (group.points.length < LEAST_POINTS ? null : basisError(byGroup.get(group)!))),
  }
}
