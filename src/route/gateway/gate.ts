import type { Random } from '../../core/random.ts'
import type { UpstreamProtocol } from '../config-types.ts'
import type { UpstreamAdapter } from '../seams.ts'
import type { CallIntent, CallRecord } from '../../core/call.ts'
import type { BodyKeeper } from './body-tap.ts'
import type { GatewayLog } from './deps.ts'
import type { Passage } from './passage.ts'
import type { RetryBudget } from './retry-budget.ts'

/** What all calls of a gateway share. */
export interface Gate {
  readonly adapters: Readonly<Record<UpstreamProtocol, UpstreamAdapter>>
  /** Unix ms: for records, and for what outlives the process. It may jump. */
  readonly wall: () => number
  /** Ms that only pass: for durations and deadlines. */
  readonly steady: () => number
  readonly random: Random
  readonly newCallId: () => string
  readonly fingerprint: (json: Readonly<Record<string, unknown>>) => string | null
  /** Of calls whose audit is strict. Null = there is no audit log. */
  readonly intend: ((intent: CallIntent) => Promise<void>) | null
  /** Null = no bodies are kept. */
  readonly bodies: BodyKeeper | null
  readonly wake: (pool: string) => void
  readonly retries: RetryBudget
  readonly log: GatewayLog
  /** The last room: where records go. */
  readonly record: (record: CallRecord) => void
  /** The client's side of a call is closed: nothing more can happen to it. */
  readonly closed: (passage: Passage) => void
}
