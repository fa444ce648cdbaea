import { useState, type ReactNode } from 'react'
import { useLive, type Live, type LivePool } from '../../api/live.ts'
import { KIND_COLORS } from '../../charts/colors.ts'
import { StackedTime } from '../../charts/stacked-time.tsx'
import { useFormats } from '../../format/preferences.tsx'
import { Meter } from '../../ui/meter.tsx'
import { Figure, Figures, PageHead, Section } from '../../ui/page.tsx'
import { Empty, Loading } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { LastHour } from './last-hour.tsx'
import { poolState } from './pool-state.ts'
import { isSpill, reasonWords } from './reasons.ts'

const SECOND_MS = 1000

/** Where calls run at this moment, and why there. */
export function Page(): ReactNode {
  const [paused, setPaused] = useState(false)
  const { live, connection } = useLive(paused)
  return (
    <>
      <PageHead
        title="Routing"
        answer={live === null ? 'Where do calls run now?' : <Answer live={live} />}
        tools={
          <>
            <span className="faint" role="status">
              {{ connecting: 'connecting …', live: 'live', lost: 'connection lost, trying again', paused: 'paused' }[connection]}
            </span>
            <button type="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>
              {paused ? 'Go on' : 'Pause'}
            </button>
          </>
        }
      />
      {live === null ? <Loading what="the pools" lines={6} /> : <View live={live} />}
    </>
  )
}

function Answer({ live }: { readonly live: Live }): ReactNode {
  const formats = useFormats()
  const { calls, byReason, seconds, errors } = live.recent
  const spilled = Object.entries(byReason).reduce((sum, [reason, count]) => sum + (isSpill(reason) ? count : 0), 0)
  if (calls === 0) return `No call in the last ${seconds} s.`
  return `${formats.decimal(calls / seconds, 1)} calls a second; ${formats.percent(spilled / calls)} spilled${errors > 0 ? `, ${formats.count(errors)} failed` : ''} in the last ${seconds} s.`
}

function View({ live }: { readonly live: Live }): ReactNode {
  const formats = useFormats()
  const { recent, pools, waiting, queueLimit, prewarm } = live
  const kinds = new Map(pools.map(({ id, kind }) => [id, kind]))
  const newest = Math.floor(live.at / SECOND_MS) * SECOND_MS
  const times = Array.from({ length: recent.seconds }, (_, index) => newest - (recent.seconds - 1 - index) * SECOND_MS)
  const series = pools.flatMap(({ id, kind }) => (recent.perSecond[id] === undefined ? [] : [{ name: id, color: KIND_COLORS[kind]!, values: recent.perSecond[id] }]))
  const refused = recent.perSecond['none']
  if (refused !== undefined) series.push({ name: 'refused before a pool', color: 'var(--waste)', values: refused })
  const reasons = Object.entries(recent.byReason).sort(([, a], [, b]) => b - a)
  return (
    <>
      <Figures>
        <Figure label="Calls a second" value={formats.decimal(recent.calls / recent.seconds, 1)} note={`of the last ${recent.seconds} s`} />
        <Figure label="In flight" value={formats.count(pools.reduce((sum, { inFlight }) => sum + inFlight, 0))} />
        <Figure label="Waiting" value={formats.count(waiting)} note={`of at most ${formats.count(queueLimit)}`} />
        <Figure label="Failed" value={formats.count(recent.errors)} note={recent.calls === 0 ? undefined : formats.percent(recent.errors / recent.calls, 1)} {...(recent.errors > 0 ? { tone: 'waste' as const } : {})} />
      </Figures>
      <Section title="Calls, second by second">
        {series.length === 0 ? <Empty title="No call in the last minute" /> : <StackedTime title="Calls of each pool in the last minute" times={times} bucketMs={SECOND_MS} series={series} format={formats.compact} height={160} />}
      </Section>
      <LastHour kinds={kinds} />
      <Section title="Pools" note={`A pool takes no more from a saturation of ${formats.percent(live.saturation.enter)} on, until it is under ${formats.percent(live.saturation.release)}: so it does not flap.`}>
        <Table
          caption="Pools"
          rows={pools}
          keyOf={({ id }) => id}
          columns={[
            { id: 'pool', header: 'pool', cell: (pool) => <Pool pool={pool} /> },
            { id: 'state', header: 'state', cell: (pool) => poolState(pool).words },
            { id: 'saturation', header: 'saturation', cell: ({ saturation, kind, id }) => <Meter value={saturation} color={KIND_COLORS[kind]!} label={`Saturation of ${id}`} marks={[live.saturation.release, live.saturation.enter]} text={formats.percent(saturation)} /> },
            { id: 'flight', header: 'in flight', number: true, cell: ({ inFlight, capacity }) => `${formats.count(inFlight)} / ${formats.count(capacity)}` },
            { id: 'calls', header: `calls, ${recent.seconds} s`, number: true, cell: ({ id }) => formats.count(recent.byPool[id] ?? 0) },
            { id: 'p50', header: 'TTFT p50', number: true, cell: ({ id }) => (recent.ttft[id] === undefined ? '-' : formats.duration(recent.ttft[id].p50)) },
            { id: 'p95', header: 'p95', number: true, cell: ({ id }) => (recent.ttft[id] === undefined ? '-' : formats.duration(recent.ttft[id].p95)) },
          ]}
        />
      </Section>
      <Section title="Replicas and endpoints">
        <Table
          caption="Endpoints"
          rows={pools.flatMap((pool) => pool.endpoints.map((endpoint) => ({ pool, endpoint })))}
          keyOf={({ pool, endpoint }) => `${pool.id}/${endpoint.id}`}
          columns={[
            { id: 'endpoint', header: 'endpoint', cell: ({ pool, endpoint }) => `${pool.id} / ${endpoint.id}` },
            { id: 'up', header: 'health', cell: ({ pool, endpoint }) => (endpoint.up ? 'up' : pool.kind === 'serverless' ? 'asleep' : 'down') },
            { id: 'breaker', header: 'breaker', cell: ({ endpoint }) => endpoint.breaker },
            { id: 'flight', header: 'in flight', number: true, cell: ({ endpoint }) => `${formats.count(endpoint.inFlight)} / ${formats.count(endpoint.capacity)}` },
            { id: 'waiting', header: 'queue of the engine', number: true, cell: ({ endpoint }) => (endpoint.waiting === null ? '-' : formats.count(endpoint.waiting)) },
            { id: 'kv', header: 'KV cache', cell: ({ pool, endpoint }) => (endpoint.kvUsage === null ? '-' : <Meter value={endpoint.kvUsage} color={KIND_COLORS[pool.kind]!} label={`KV cache of ${endpoint.id}`} text={formats.percent(endpoint.kvUsage)} />) },
            { id: 'age', header: 'as of', number: true, cell: ({ endpoint }) => (endpoint.scrapeAgeMs === null ? 'not asked' : `${formats.duration(endpoint.scrapeAgeMs)} ago`) },
          ]}
        />
      </Section>
      <Section title="Why they went there">
        {reasons.length === 0 ? (
          <Empty title="No call in the last minute" />
        ) : (
          <Table
            caption="Reasons of the last minute"
            rows={reasons}
            keyOf={([reason]) => reason}
            columns={[
              { id: 'words', header: 'reason', cell: ([reason]) => <>{reasonWords(reason)} <code className="faint">{reason}</code></> },
              { id: 'calls', header: 'calls', number: true, cell: ([, count]) => formats.count(count) },
              { id: 'share', header: 'share', number: true, cell: ([, count]) => formats.percent(count / recent.calls, 1) },
            ]}
          />
        )}
      </Section>
      <Section title="Pre-warming" note="Pools are started before they are needed: by a calendar, or by the hours that were busy in past weeks.">
        {prewarm.rules.length === 0 ? (
          <Empty title="No rule">
            <a href="/docs/configuration.html">prewarm</a> in the configuration starts serverless replicas before known peaks.
          </Empty>
        ) : (
          <Table
            caption="Pre-warming"
            rows={prewarm.rules}
            keyOf={(rule, index) => `${rule.pool}-${index}`}
            columns={[
              { id: 'pool', header: 'pool', cell: ({ pool }) => <><span className="swatch" style={{ background: KIND_COLORS[kinds.get(pool) ?? ''] }} />{pool}</> },
              { id: 'when', header: 'when', cell: ({ cron, timeZone }) => (cron === 'learned' ? 'before the hours that were busy in past weeks' : <><code>{cron}</code> ({timeZone})</>) },
              { id: 'lead', header: 'before', number: true, cell: ({ leadMinutes }) => `${leadMinutes} min` },
              { id: 'keep', header: 'kept', number: true, cell: ({ keepMinutes }) => `${keepMinutes} min` },
              { id: 'replicas', header: 'replicas', number: true, cell: ({ replicas }) => formats.count(replicas) },
              { id: 'now', header: 'now', cell: ({ pool, via }) => (prewarm.warm.some((one) => one.pool === pool && one.via === via) ? 'kept warm' : 'not needed') },
            ]}
          />
        )}
      </Section>
    </>
  )
}

function Pool({ pool: { id, kind, region, models } }: { readonly pool: LivePool }): ReactNode {
  return (
    <>
      <span className="swatch" style={{ background: KIND_COLORS[kind] }} />
      <strong>{id}</strong>{' '}
      <span className="faint">
        {kind}
        {region === null ? '' : `, ${region}`}; {models.join(', ')}
      </span>
    </>
  )
}
