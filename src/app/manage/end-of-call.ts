import type { Clock } from '../../core/clock.ts'
import { queryErrorOf } from '../../measure/query/query-error.ts'
import type { TelemetryService } from '../telemetry/start-telemetry.ts'
import type { ManageDesk } from './route.ts'

/** When a call ended, as telemetry has it; null where it does not know, or cannot be asked. */
export function endOfCall(telemetry: () => TelemetryService, clock: Clock): ManageDesk['endOfCall'] {
  return async (tenant, id) => {
    try {
      const service = telemetry()
      const { asOf, behindBytes } = service.status()
      const reply = await service.store().query({ path: `/api/v1/calls/${encodeURIComponent(id)}`, search: '', tenant, admin: false, now: clock.now(), asOf, behindBytes, dedicated: [] })
      if (reply.type !== 'json' || reply.status !== 200) return null
      const { call } = JSON.parse(Buffer.from(reply.bytes).toString('utf8')) as { readonly call: { readonly startedAt: string; readonly durationMs: number } }
      return Date.parse(call.startedAt) + call.durationMs
    } catch (error) {
      if (queryErrorOf(error) === null) throw error
      return null
    }
  }
}
