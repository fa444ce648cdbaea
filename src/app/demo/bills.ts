import type { DedicatedCard, ReplicaLife, ServerlessCard } from '../../core/billing/rate-card.ts'
import { sumBills } from '../../core/billing/bill.ts'
import { meterReplica } from '../../core/billing/meter.ts'
import { findOffer } from '../../core/catalog/find.ts'
import { toUsd } from '../../core/money.ts'
import { shippedCatalog } from '../catalog.ts'
import { DEMO_OFFERS } from './demo-config.ts'
import type { DemoFleet } from './fleet.ts'

/** USD an hour of simulated time, metered as the gateway's users would be billed. */
export interface DemoBills {
  readonly dedicated: number
  readonly serverless: number
}

/** USD an hour of one replica, rented and by the second. */
export function demoRates(): DemoBills {
  const catalog = shippedCatalog()
  const { perGpuHour } = findOffer(catalog, DEMO_OFFERS.dedicated).card as DedicatedCard
  const { perGpuSecond } = findOffer(catalog, DEMO_OFFERS.serverless).card as ServerlessCard
  return { dedicated: toUsd(perGpuHour), serverless: toUsd(perGpuSecond) * 3600 }
}

/** What the fleet has cost so far, by the meter that the planner uses too; 0 before any time has passed. */
export function demoBills(fleet: DemoFleet): DemoBills {
  const catalog = shippedCatalog()
  const rented = findOffer(catalog, DEMO_OFFERS.dedicated).card as DedicatedCard
  const bySecond = findOffer(catalog, DEMO_OFFERS.serverless).card as ServerlessCard
  const lives = fleet.dedicated.flatMap((sim) => sim.lives())
  const hours = Math.max(...lives.map(({ startedAt, stoppedAt }) => stoppedAt - startedAt), 0) / 3600
  if (hours === 0) return { dedicated: 0, serverless: 0 }
  const bill = (card: DedicatedCard | ServerlessCard, of: readonly ReplicaLife[]): number => toUsd(sumBills(of.map((life) => meterReplica(card, life))).total) / hours
  return { dedicated: bill(rented, lives), serverless: bill(bySecond, fleet.serverless.lives()) }
}
