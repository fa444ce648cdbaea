import type { ReactNode } from 'react'
import { usePreferences } from '../../format/preferences.tsx'
import { Section } from '../../ui/page.tsx'

export function PreferencesForm(): ReactNode {
  const { preferences, change, formats } = usePreferences()
  const zones = Intl.supportedValuesOf('timeZone')
  return (
    <Section title="How things are shown" note="Kept in this browser.">
      <div className="row">
        <label>
          currency
          <select value={preferences.currency} onChange={(event) => change({ currency: event.target.value as 'USD' | 'EUR' })}>
            <option>USD</option>
            <option>EUR</option>
          </select>
        </label>
        {preferences.currency === 'EUR' ? (
          <label>
            euros for a dollar, your own rate
            <input
              type="number"
              min={0.01}
              max={100}
              step={0.001}
              value={preferences.eurPerUsd}
              onChange={(event) => {
                const rate = Number(event.target.value)
                if (rate > 0 && rate < 1000) change({ eurPerUsd: rate })
              }}
            />
          </label>
        ) : null}
        <label>
          time zone
          <select value={preferences.timeZone ?? ''} onChange={(event) => change({ timeZone: event.target.value === '' ? null : event.target.value })}>
            <option value="">of this browser</option>
            <option value="UTC">UTC</option>
            {zones.map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        </label>
      </div>
      <p className="faint">
        {formats.money(1234.5)}, {formats.cents(0.0123)}, {formats.settings.timeZone}
      </p>
    </Section>
  )
}
