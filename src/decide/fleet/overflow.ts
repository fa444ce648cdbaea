import type { OverflowModel } from '../market.ts'
import type { KeepWarmCurve } from './keep-warm.ts'
import { billedReplicas, evaluate } from './keep-warm.ts'

/** The curve as the planner's overflow model. `throughputRatio` e = dedicated / serverless throughput of one replica: demand is in dedicated ones. */
export function keepWarmOverflow(curve: KeepWarmCurve, throughputRatio = 1): OverflowModel {
  return {
    billed: (replicas) => billedReplicas(curve, replicas * throughputRatio),
    split: (replicas) => {
      const { busy, coldStart, keepWarm, rounding, coldStartShare } = evaluate(curve, replicas * throughputRatio)
      return { busy, coldStart, keepWarm, rounding, coldStartShare }
    },
    ...curve.transition,
    throughputRatio,
  }
}
