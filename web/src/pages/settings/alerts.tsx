import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { get } from '../../api/client.ts'
import { may, useSession } from '../../api/session.ts'
import { useFormats } from '../../format/preferences.tsx'
import { Section } from '../../ui/page.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import type { Alert, Silence } from './types.ts'
import { useChange } from './use-change.ts'

const DAY_SECONDS = 86_400

export function Alerts(): ReactNode {
  const formats = useFormats()
  const { session } = useSession()
  const mayChange = may(session, 'alerts')
  const alerts = useQuery({ queryKey: ['alerts'], queryFn: ({ signal }) => get<{ readonly open: readonly Alert[]; readonly silences: readonly Silence[] }>('/api/v1/alerts', {}, signal), refetchInterval: 15_000 })
  const { change, error, busy } = useChange('alerts')
  return (
    <Section title="Alerts" note={<>Who is told, and how: <a href="/docs/configuration.html">alerts in the configuration</a></>}>
      <Answer query={alerts} what="alerts">
        {({ open, silences }) => (
          <>
            {open.length === 0 ? (
              <Empty title="None open" />
            ) : (
              <Table
                caption="Open alerts"
                rows={open}
                keyOf={({ id }) => id}
                columns={[
                  { id: 'text', header: 'what', cell: ({ text, mend }) => <>{text} <span className="faint">{mend}</span></> },
                  { id: 'severity', header: 'how bad', cell: ({ severity }) => severity },
                  { id: 'since', header: 'since', cell: ({ since }) => formats.dateTime(since) },
                  {
                    id: 'do',
                    header: <span className="visually-hidden">change</span>,
                    cell: ({ id }) =>
                      mayChange ? (
                        <button type="button" disabled={busy} aria-label={`Silence ${id} for a day`} onClick={() => void change('POST', '/api/v1/alerts/silences', { prefix: id, seconds: DAY_SECONDS })}>
                          Silence for a day
                        </button>
                      ) : null,
                  },
                ]}
              />
            )}
            {silences.length === 0 ? null : (
              <Table
                caption="Silences"
                rows={silences}
                keyOf={({ id }) => id}
                columns={[
                  { id: 'prefix', header: 'silent', cell: ({ prefix }) => (prefix === '' ? 'all' : prefix) },
                  { id: 'until', header: 'until', cell: ({ until }) => formats.dateTime(until) },
                  { id: 'reason', header: 'why', cell: ({ reason }) => reason || '-' },
                  {
                    id: 'do',
                    header: <span className="visually-hidden">change</span>,
                    cell: ({ id }) =>
                      mayChange ? (
                        <button type="button" disabled={busy} aria-label={`End the silence ${id}`} onClick={() => void change('DELETE', `/api/v1/alerts/silences/${encodeURIComponent(id)}`)}>
                          End
                        </button>
                      ) : null,
                  },
                ]}
              />
            )}
          </>
        )}
      </Answer>
      {error === null ? null : <p role="alert">{error}</p>}
    </Section>
  )
}
