import { breakEvenUtilization } from '../../../../src/core/break-even.ts'
import type { Catalog } from '../../../../src/core/catalog/types.ts'
import type { PerfTable } from '../../../../src/core/perf/perf-table.ts'
import { buildPlanInput } from '../../../../src/decide/input/build-plan-input.ts'
import { choicesOf } from '../../../../src/decide/input/asked-plan.ts'
import { requestOf, weeklyRequestTraffic } from '../../../../src/decide/input/plan-choices.ts'
import { plan } from '../../../../src/decide/plan.ts'
import type { PlanResult } from '../../../../src/decide/plan-result.ts'
import { patternWords, weekOf, type CalcInput } from './calc-input.ts'

export interface PlannerData {
  readonly catalog: Catalog
  readonly perf: PerfTable
}

/** The plan for these answers. `today`: YYYY-MM-DD. Throws the planner's coded errors. */
export function calculate(input: CalcInput, { catalog, perf }: PlannerData, today: string): PlanResult {
  const choices = choicesOf(input)
  const traffic = weeklyRequestTraffic(input.requestsPerDay, weekOf(input.pattern), patternWords(input.pattern), choices)
  const current = input.current === null ? null : { monthlyUsd: input.current, source: 'given with --current' }
  return plan(buildPlanInput(requestOf(choices, { catalog, perf, traffic, current, today })))
}

/** A GPU with its cheapest offers of both kinds, and how busy an owned one must be to pay. */
export interface BreakEvenRow {
  readonly gpu: string
  readonly name: string
  readonly dedicatedPerHour: number
  readonly serverlessPerSecond: number
  readonly utilization: number
  readonly dedicatedOffer: string
  readonly serverlessOffer: string
  readonly asOf: string
}

const NANO = 1e9

/** Bare prices of one GPU: no operations, nothing billed that is not used. GPUs that are not offered both ways are left out. */
export function breakEvenMap({ gpus, offers }: Catalog): BreakEvenRow[] {
  return gpus
    .flatMap((gpu) => {
      const own = offers.filter((offer) => offer.gpu === gpu.id)
      const dedicated = own.flatMap(({ card, id, asOf, tier }) => (card.rule === 'dedicated' && card.commitment === null && card.spot === null && tier !== 'spot' ? [{ id, asOf, usd: Number(card.perGpuHour) / NANO }] : [])).sort((a, b) => a.usd - b.usd)[0]
      const serverless = own.flatMap(({ card, id, asOf }) => (card.rule === 'serverless' ? [{ id, asOf, usd: Number(card.perGpuSecond) / NANO }] : [])).sort((a, b) => a.usd - b.usd)[0]
      if (dedicated === undefined || serverless === undefined) return []
      const utilization = breakEvenUtilization({ dedicatedPerHour: dedicated.usd, serverlessPerSecond: serverless.usd, overheadShare: 0, k: 1, throughputRatio: 1 })
      return [{ gpu: gpu.id, name: gpu.name, dedicatedPerHour: dedicated.usd, serverlessPerSecond: serverless.usd, utilization, dedicatedOffer: dedicated.id, serverlessOffer: serverless.id, asOf: dedicated.asOf < serverless.asOf ? dedicated.asOf : serverless.asOf }]
    })
    .sort((a, b) => a.utilization - b.utilization)
}
