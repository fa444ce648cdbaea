import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Actuals } from '../../api/actuals.ts'
import { useFormats } from '../../format/preferences.tsx'
import { Empty } from '../../ui/states.tsx'

/** What was foreseen for a time and what came, in parts, on one scale. */
export function PlanAgainstActual({ data: { plan, actuals } }: { readonly data: Actuals }): ReactNode {
  const formats = useFormats()
  if (plan === null) {
    return (
      <Empty title="No plan is saved">
        Make one in the <Link to="/calculator">calculator</Link> and save it, or with <code>spillway plan --save NAME</code>: what is metered is held against it here.
      </Empty>
    )
  }
  if (actuals === null) return <Empty title={`Nothing was metered yet against "${plan.title}"`} />
  const most = Math.max(actuals.plannedUsd, actuals.meteredUsd, Number.MIN_VALUE)
  const rows = [
    ['planned', actuals.plannedDedicatedUsd, actuals.plannedOtherUsd, actuals.plannedUsd],
    ['metered', actuals.meteredDedicatedUsd, actuals.meteredOtherUsd, actuals.meteredUsd],
  ] as const
  return (
    <>
      <p>
        <strong>{plan.title}</strong> ({plan.summary.scenario}): {actuals.difference === null ? 'metered' : `${formats.percent(Math.abs(actuals.difference))} ${actuals.difference >= 0 ? 'more' : 'less'} than planned`} over {formats.duration(actuals.hours * 3_600_000)}
        {actuals.traffic === null ? '.' : `, at ${formats.decimal(actuals.traffic, 2)} times the planned traffic; the plan at that traffic: ${formats.cents(actuals.plannedAtTrafficUsd)}.`}
        {actuals.within === null ? '' : actuals.within ? ' Within its 80 % interval.' : ' Outside its 80 % interval.'}
      </p>
      {rows.map(([name, dedicated, other, total]) => (
        <p key={name} className="row">
          <span>{name}</span>
          <span className="bar" role="img" aria-label={`${name}: ${formats.cents(dedicated)} dedicated, ${formats.cents(other)} elsewhere`} style={{ flex: 1 }}>
            <span style={{ width: `${(dedicated / most) * 100}%`, background: 'var(--dedicated)' }} />
            <span style={{ width: `${(other / most) * 100}%`, background: 'var(--serverless)' }} />
          </span>
          <span>{formats.cents(total)}</span>
        </p>
      ))}
    </>
  )
}
