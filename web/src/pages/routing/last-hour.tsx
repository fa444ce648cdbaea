import type { ReactNode } from 'react'
import { useCosts } from '../../api/questions.ts'
import { seriesByPool } from '../../charts/series-by-pool.ts'
import { StackedTime } from '../../charts/stacked-time.tsx'
import { useFormats } from '../../format/preferences.tsx'
import { Section } from '../../ui/page.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { WINDOWS } from '../../ui/time-window.ts'

const { bucket, bucketMs } = WINDOWS['1h']
const EVERY_MS = 30_000

/** What the floor served and what spilled, minute by minute, from what was recorded. */
export function LastHour({ kinds }: { readonly kinds: ReadonlyMap<string, string> }): ReactNode {
  const formats = useFormats()
  const calls = useCosts({ from: '1h', by: 'pool', bucket, top: 20 }, { every: EVERY_MS })
  return (
    <Section title="The last hour, minute by minute">
      <Answer query={calls} what="the last hour" lines={5}>
        {(data) => {
          const { times, series } = seriesByPool(data, kinds, bucketMs)
          return series.length === 0 ? <Empty title="No call in the last hour" /> : <StackedTime title="Calls of each pool in the last hour" times={times} bucketMs={bucketMs} series={series} format={formats.compact} height={160} />
        }}
      </Answer>
    </Section>
  )
}
