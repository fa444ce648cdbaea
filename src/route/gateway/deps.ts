import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CallIntent, CallRecord } from '../../core/call.ts'
import type { Clock } from '../../core/clock.ts'
import type { Policy } from '../../core/policy/types.ts'
import type { Random } from '../../core/random.ts'
import type { BodyKeeper } from './body-tap.ts'
import type { GatewayConfig, UpstreamProtocol } from '../config-types.ts'
import type { ClientFace } from '../protocols/parse-face.ts'
import type { Admission, RecordSink, UpstreamAdapter } from '../seams.ts'

/** What a reload may replace, together: calls that run keep what they began with. */
export interface GatewayRules {
  readonly config: GatewayConfig
  readonly policy: Policy
  readonly admission: Admission
}

export interface GatewayDeps extends GatewayRules {
  readonly sink: RecordSink
  readonly adapters: Readonly<Record<UpstreamProtocol, UpstreamAdapter>>
  /** Asked in order for each path; where none knows it, the last one says so. */
  readonly faces: readonly ClientFace[]
  readonly clock: Clock
  /** Ms that only pass, for durations, deadlines and all that the policy hears; whoever else tells the policy something must go by the same. Absent = made of `clock`. */
  readonly steady?: () => number
  readonly random: Random
  readonly newCallId: () => string
  /** Of the canonical request, for loops and retry storms; absent = calls have none. */
  readonly fingerprint?: (json: Readonly<Record<string, unknown>>) => string
  /** Resolves when it is on record for good that a call is about to be served; where it rejects, the call is refused. Asked for calls whose audit is strict. Absent = there is no audit log. */
  readonly intend?: (intent: CallIntent) => Promise<void>
  /** Absent = no bodies are kept. */
  readonly bodies?: BodyKeeper
  /** Other paths of the same port: metrics, health, API. True = it answers. */
  readonly routes?: (req: IncomingMessage, res: ServerResponse) => boolean
  /** A call waits for this pool, which has scaled to zero. */
  readonly wake?: (pool: string) => void
  readonly metrics?: GatewayObserver
  readonly log: GatewayLog
}

/** For metrics: called once a call, and for what never became one. Must not throw. */
export interface GatewayObserver {
  readonly finished?: (record: CallRecord) => void
  /** A connection or request that was refused before it was a call: `headers_too_large`, `too_many_connections` ... */
  readonly refused?: (code: string) => void
}

/** The part of pino that is used. Neither bodies nor secrets are ever passed to it. */
export interface GatewayLog {
  readonly info: (fields: object, message: string) => void
  readonly warn: (fields: object, message: string) => void
  readonly error: (fields: object, message: string) => void
}
