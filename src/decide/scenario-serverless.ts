import type { Choice } from './choose-offers.ts'
import type { PartialSpec } from './scenario.ts'
import type { ScenarioBounds } from './scenario-bounds.ts'
import { scenarioBounds } from './scenario-bounds.ts'
import type { OpsMonthly } from './strategies.ts'
import { monthlyUsage } from './usage.ts'

/** All-serverless on the plan's offer, then on each other offer and kind of replica; none without a serverless offer. */
export function serverlessScenarios(best: Choice, all: readonly Choice[], bounds: ScenarioBounds, ops: OpsMonthly): PartialSpec[] {
  const { serverless, replica, market } = best
  if (serverless === null) return []
  const usage = monthlyUsage(replica.demand, market, 0, null)
  const own: PartialSpec = { id: 'all-serverless', title: `All-serverless (${serverless.title})`, family: 'serverless', usage, boundUsd: bounds.allServerless }
  const others = all.filter((choice) => choice !== best && choice.serverless !== null)
  return [own, ...others.map((choice) => otherServerless(best, choice, others, ops))]
}

/** The user's own prices are one offer for every kind of replica, so an id may need the kind. */
function otherServerless(best: Choice, { replica, market, serverless }: Choice, others: readonly Choice[], ops: OpsMonthly): PartialSpec {
  const { id, title, overflow } = serverless!
  const kind = `${replica.gpusPerReplica} x ${replica.gpu ?? 'replica'}`
  const shared = others.some((other) => other.replica !== replica && other.serverless!.id === id)
  return {
    id: `all-serverless@${id}${shared ? ` (${kind})` : ''}`,
    title: `All-serverless (${title}${replica === best.replica ? '' : `, ${kind}`})`,
    family: 'serverless',
    usage: monthlyUsage(replica.demand, market, 0, null),
    serverless,
    gpu: replica.gpu,
    gpusPerReplica: replica.gpusPerReplica,
    egressPerRequest: market.egressPerRequest,
    throughputRatio: overflow.throughputRatio,
    // Its class needs no schedule: a term of no time spares the search for one.
    boundUsd: scenarioBounds(replica.demand, { ...market, termSeconds: 0 }, ops).allServerless,
    notConsidered: 'Another serverless offer makes a cheaper plan.',
  }
}
