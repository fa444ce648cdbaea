import { breakEvenFill, overheadOf } from './break-even-k.ts'
import type { Choice } from './choose-offers.ts'
import { bestCount, levelCosts } from './optimum.ts'
import type { MarginalLevel } from './plan-result.ts'

/**
 * The marginal table for a month, each level with what serves it in the best plan of a fixed count. A level's break-even
 * is (p/s)(1 + h) / (k e) with the k of that level. Operations are paid once, for owning anything: where the plan owns
 * something they are paid and h is 0; where they are the reason that it owns nothing, they are spread over the replicas
 * that it would own without them.
 */
export function marginalLevels({ market, count, costs, replica, dedicated, serverless, least }: Choice, toMonth: number): MarginalLevel[] {
  const withoutOps = count > 0 ? count : Math.max(1, bestCount(costs, 0, least))
  const h = count > 0 ? 0 : overheadOf(market, withoutOps)
  return levelCosts(replica.demand, market, costs).map(({ level, meanFill, ...usd }) => {
    const choice = (level <= count && dedicated !== null) || serverless === null ? 'dedicated' : 'serverless'
    const dedicatedUsd = dedicated === null ? null : usd.dedicatedUsd * (level <= withoutOps ? 1 + h : 1) * toMonth
    const serverlessUsd = usd.serverlessUsd === null || dedicated === null ? null : usd.serverlessUsd * toMonth
    if (dedicatedUsd === null || serverlessUsd === null) return { level, meanFill, breakEven: null, choice, dedicatedUsd, serverlessUsd, savesUsd: null }
    const breakEven = serverlessUsd > 0 ? (meanFill * usd.dedicatedUsd * (1 + h) * toMonth) / serverlessUsd : breakEvenFill(market, market.basePerHour * (1 + h), 1)
    const saved = serverlessUsd - dedicatedUsd
    return { level, meanFill, breakEven, choice, dedicatedUsd, serverlessUsd, savesUsd: choice === 'dedicated' ? saved : -saved }
  })
}
