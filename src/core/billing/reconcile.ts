import { SpillwayError } from '../errors.ts'
import type { NanoUsd } from '../money.ts'
import { apportion } from './apportion.ts'

/** Invoices are in cents. */
const NANO_PER_CENT = 10_000_000n

export interface Reconciled {
  /** In the order of what was used: what each bears of the bill. */
  readonly parts: readonly BillPart[]
  /** What was paid for and used by nobody: the idle tax. */
  readonly idle: BillPart
  /** What the parts come to by their own reckoning beyond the bill; 0 = they fit. */
  readonly overrun: NanoUsd
}

export interface BillPart {
  readonly nanoUsd: NanoUsd
  readonly cents: bigint
}

/**
 * Spreads the bill of what is rented by the hour over who used it. `used` is what each came to by its share of the replicas' time at
 * their price: with n calls in flight on a replica each has a n-th of that moment, so that all shares together are the time in which
 * there was any call. The rest of the bill is idle time. All parts with the idle one are the bill exactly, in nano-dollars and in cents
 * (largest remainder); the bill is taken in whole cents. Where the shares come to more than the bill (a price that was lowered, calls
 * that reach over the edges of the time), each bears the bill in proportion, and nothing was idle. Throws USAGE_INVALID below zero.
 */
export function reconcile(bill: NanoUsd, used: readonly NanoUsd[]): Reconciled {
  if (bill < 0n || used.some((one) => one < 0n)) throw new SpillwayError('USAGE_INVALID', 'a bill or a use of it is below zero', 'Give amounts of zero or more')
  const cents = (2n * bill + NANO_PER_CENT) / (2n * NANO_PER_CENT)
  const whole = cents * NANO_PER_CENT
  const sum = used.reduce((all, one) => all + one, 0n)
  const overrun = sum > whole ? sum - whole : 0n
  const amounts = overrun > 0n ? [...apportion(whole, used), 0n] : [...used, whole - sum]
  // Two that used almost the same may bear the same: the cent that is left is for who used more.
  const inCents = apportion(cents, amounts, [...used, overrun > 0n ? 0n : whole - sum])
  const parts = amounts.map((nanoUsd, index) => ({ nanoUsd, cents: inCents[index]! }))
  return { parts: parts.slice(0, -1), idle: parts.at(-1)!, overrun }
}
