import type { Priority } from '../../core/call.ts'
import type { KeyRow } from '../../store/control.ts'
import type { ModelRule } from './key-rules.ts'
import { HASH_SEED, type Hash64, hash64 } from './number-table.ts'
import { SlidingSum } from './sliding-sum.ts'

/** Lanes of a key's minute. */
export const REQUESTS = 0
export const TOKENS = 1

/** A key in memory: what calls are judged by, flat since every step away costs at ten thousand keys, and its counters. */
export class KeyState {
  readonly id: string
  readonly hash: Hash64
  row!: KeyRow
  tenant!: string
  mayCall!: boolean
  mayIngest!: boolean
  mayRead!: boolean
  mayAudit!: boolean
  mayAdminister!: boolean
  mayUse!: ModelRule | null
  models!: readonly string[] | null
  residency!: string | null
  priority!: Priority
  rpm!: number | null
  tpm!: number | null
  concurrency!: number | null
  /** Unix ms; Infinity = never. */
  endsAt!: number
  /** Calls that hold a reservation. */
  inFlight = 0
  /** Requests and tokens of the last minute; null = neither is limited. */
  minute: SlidingSum | null = null
  /** Unix ms of the last use that the store has not been told; 0 = none. */
  usedAt = 0

  constructor(row: KeyRow, mayUse: ModelRule | null) {
    this.id = row.id
    this.hash = hash64(HASH_SEED, row.id)
    this.renew(row, mayUse)
  }

  /** Takes over a changed row and its models' rule; the counters go on. */
  renew(row: KeyRow, mayUse: ModelRule | null): void {
    const { scopes, models, residency, priority, limits } = row.rules
    this.row = row
    this.tenant = row.tenant
    this.mayCall = scopes.includes('call')
    this.mayIngest = this.mayCall || scopes.includes('ingest')
    this.mayRead = scopes.includes('read')
    this.mayAudit = scopes.includes('audit')
    this.mayAdminister = scopes.includes('admin')
    this.mayUse = mayUse
    this.models = models
    this.residency = residency
    this.priority = priority
    this.rpm = limits.rpm
    this.tpm = limits.tpm
    this.concurrency = limits.concurrency
    this.endsAt = Math.min(row.disabledAt ?? Infinity, row.expiresAt ?? Infinity)
    this.minute = limits.rpm === null && limits.tpm === null ? null : (this.minute ?? new SlidingSum(2))
  }
}
