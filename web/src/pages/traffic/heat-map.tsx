import type { ReactNode } from 'react'
import type { Costs } from '../../api/questions.ts'
import { useFormats } from '../../format/preferences.tsx'
import { Empty } from '../../ui/states.tsx'
import styles from './traffic.module.css'
import { weekMeans } from './week-means.ts'

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
const HOURS = Array.from({ length: 24 }, (_, hour) => hour)

/** Calls an hour by weekday and hour, in the reader's time zone. */
export function HeatMap({ data }: { readonly data: Costs }): ReactNode {
  const formats = useFormats()
  const means = weekMeans(data.total, formats.settings.timeZone)
  const most = Math.max(0, ...means.flatMap((mean) => mean ?? []))
  if (most === 0) return <Empty title="No call in the last four weeks" />
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Calls an hour by weekday and hour">
      <table className={styles.heat}>
        <caption className="visually-hidden">Mean calls an hour, {formats.settings.timeZone}</caption>
        <thead>
          <tr>
            <td />
            {HOURS.map((hour) => (
              <th key={hour} scope="col">
                {hour}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {DAYS.map((day, row) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              {HOURS.map((hour) => {
                const mean = means[row * 24 + hour] ?? null
                const words = mean === null ? 'not recorded' : `${formats.compact(mean)} calls an hour`
                return (
                  <td key={hour} title={`${day} ${hour}:00, ${words}`} data-unknown={mean === null || undefined}>
                    <span style={{ opacity: mean === null ? 0 : 0.06 + 0.94 * (mean / most) }} />
                    <span className="visually-hidden">{words}</span>
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
