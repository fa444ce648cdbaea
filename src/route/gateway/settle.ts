import type { TokenTotals } from '../../core/billing/token-totals.ts'
import type { Reservation } from '../seams.ts'
import type { Course } from './course.ts'
import type { Gate } from './gate.ts'
import { NOTHING_USED } from './meter.ts'
import type { Metered } from './meter.ts'
import { whereOf } from './where-of.ts'

/** Whether an upstream may bill the call: it has generated something, or was stopped from this side while it worked. */
export function mayBeBilled({ seen, stopped }: Course): boolean {
  return stopped || (seen !== null && (seen.usage !== null || seen.deltas > 0))
}

/** Gives a reservation back for what was really used. One that cannot be settled expires by itself; the record must not be lost over it. */
export function settle(gate: Gate, callId: string, reservation: Reservation, served: Metered, totals: TokenTotals): void {
  try {
    if (served === NOTHING_USED) reservation.release(gate.wall())
    else reservation.settle({ cost: served.cost, ...totals }, gate.wall())
  } catch (error) {
    gate.log.error({ call: callId, error: whereOf(error) }, 'a reservation could not be settled')
  }
}
