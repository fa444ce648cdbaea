import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Live } from '../../api/live.ts'
import { useFormats } from '../../format/preferences.tsx'
import { poolState } from '../routing/pool-state.ts'
import { Loading } from '../../ui/states.tsx'

export function Health({ live, colors }: { readonly live: Live | null; readonly colors: Readonly<Record<string, string>> }): ReactNode {
  const formats = useFormats()
  if (live === null) return <Loading what="health" />
  const { telemetry, journal, audit, alerts, notes } = live
  const lines: readonly (readonly [string, string])[] = [
    ['Telemetry', telemetry.state === 'on' ? (telemetry.failure === null ? `loads; ${formats.bytes(telemetry.behindBytes)} wait` : `does not load (${telemetry.failure})`) : telemetry.state],
    ['Journal', journal.failure ?? (journal.lost > 0 ? `${formats.count(journal.lost)} records lost` : `${formats.bytes(journal.bytes)}, none lost`)],
    ['Audit log', audit === null ? 'off' : audit.stopped === null ? `${formats.count(audit.size)} leaves; ${audit.witnesses.length === 0 ? 'no witness: nobody else holds its checkpoints' : `${audit.witnesses.filter(({ ok }) => ok).length} of ${audit.witnesses.length} witnesses have signed`}` : `stopped (${audit.stopped})`],
    ['Alerts', alerts.critical + alerts.warning === 0 ? 'none open' : `${alerts.critical} critical, ${alerts.warning} warnings`],
  ]
  return (
    <dl className="pairs">
      {live.pools.map((pool) => (
        <div key={pool.id}>
          <dt>
            <span className="swatch" style={{ background: colors[pool.kind] }} />
            <Link to="/routing">{pool.id}</Link>
          </dt>
          <dd>{poolState(pool).words}, {formats.count(pool.inFlight)} of {formats.count(pool.capacity)} in flight</dd>
        </div>
      ))}
      {lines.map(([name, words]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{words}</dd>
        </div>
      ))}
      {notes.map((note) => (
        <div key={note}>
          <dt>Note</dt>
          <dd>{note}</dd>
        </div>
      ))}
    </dl>
  )
}
