import type { ReactNode } from 'react'
import { useSession } from '../api/session.ts'
import { useSearchValue } from '../app/search-state.ts'

/** How far back a page looks, and how wide its time buckets are: some 50 to 170 of them, so that a picture has a shape. */
export const WINDOWS = {
  '1h': { label: 'last hour', ms: 3_600_000, bucket: '1m', bucketMs: 60_000 },
  '24h': { label: 'last 24 hours', ms: 86_400_000, bucket: '15m', bucketMs: 900_000 },
  '7d': { label: 'last 7 days', ms: 604_800_000, bucket: '1h', bucketMs: 3_600_000 },
  '30d': { label: 'last 30 days', ms: 2_592_000_000, bucket: '6h', bucketMs: 21_600_000 },
} as const
export type WindowName = keyof typeof WINDOWS

export function useWindow(fallback: WindowName = '24h'): { readonly name: WindowName; readonly set: (name: WindowName) => void } & (typeof WINDOWS)[WindowName] {
  const [value, setValue] = useSearchValue('window')
  const { session } = useSession()
  // The demo began minutes ago: a week would be one bar.
  const usual = session?.demo === true ? '1h' : fallback
  const name = value !== null && Object.hasOwn(WINDOWS, value) ? (value as WindowName) : usual
  return { name, set: (next) => setValue(next === usual ? null : next), ...WINDOWS[name] }
}

export function WindowPicker({ value, onChange }: { readonly value: WindowName; readonly onChange: (name: WindowName) => void }): ReactNode {
  return (
    <label>
      <span className="visually-hidden">Time</span>
      <select value={value} onChange={(event) => onChange(event.target.value as WindowName)}>
        {Object.entries(WINDOWS).map(([name, { label }]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </label>
  )
}
