import { useState, type ReactNode } from 'react'
import { useSession } from '../api/session.ts'
import { useSearchValue } from '../app/search-state.ts'
import { useFormats } from '../format/preferences.tsx'
import { dayOf, isRelative, readWindow, WINDOWS, type TimeWindow, type WindowName } from './time-window.ts'

const BY_DAYS = 'days'
const WEEK_MS = 604_800_000

export interface ChosenWindow extends TimeWindow {
  /** When the page was opened, Unix ms: questions about a time that ends now stay the same ones while it is drawn. */
  readonly now: number
  readonly set: (name: string) => void
}

/** The time that a page is about, from its address; what is none there is the usual one. */
export function useWindow(fallback: WindowName = '24h'): ChosenWindow {
  const [value, setValue] = useSearchValue('window')
  const [now] = useState(() => Date.now())
  const { session } = useSession()
  const { timeZone } = useFormats().settings
  // The demo began minutes ago: a week would be one bar.
  const usual = session?.demo === true ? '1h' : fallback
  const chosen = readWindow(value ?? usual, timeZone, now) ?? readWindow(usual, timeZone, now)!
  return { ...chosen, now, set: (next) => setValue(next === usual ? null : next) }
}

/** One of the usual windows, or from one day to another. */
export function WindowPicker({ window: { name, days, now, set } }: { readonly window: ChosenWindow }): ReactNode {
  const { timeZone } = useFormats().settings
  const choose = (next: string): void => set(next === BY_DAYS ? `${dayOf(now - WEEK_MS, timeZone)}..${dayOf(now, timeZone)}` : next)
  return (
    <>
      <label>
        <span className="visually-hidden">Time</span>
        <select value={isRelative(name) ? name : BY_DAYS} onChange={(event) => choose(event.target.value)}>
          {Object.entries(WINDOWS).map(([one, { label }]) => (
            <option key={one} value={one}>
              {label}
            </option>
          ))}
          <option value={BY_DAYS}>days …</option>
        </select>
      </label>
      {days === null ? null : (
        <>
          <Day label="from" value={days.first} most={days.last} onChange={(first) => set(`${first}..${days.last}`)} />
          <Day label="to" value={days.last} least={days.first} most={dayOf(now, timeZone)} onChange={(last) => set(`${days.first}..${last}`)} />
        </>
      )}
    </>
  )
}

/** While a day is being typed it may be none, or one that does not fit: the last that did stays in force. */
function Day({ label, value, least, most, onChange }: { readonly label: string; readonly value: string; readonly least?: string; readonly most: string; readonly onChange: (day: string) => void }): ReactNode {
  return (
    <label>
      {label}{' '}
      <input type="date" defaultValue={value} min={least} max={most} required onChange={(event) => (event.target.value !== '' && event.target.checkValidity() ? onChange(event.target.value) : undefined)} />
    </label>
  )
}
