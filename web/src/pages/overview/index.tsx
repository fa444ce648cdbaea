import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useActuals } from '../../api/actuals.ts'
import { useLive } from '../../api/live.ts'
import { usdOf, usdOfNano, type Costs, useCosts, useInsights, useReconciliation } from '../../api/questions.ts'
import styles from '../../charts/charts.module.css'
import { KIND_COLORS } from '../../charts/colors.ts'
import { seriesByPool, seriesSince } from '../../charts/series-by-pool.ts'
import { StackedTime } from '../../charts/stacked-time.tsx'
import { useFormats } from '../../format/preferences.tsx'
import { Figure, Figures, PageHead, Section } from '../../ui/page.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { isRelative, WINDOWS } from '../../ui/time-window.ts'
import { useWindow, WindowPicker } from '../../ui/window-picker.tsx'
import { Health } from './health.tsx'
import { LoadDuration } from './load-duration.tsx'
import { PlanAgainstActual } from './plan-against-actual.tsx'
import { TopLeaks } from './top-leaks.tsx'

const HOURS_PER_MONTH = 730
const HOUR_MS = 3_600_000
const EVERY_MS = 15_000

/** Start of the first time bucket that has a call, Unix ms; null = there is none. */
function firstCallAt(costs: Costs | undefined): number | null {
  const times = (costs?.total ?? []).flatMap(({ at, calls }) => (at === null || calls === 0 ? [] : [Date.parse(at)]))
  return times.length === 0 ? null : Math.min(...times)
}

/** Where the money goes, in a minute: what is spent, what serves it, what is idle and what leaks. */
export function Page(): ReactNode {
  const formats = useFormats()
  const window = useWindow('24h')
  const { live, connection } = useLive()
  const { query } = window
  const costs = useCosts({ ...query, by: 'pool', bucket: window.bucket, top: 20 }, { every: EVERY_MS })
  const since = firstCallAt(costs.data)
  // A bill of the time before the first call would be all idle: an installation of today has no week.
  const young = since !== null && costs.data !== undefined && Date.parse(costs.data.to) - since < window.ms - window.bucketMs
  const billed = young ? { ...query, from: new Date(since).toISOString() } : query
  const bills = useReconciliation({ ...billed, by: 'feature', top: 5 }, { every: 4 * EVERY_MS, enabled: costs.data !== undefined })
  const insights = useInsights(window.name === '1h' ? { from: '24h' } : query, { every: 4 * EVERY_MS })
  // A plan is held against a time that ends now.
  const held = isRelative(window.name) ? window.name : '7d'
  const success = useCosts({ ...query, by: 'feature', success: 'resolved', top: 5 }, { every: 4 * EVERY_MS })
  const actuals = useActuals(held)
  const kinds = new Map(live?.pools.map(({ id, kind }) => [id, kind]))
  const span = young ? 'time since the first call' : window.label

  const idle = bills.data === undefined ? null : bills.data.pools.reduce((sum, pool) => sum + Number(pool.idle.usd), 0)
  const fixed = bills.data === undefined ? null : bills.data.pools.reduce((sum, pool) => sum + Number(pool.billUsd), 0)
  // Which pools are rented is not known before the live view: their calls would count a second time.
  const metered = costs.data === undefined || live === null ? null : costs.data.rows.filter(({ group: [pool] }) => kinds.get(pool ?? '') !== 'dedicated').reduce((sum, { costUsd }) => sum + Number(costUsd), 0) + costs.data.other.reduce((sum, { costUsd }) => sum + Number(costUsd), 0)
  const hours = bills.data === undefined ? null : Math.max(1 / 60, (Date.parse(bills.data.to) - Date.parse(bills.data.from)) / HOUR_MS)
  const perHour = hours === null || fixed === null || metered === null ? null : (fixed + metered) / hours
  const calls = costs.data?.total.reduce((sum, row) => sum + row.calls, 0) ?? null
  const incomplete = costs.data?.total.reduce((sum, row) => sum + row.incompleteCost, 0) ?? 0
  const judged = success.data?.success ?? null

  return (
    <>
      <PageHead
        title="Overview"
        answer={perHour === null ? 'Where does the money go?' : `You spend ${formats.money(perHour)} an hour: ${formats.money(perHour * HOURS_PER_MONTH)} a month if it goes on so.`}
        tools={<WindowPicker window={window} />}
      />
      <Figures>
        <Figure label="Spend now" value={perHour === null ? '…' : `${formats.money(perHour)}/h`} note={`rented pools all the time, the rest as metered, in the ${span}`} />
        <Figure label="Projected month" value={perHour === null ? '…' : formats.money(perHour * HOURS_PER_MONTH)} note={`that hour × ${HOURS_PER_MONTH}${hours !== null && hours < 24 ? '; less than a day of data' : ''}`} />
        <Figure label="Idle tax" tone="waste" value={idle === null ? '…' : formats.money(idle)} note={fixed === null || idle === null || fixed === 0 ? 'no dedicated pool' : `${formats.percent(idle / fixed)} of what dedicated replicas cost in the ${span}`} />
        <Figure label="Cost per success" value={judged === null ? (success.data === undefined ? '…' : 'unknown') : formats.cents(usdOf(judged.costPerSuccessUsd))} note={judged === null || judged.judged === 0 ? <a href="/docs/api.html#cost-per-success">send scores to see it</a> : `${formats.count(judged.successes)} of ${formats.count(judged.judged)} judged tasks`} />
        <Figure label="Leaks" tone="waste" value={insights.data === undefined ? '…' : formats.money(usdOfNano(insights.data.lostNanoUsd))} note={<Link to="/leaks">{insights.data === undefined ? 'reading' : `${insights.data.findings.length} found, of ${formats.money(usdOfNano(insights.data.spentNanoUsd))} metered`}</Link>} />
        <Figure label="Calls" value={calls === null ? '…' : formats.compact(calls)} note={incomplete > 0 ? `the cost of ${formats.compact(incomplete)} is estimated or not complete` : 'all with a complete cost'} />
      </Figures>
      <Section title="What serves the load" note="Calls over time, and the same times sorted by load. What is always there is the floor: worth owning. The peak is cheaper rented.">
        <Answer query={costs} what="the load" lines={8}>
          {(data) => {
            const { times, series } = seriesByPool(data, kinds, window.bucketMs)
            if (times.length === 0 || series.length === 0) return <Empty title="No call in this time">Point a client at this address, or report calls: <a href="/docs/ingest.html">how</a>.</Empty>
            return (
              <div className={styles.pair}>
                <StackedTime title="Calls by pool over time" times={times} bucketMs={window.bucketMs} series={series} format={formats.compact} />
                <LoadDuration series={young ? seriesSince(since, times, series, window.bucketMs) : series} format={formats.compact} bucket={window.bucket} />
              </div>
            )
          }}
        </Answer>
      </Section>
      <Section title="Where the dedicated money goes" note="The bill of rented replicas, spread over who used them by the time of the GPU. What nobody used is the idle tax.">
        <Answer query={bills} what="the bill">
          {({ pools }) =>
            pools.length === 0 ? (
              <Empty title="No dedicated pool is configured" />
            ) : (
              <ul>
                {pools.map((pool) => (
                  <li key={pool.pool}>
                    <strong>{pool.pool}</strong>: {formats.cents(Number(pool.billUsd))} for {pool.replicas} replicas in the {span}; {formats.percent(pool.idle.share)} idle ({formats.cents(Number(pool.idle.usd))}).
                  </li>
                ))}
              </ul>
            )
          }
        </Answer>
      </Section>
      <Section title="Metered against planned" note={held === window.name ? undefined : `The ${WINDOWS[held].label}.`}>
        <Answer query={actuals} what="the plan">
          {(data) => <PlanAgainstActual data={data} />}
        </Answer>
      </Section>
      <Section title="Largest leaks">
        <Answer query={insights} what="the leaks">{(data) => <TopLeaks data={data} />}</Answer>
      </Section>
      <Section title="Health" note={connection === 'lost' ? 'The connection is lost; it is tried again.' : undefined}>
        <Health live={live} colors={KIND_COLORS} />
      </Section>
    </>
  )
}
