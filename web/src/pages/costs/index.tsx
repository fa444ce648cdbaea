import type { ReactNode } from 'react'
import { withQuery } from '../../api/client.ts'
import { usdOf, useCosts, type CostRow, type Costs } from '../../api/questions.ts'
import { may, useSession } from '../../api/session.ts'
import { useSearchValue } from '../../app/search-state.ts'
import { grayOf } from '../../charts/colors.ts'
import { groupKey, seriesByGroup } from '../../charts/series-by-group.ts'
import { StackedTime } from '../../charts/stacked-time.tsx'
import { useFormats } from '../../format/preferences.tsx'
import { CallsLink } from '../../ui/calls-link.tsx'
import { Meter } from '../../ui/meter.tsx'
import { PageHead, Section } from '../../ui/page.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { windowBefore } from '../../ui/time-window.ts'
import { useWindow, WindowPicker } from '../../ui/window-picker.tsx'
import { changeOf } from './pivot.ts'
import { PivotTable } from './pivot-table.tsx'

const DIMENSIONS: readonly (readonly [string, string])[] = [
  ['user', 'user'],
  ['feature', 'feature'],
  ['prompt', 'prompt'],
  ['promptVersion', 'prompt version'],
  ['session', 'session'],
  ['key', 'key'],
  ['model', 'model asked for'],
  ['modelServed', 'model that answered'],
  ['pool', 'pool'],
  ['provider', 'provider'],
  ['outcome', 'outcome'],
  ['reason', 'reason'],
]
const CHARTED = 5
const LISTED = 25
const PAIRS = 1000

/** Who and what costs how much, by one or two attributions, against the time before. */
export function Page(): ReactNode {
  const formats = useFormats()
  const window = useWindow('24h')
  const [first, setFirst] = useSearchValue('by')
  const [second, setSecond] = useSearchValue('and')
  const [success, setSuccess] = useSearchValue('success')
  const by = [first ?? 'feature', ...(second === null ? [] : [second])].join(',')
  const { session } = useSession()
  const costs = useCosts({ ...window.query, by, top: LISTED, ...(success === null ? {} : { success }) })
  const before = useCosts({ ...windowBefore(window, window.now), by, top: 1000 })
  const overTime = useCosts({ ...window.query, by, bucket: window.bucket, top: CHARTED })
  const pairs = useCosts({ ...window.query, by, top: PAIRS }, { enabled: second !== null })
  return (
    <>
      <PageHead
        title="Costs"
        answer={costs.data === undefined ? 'Who and what costs how much?' : <Total costs={costs.data} before={before.data} label={window.label} />}
        tools={
          <>
            <WindowPicker window={window} />
            {may(session, 'calls') ? (
              <>
                <a href={withQuery('/api/v1/export', { format: 'csv', ...window.query })} download="calls.csv">
                  Calls as CSV
                </a>
                <a href={withQuery('/api/v1/export', { format: 'focus', ...window.query })} download="focus.csv">
                  FOCUS
                </a>
              </>
            ) : null}
          </>
        }
      />
      <Section title="By what">
        <div className="row">
          <Dimension label="by" value={first ?? 'feature'} onChange={setFirst} />
          <Dimension label="and by" value={second ?? ''} onChange={(value) => setSecond(value === '' ? null : value)} none />
          <label>
            cost per success: score
            <input value={success ?? ''} placeholder="resolved>=1" maxLength={200} onChange={(event) => setSuccess(event.target.value)} />
          </label>
        </div>
      </Section>
      <Section title="Over time">
        <Answer query={overTime} what="costs over time" lines={6}>
          {(data) => {
            const { times, series } = seriesByGroup(data, window.bucketMs, grayOf, ({ costUsd }) => Number(costUsd))
            return series.length === 0 ? <Empty title="No call in this time" /> : <StackedTime title={`Cost by ${by}`} times={times} bucketMs={window.bucketMs} series={series} format={formats.cents} />
          }}
        </Answer>
      </Section>
      {second === null ? null : (
        <Section title="Crossed" note="One down, the other across: an amount leads to its calls.">
          <Answer query={pairs} what="costs by two" lines={8}>
            {(data) => <PivotTable data={data} window={window.name} />}
          </Answer>
        </Section>
      )}
      <Section title="Ranked" note="A name leads to its calls.">
        <Answer query={costs} what="costs" lines={8}>
          {(data) => <Ranking data={data} before={before.data} window={window.name} />}
        </Answer>
      </Section>
    </>
  )
}

function Dimension({ label, value, onChange, none = false }: { readonly label: string; readonly value: string; readonly onChange: (value: string) => void; readonly none?: boolean }): ReactNode {
  const isTag = value.startsWith('tag:')
  return (
    <>
      <label>
        {label}
        <select value={isTag ? 'tag:' : value} onChange={(event) => onChange(event.target.value === 'tag:' ? 'tag:team' : event.target.value)}>
          {none ? <option value="">nothing else</option> : null}
          {DIMENSIONS.map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
          <option value="tag:">a tag …</option>
        </select>
      </label>
      {isTag ? (
        <label>
          tag
          <input value={value.slice(4)} maxLength={64} onChange={(event) => onChange(`tag:${event.target.value}`)} />
        </label>
      ) : null}
    </>
  )
}

function Total({ costs, before, label }: { readonly costs: Costs; readonly before: Costs | undefined; readonly label: string }): ReactNode {
  const formats = useFormats()
  const now = Number(costs.total[0]?.costUsd ?? 0)
  const then = before === undefined ? null : Number(before.total[0]?.costUsd ?? 0)
  const change = then === null ? null : changeOf(now, then)
  return (
    <>
      {formats.money(now)} metered in the {label}
      {change === null ? '' : `, ${change >= 0 ? '+' : ''}${formats.percent(change)} against the time before`}.
      {costs.success === null ? '' : ` A success costs ${formats.cents(usdOf(costs.success.costPerSuccessUsd))}.`}
    </>
  )
}

function Ranking({ data, before, window }: { readonly data: Costs; readonly before: Costs | undefined; readonly window: string }): ReactNode {
  const formats = useFormats()
  if (data.rows.length === 0) return <Empty title="No call in this time">Attribution comes with the call: <a href="/docs/gateway.html">how</a>.</Empty>
  const then = new Map(before?.rows.map((row) => [groupKey(row.group), Number(row.costUsd)]))
  const columns: Column<CostRow>[] = [
    ...data.by.map((dimension, index): Column<CostRow> => ({ id: dimension, header: dimension, cell: ({ group }) => <CallsLink where={data.by.map((one, at) => [one, group[at] ?? null])} window={window}>{group[index] ?? <span className="faint">not said</span>}</CallsLink> })),
    { id: 'cost', header: 'cost', number: true, cell: ({ costUsd }) => formats.cents(Number(costUsd)) },
    { id: 'share', header: 'share', cell: ({ share, group }) => <Meter value={share ?? 0} color="var(--gray-2)" label={`Share of ${group.join(', ')}`} text={formats.percent(share, 1)} /> },
    {
      id: 'change',
      header: 'against before',
      number: true,
      cell: ({ group, costUsd }) => {
        const change = changeOf(Number(costUsd), then.get(groupKey(group)) ?? 0)
        return before === undefined ? '…' : change === null ? 'new' : `${change >= 0 ? '+' : ''}${formats.percent(change)}`
      },
    },
    { id: 'calls', header: 'calls', number: true, cell: ({ calls }) => formats.count(calls) },
    { id: 'each', header: 'a call', number: true, cell: ({ costUsd, calls }) => formats.cents(calls === 0 ? null : Number(costUsd) / calls) },
    { id: 'input', header: 'tokens in', number: true, cell: ({ inputTokens }) => formats.compact(inputTokens) },
    { id: 'cached', header: 'of it cached', number: true, cell: ({ inputTokens, cacheReadTokens }) => (inputTokens === 0 ? '-' : formats.percent(cacheReadTokens / inputTokens)) },
    { id: 'output', header: 'out', number: true, cell: ({ outputTokens }) => formats.compact(outputTokens) },
    { id: 'failed', header: 'failed', number: true, cell: ({ failed }) => formats.count(failed) },
  ]
  if (data.success !== null) {
    columns.push(
      { id: 'success', header: 'a success', number: true, cell: ({ success }) => formats.cents(usdOf(success?.costPerSuccessUsd)) },
      { id: 'interval', header: '95 %', number: true, cell: ({ success }) => (success?.lowUsd === null || success?.lowUsd === undefined ? 'too few' : `${formats.cents(usdOf(success.lowUsd))} to ${formats.cents(usdOf(success.highUsd))}`) },
      { id: 'judged', header: 'successes', number: true, cell: ({ success }) => (success === null ? '-' : `${formats.count(success.successes)} of ${formats.count(success.judged)}`) },
    )
  }
  const rest = data.other[0]
  return (
    <>
      <Table caption="Costs, the largest first" rows={data.rows} columns={columns} keyOf={({ group }) => groupKey(group)} />
      {rest === undefined || rest.calls === 0 ? null : (
        <p className="faint">
          And {formats.cents(Number(rest.costUsd))} of {formats.count(rest.calls)} calls in smaller groups.
        </p>
      )}
    </>
  )
}
