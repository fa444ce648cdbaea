import { SpillwayError } from '../../core/errors.ts'
import type { LinkRow, UserRow } from '../people.ts'

/** What every store of people has to hold to, in one place. */

export function taken(): SpillwayError {
  return new SpillwayError('CONTROL_CONFLICT', 'there is a user with this address or identity', 'Use another address, or sign in as that user')
}

export function lastOwner(): SpillwayError {
  return new SpillwayError('CONTROL_LAST_OWNER', 'nobody would own this installation any more', 'Make somebody else an owner of all tenants first')
}

/** A new link takes the place of one for the same purpose. */
export function samePurpose(one: LinkRow, other: LinkRow): boolean {
  return one.kind === other.kind && one.email === other.email && (one.membership?.tenant ?? null) === (other.membership?.tenant ?? null)
}

export function byAge(a: UserRow, b: UserRow): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}
