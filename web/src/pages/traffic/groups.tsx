import type { ReactNode } from 'react'
import { usePoolKinds } from '../../api/live.ts'
import { useCosts, useLatency, type LatencyRow } from '../../api/questions.ts'
import { useSearchValue } from '../../app/search-state.ts'
import { grayOf } from '../../charts/colors.ts'
import { groupKey, seriesByGroup } from '../../charts/series-by-group.ts'
import { seriesByPool } from '../../charts/series-by-pool.ts'
import { StackedTime } from '../../charts/stacked-time.tsx'
import { useFormats } from '../../format/preferences.tsx'
import { CallsLink } from '../../ui/calls-link.tsx'
import { Section } from '../../ui/page.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import type { TimeWindow } from '../../ui/time-window.ts'
import { isTime, METRICS, type MetricName } from './metrics.ts'

const GROUPS = [
  ['pool', 'pool'],
  ['modelServed', 'model'],
  ['feature', 'feature'],
  ['user', 'user'],
  ['provider', 'provider'],
  ['outcome', 'outcome'],
] as const
const CHARTED = 5
const LISTED = 12

/** Calls over time by what the reader chooses, and how long each group takes. */
export function Groups({ window, metric }: { readonly window: TimeWindow; readonly metric: MetricName }): ReactNode {
  const formats = useFormats()
  const kinds = usePoolKinds()
  const [chosen, setChosen] = useSearchValue('by')
  const [by, words] = GROUPS.find(([name]) => name === chosen) ?? GROUPS[0]
  const calls = useCosts({ ...window.query, by, bucket: window.bucket, top: CHARTED, order: 'calls' })
  const latency = useLatency({ ...window.query, by, metric, top: LISTED })
  const write = isTime(metric) ? formats.duration : formats.compact
  const columns: Column<LatencyRow>[] = [
    { id: 'group', header: words, cell: ({ group: [name = null] }) => <CallsLink where={[[by, name]]} window={window.name}>{name ?? <span className="faint">not said</span>}</CallsLink> },
    { id: 'calls', header: 'calls', number: true, cell: ({ calls: count }) => formats.count(count) },
    ...(['p50', 'p90', 'p95', 'p99'] as const).map((quantile): Column<LatencyRow> => ({ id: quantile, header: quantile, number: true, cell: (row) => (row[quantile] === null ? '-' : write(row[quantile])) })),
  ]
  return (
    <Section
      title="Calls"
      note={`And the ${METRICS.find(([name]) => name === metric)?.[1]} of each ${words}.`}
      tools={
        <label>
          by{' '}
          <select value={by} onChange={(event) => setChosen(event.target.value === GROUPS[0][0] ? null : event.target.value)}>
            {GROUPS.map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Answer query={calls} what="calls" lines={6}>
        {(data) => {
          // While another grouping is being read the last one is still shown, under its own name.
          const { times, series } = data.by[0] === 'pool' ? seriesByPool(data, kinds, window.bucketMs) : seriesByGroup(data, window.bucketMs, grayOf, (row) => row.calls)
          return series.length === 0 ? <Empty title="No call in this time" /> : <StackedTime title={`Calls by ${words} over time`} times={times} bucketMs={window.bucketMs} series={series} format={formats.compact} />
        }}
      </Answer>
      <Answer query={latency} what="latencies" lines={3}>
        {({ rows }) => (rows.length === 0 ? null : <Table caption={`Calls and latency by ${words}`} rows={rows} columns={columns} keyOf={({ group }) => groupKey(group)} />)}
      </Answer>
    </Section>
  )
}
