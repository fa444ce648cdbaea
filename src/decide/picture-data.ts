import type { Demand } from './demand.ts'
import type { MarginalLevel, PictureData, Scenario } from './plan-result.ts'

/** What the signature picture draws; `elasticShare` says how much of each level's work the elastic rule's rentals serve. */
export function pictureData(demand: Demand, levels: readonly MarginalLevel[], chosen: Scenario, elasticShare: Float64Array, breakEven: number | null): PictureData {
  return {
    startMs: demand.startMs,
    binSeconds: demand.binSeconds,
    demand: Array.from(demand.replicas),
    gaps: Array.from(demand.possibleGap).flatMap((gap, t) => (gap === 1 ? [t] : [])),
    levels: levels.map(({ level, meanFill }) => ({ level, meanFill, choice: servedBy(level, chosen, elasticShare) })),
    breakEven: breakEven ?? 0,
  }
}

/** What serves most of a level's work in the recommended plan. */
function servedBy(level: number, chosen: Scenario, elasticShare: Float64Array): PictureData['levels'][number]['choice'] {
  if (level <= chosen.replicas.base || chosen.family === 'dedicated') return 'dedicated'
  if (chosen.id === 'hybrid-elastic' && (elasticShare[level - 1] ?? 0) >= 0.5) return 'elastic'
  if (chosen.replicas.hourOfDay !== undefined && chosen.replicas.hourOfDay.filter((count) => count >= level).length >= 12) return 'elastic'
  return 'serverless'
}
