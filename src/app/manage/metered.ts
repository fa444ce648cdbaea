import type { Clock } from '../../core/clock.ts'
import type { Metered } from '../../prove/actuals/actuals.ts'
import type { PoolConfig } from '../../route/config-types.ts'
import { dedicatedPools } from '../api/dedicated-pools.ts'
import type { TelemetryService } from '../telemetry/start-telemetry.ts'

const HOUR_MS = 3_600_000
const NANO = 1e9

interface CostAnswer {
  readonly from: string
  readonly to: string
  readonly rows: readonly { readonly at: string | null; readonly group: readonly (string | null)[]; readonly costUsd: string; readonly calls: number }[]
  readonly other: readonly { readonly costUsd: string; readonly calls: number }[]
}

/**
 * What a tenant's calls and the rented replicas came to, from `from` (such as `7d`) or the first call after it on. Replicas count as
 * the configuration has them now, all of that time. Null = there was no call. Throws TELEMETRY_OFF, TELEMETRY_UNAVAILABLE.
 */
export function meteredSince(telemetry: () => TelemetryService, pools: () => readonly PoolConfig[], clock: Clock): (tenant: string, from: string) => Promise<Metered | null> {
  return async (tenant, from) => {
    const service = telemetry()
    const { asOf, behindBytes } = service.status()
    const reply = await service.store().query({ path: '/api/v1/costs', search: `from=${from}&by=pool&bucket=1h&top=1000`, tenant, admin: false, now: clock.now(), asOf, behindBytes, dedicated: [] })
    if (reply.type !== 'json' || reply.status !== 200) return null
    return meteredOf(JSON.parse(Buffer.from(reply.bytes).toString('utf8')) as CostAnswer, pools())
  }
}

/** The same from an answer of /api/v1/costs by pool and hour. */
export function meteredOf({ from, to, rows, other }: CostAnswer, pools: readonly PoolConfig[]): Metered | null {
  const starts = rows.flatMap(({ at, calls }) => (at === null || calls === 0 ? [] : [Date.parse(at)]))
  if (starts.length === 0) return null
  const rented = dedicatedPools(pools)
  const isRented = new Set(rented.map(({ id }) => id))
  const hours = (Date.parse(to) - Math.max(Date.parse(from), Math.min(...starts))) / HOUR_MS
  const elsewhere = [...rows.filter(({ group }) => !isRented.has(group[0] ?? '')), ...other]
  return {
    hours,
    requests: [...rows, ...other].reduce((sum, { calls }) => sum + calls, 0),
    dedicatedUsd: rented.reduce((sum, { nanoUsdPerHour, replicas }) => sum + (Number(nanoUsdPerHour) / NANO) * replicas * hours, 0),
    otherUsd: elsewhere.reduce((sum, { costUsd }) => sum + Number(costUsd), 0),
  }
}
