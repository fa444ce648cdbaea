import type { ReactNode } from 'react'
import { useCosts, useDistribution, useLatency, type Costs } from '../../api/questions.ts'
import { useSearchValue } from '../../app/search-state.ts'
import { Histogram } from '../../charts/histogram.tsx'
import { Lines } from '../../charts/lines.tsx'
import { StackedTime } from '../../charts/stacked-time.tsx'
import { useFormats } from '../../format/preferences.tsx'
import { Figure, Figures, PageHead, Section } from '../../ui/page.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { useWindow, WindowPicker } from '../../ui/window-picker.tsx'
import { HeatMap } from './heat-map.tsx'
import { Groups } from './groups.tsx'
import { isTime, METRICS, type MetricName } from './metrics.ts'
import { FAILURES, TOKENS } from './parts.ts'
import { totalSeries } from './total-series.ts'

const WEEK_BUCKET = '1h'

/** What is asked, and when: calls, tokens, latencies, and the shape of the week. */
export function Page(): ReactNode {
  const formats = useFormats()
  const window = useWindow('24h')
  const [chosen, setChosen] = useSearchValue('metric')
  const metric: MetricName = METRICS.find(([name]) => name === chosen)?.[0] ?? 'ttft'
  const all = useCosts({ ...window.query, bucket: window.bucket })
  const week = useCosts({ from: '28d', bucket: WEEK_BUCKET })
  const latency = useLatency({ ...window.query, bucket: window.bucket, metric })
  const distribution = useDistribution({ ...window.query, metric })
  const write = isTime(metric) ? formats.duration : formats.compact
  const total = totalOf(all.data)
  return (
    <>
      <PageHead
        title="Traffic"
        answer={total === null ? 'What is asked, and when?' : `${formats.compact(total.calls)} calls, ${formats.compact(total.input)} tokens in and ${formats.compact(total.output)} out in the ${window.label}.`}
        tools={<WindowPicker window={window} />}
      />
      {total === null ? null : (
        <Figures>
          <Figure label="Tokens a call" value={total.calls === 0 ? '-' : `${formats.compact(total.input / total.calls)} in`} note={total.calls === 0 ? undefined : `${formats.compact(total.output / total.calls)} out`} />
          <Figure label="Read from a cache" value={total.input === 0 ? '-' : formats.percent(total.cached / total.input)} note="of the prompt tokens" />
          <Figure label="Failed" value={formats.compact(total.failed)} note={total.calls === 0 ? undefined : formats.percent(total.failed / total.calls, 2)} {...(total.failed > 0 ? { tone: 'waste' as const } : {})} />
          <Figure label="Client went away" value={formats.compact(total.aborted)} note={total.calls === 0 ? undefined : formats.percent(total.aborted / total.calls, 2)} />
        </Figures>
      )}
      <Groups window={window} metric={metric} />
      <Section title="Tokens">
        <Answer query={all} what="tokens" lines={6}>
          {(data) => {
            const { times, series } = totalSeries(data, window.bucketMs, TOKENS)
            return series.length === 0 ? <Empty title="No call in this time" /> : <StackedTime title="Tokens over time" times={times} bucketMs={window.bucketMs} series={series} format={formats.compact} />
          }}
        </Answer>
      </Section>
      <Section title="Without a whole answer">
        <Answer query={all} what="failures" lines={3}>
          {(data) => {
            const { times, series } = totalSeries(data, window.bucketMs, FAILURES)
            return series.length === 0 ? <Empty title="None: every call in this time was answered" /> : <StackedTime title="Calls without a whole answer over time" times={times} bucketMs={window.bucketMs} series={series} format={formats.compact} height={130} />
          }}
        </Answer>
      </Section>
      <Section
        title="How long, how large"
        tools={
          <label>
            <span className="visually-hidden">What is measured</span>
            <select value={metric} onChange={(event) => setChosen(event.target.value)}>
              {METRICS.map(([name, label]) => (
                <option key={name} value={name}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        }
        note="Quantiles over time, right within 1 %; then how often each value was seen."
      >
        <Answer query={latency} what="quantiles" lines={6}>
          {({ rows }) => {
            const points = rows.filter(({ at, p50 }) => at !== null && p50 !== null)
            return points.length === 0 ? (
              <Empty title="Nothing was measured in this time" />
            ) : (
              <Lines
                title={`Quantiles of ${metric} over time`}
                times={points.map(({ at }) => Date.parse(at!))}
                bucketMs={window.bucketMs}
                format={write}
                lines={[
                  { name: 'p50', dash: '', values: points.map(({ p50 }) => p50) },
                  { name: 'p95', dash: '6 3', values: points.map(({ p95 }) => p95) },
                  { name: 'p99', dash: '2 3', values: points.map(({ p99 }) => p99) },
                ]}
              />
            )
          }}
        </Answer>
        <Answer query={distribution} what="the distribution">
          {(data) => (data.measured === 0 ? null : <Histogram title={`Distribution of ${metric}`} bars={data.bars} marks={[['p50', data.p50], ['p95', data.p95], ['p99', data.p99]]} format={write} />)}
        </Answer>
      </Section>
      <Section title="The shape of the week" note="Calls an hour, mean of the last four weeks: the darker, the more. What is dark all the time is the floor.">
        <Answer query={week} what="the week" lines={6}>
          {(data) => <HeatMap data={data} />}
        </Answer>
      </Section>
    </>
  )
}

function totalOf(data: Costs | undefined): { readonly calls: number; readonly input: number; readonly cached: number; readonly output: number; readonly failed: number; readonly aborted: number } | null {
  if (data === undefined) return null
  const sum = (name: 'calls' | 'inputTokens' | 'cacheReadTokens' | 'outputTokens' | 'failed' | 'aborted'): number => data.total.reduce((all, row) => all + row[name], 0)
  return { calls: sum('calls'), input: sum('inputTokens'), cached: sum('cacheReadTokens'), output: sum('outputTokens'), failed: sum('failed'), aborted: sum('aborted') }
}
