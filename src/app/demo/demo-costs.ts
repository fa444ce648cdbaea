import { sumBills } from '../../core/billing/bill.ts'
import { meterReplica } from '../../core/billing/meter.ts'
import type { Bill, ReplicaLife } from '../../core/billing/rate-card.ts'
import { toUsd } from '../../core/money.ts'
import type { PoolConfig } from '../../route/config-types.ts'

/** What was paid for the replicas of each kind. */
export interface DemoBills {
  readonly dedicated: Bill
  readonly serverless: Bill
}

/** The bills of replicas that live or have lived, by the meter that the planner uses too. */
export function demoBills(pools: readonly PoolConfig[], lives: (pool: string) => readonly ReplicaLife[]): DemoBills {
  const of = (kind: PoolConfig['kind']): Bill =>
    sumBills(
      pools.flatMap(({ id, kind: its, card }) => {
        if (its !== kind) return []
        if (card.rule === 'tokens') throw new Error('the demo has no pool that is billed by token')
        return lives(id).map((life) => meterReplica(card, life))
      }),
    )
  return { dedicated: of('dedicated'), serverless: of('serverless') }
}

/** USD an hour on average over `seconds`; 0 before any time has passed. */
export function usdPerHour({ total }: Bill, seconds: number): number {
  return seconds <= 0 ? 0 : toUsd(total) / (seconds / 3600)
}
