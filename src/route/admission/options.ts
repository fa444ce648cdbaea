import type { Clock } from '../../core/clock.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { ControlStore } from '../../store/control.ts'
import type { LoopConfig, ServerConfig } from '../config-types.ts'

export interface AdmissionOptions {
  /** Null = static keys alone, no budgets: ready at once. */
  readonly store: ControlStore | null
  readonly clock: Clock
  /** The installation's key for hashing secrets (store/control/pepper). */
  readonly pepper: Uint8Array
  readonly staticKeys?: ServerConfig['staticKeys']
  readonly loops: LoopConfig
  /** Told of what an operator should see; what it throws is ignored. */
  readonly onEvent?: (event: AdmissionEvent) => void
  /** A reservation that nobody settles returns after this; longer than any call may take. Default 20 minutes; right is a little more than a call may queue and run. */
  readonly reservationMs?: number
  /** Between two flushes of spend, which is what a crash may lose. Default 1 s; null = no timer, `flush` is called. */
  readonly flushMs?: number | null
  readonly limits?: Partial<AdmissionLimits>
}

/** Hard caps on memory. */
export interface AdmissionLimits {
  /** Users (features, keys, models) that each budget for each (`*`) counts by name; about 400 bytes each. */
  readonly subjectsPerBudget: number
  /** Secrets remembered, known and unknown alike. */
  readonly cachedSecrets: number
  /** Distinct requests watched for loops. */
  readonly watchedRequests: number
  /** Sessions whose spend is watched. */
  readonly watchedSessions: number
}

export const DEFAULT_LIMITS: AdmissionLimits = { subjectsPerBudget: 20_000, cachedSecrets: 50_000, watchedRequests: 50_000, watchedSessions: 10_000 }

export type AdmissionEvent =
  | LoopEvent
  /** A call was never settled or released; what it held has been returned. */
  | { readonly type: 'reservation-expired'; readonly at: number; readonly keyId: string; readonly estimate: NanoUsd }
  /** The store refused; what was to be written stays in memory for the next time, what was to be read stays as it was. */
  | { readonly type: 'flush-failed' | 'reload-failed'; readonly at: number; readonly error: unknown }

export interface LoopEvent {
  readonly type: 'loop-warned' | 'loop-throttled' | 'loop-killed' | 'spend-warned' | 'spend-throttled'
  readonly at: number
  readonly tenant: string
  readonly keyId: string
  readonly session: string | null
  readonly feature: string | null
  readonly model: string
  readonly fingerprint: string
  /** What it stands on: the same request, the same steps in its history (of which `tool` is the last), the spend alone. */
  readonly by: 'request' | 'steps' | 'spend'
  readonly tool: string | null
  readonly repeats: number
  readonly windowMs: number
  /** Of the session in the last minute. */
  readonly spent: NanoUsd
  readonly spendPerMinute: NanoUsd
}

export interface AdmissionStats {
  /** Keys and budgets have been read. */
  readonly ready: boolean
  readonly keys: number
  readonly cachedSecrets: number
  readonly cachedUnknown: number
  readonly budgets: number
  readonly subjects: number
  readonly unflushedWindows: number
  readonly reservations: number
  readonly expiredReservations: number
  readonly watchedRequests: number
  readonly watchedSessions: number
  readonly admitted: number
  /** Refusals by code. */
  readonly refused: Readonly<Record<string, number>>
}
