import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { createFormats, type Formats } from './formats.ts'

/** What a reader chose for this browser. */
export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark'
  readonly currency: 'USD' | 'EUR'
  /** Euros for a dollar; only used with EUR, and set by the reader: nothing is looked up. */
  readonly eurPerUsd: number
  /** An IANA name; null = the browser's. */
  readonly timeZone: string | null
}

const DEFAULTS: Preferences = { theme: 'system', currency: 'USD', eurPerUsd: 0.9, timeZone: null }
const KEY = 'spillway.preferences'

interface Held {
  readonly preferences: Preferences
  readonly change: (next: Partial<Preferences>) => void
  readonly formats: Formats
}

const Context = createContext<Held | null>(null)

/** Whatever stands in the store, only what is well-formed is taken. */
export function readPreferences(text: string | null): Preferences {
  let stored: unknown
  try {
    stored = JSON.parse(text ?? '{}')
  } catch {
    return DEFAULTS
  }
  const { theme, currency, eurPerUsd, timeZone } = (typeof stored === 'object' && stored !== null ? stored : {}) as Partial<Record<keyof Preferences, unknown>>
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : DEFAULTS.theme,
    currency: currency === 'EUR' ? 'EUR' : 'USD',
    eurPerUsd: typeof eurPerUsd === 'number' && eurPerUsd > 0 && eurPerUsd < 1000 ? eurPerUsd : DEFAULTS.eurPerUsd,
    timeZone: typeof timeZone === 'string' && isTimeZone(timeZone) ? timeZone : null,
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

export function PreferencesProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [preferences, set] = useState(() => readPreferences(localStorage.getItem(KEY)))
  useEffect(() => {
    localStorage.setItem(KEY, JSON.stringify(preferences))
    if (preferences.theme === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = preferences.theme
  }, [preferences])
  const held = useMemo<Held>(
    () => ({
      preferences,
      change: (next) => set((last) => ({ ...last, ...next })),
      formats: createFormats({ locale: navigator.language, currency: preferences.currency, perUsd: preferences.currency === 'EUR' ? preferences.eurPerUsd : 1, timeZone: preferences.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone }),
    }),
    [preferences],
  )
  return <Context.Provider value={held}>{children}</Context.Provider>
}

export function usePreferences(): Held {
  const held = useContext(Context)
  if (held === null) throw new Error('usePreferences needs a PreferencesProvider')
  return held
}

export const useFormats = (): Formats => usePreferences().formats
