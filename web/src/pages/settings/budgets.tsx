import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { get } from '../../api/client.ts'
import { may, useSession } from '../../api/session.ts'
import { useFormats } from '../../format/preferences.tsx'
import { Meter } from '../../ui/meter.tsx'
import { Section } from '../../ui/page.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import type { Budget } from './types.ts'
import { useChange } from './use-change.ts'

const NEARLY = 0.8

export function Budgets(): ReactNode {
  const formats = useFormats()
  const { session } = useSession()
  const mayChange = may(session, 'budgets')
  const budgets = useQuery({ queryKey: ['budgets'], queryFn: ({ signal }) => get<{ readonly budgets: readonly Budget[] }>('/api/v1/budgets', {}, signal), refetchInterval: 15_000 })
  const { change, error, busy } = useChange('budgets')
  const [scope, setScope] = useState('tenant')
  const set = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form)
    const value = String(data.get('value') ?? '')
    const whose = scope === 'tenant' ? {} : value === '' ? { each: true } : { value }
    if ((await change('PUT', '/api/v1/budgets', { scope, ...whose, period: data.get('period'), usd: data.get('usd') })) !== null) form.reset()
  }
  return (
    <Section title="Budgets" note="A call that would go over is refused before it is made; what running calls may still cost is held back.">
      <Answer query={budgets} what="budgets">
        {(data) =>
          data.budgets.length === 0 ? (
            <Empty title="No budget" />
          ) : (
            <Table
              caption="Budgets"
              rows={data.budgets}
              keyOf={({ id }) => id}
              columns={[
                { id: 'what', header: 'about', cell: ({ scope: about, value, each }) => (about === 'tenant' ? 'the whole tenant' : each ? `each ${about}` : `${about} ${value ?? ''}`) },
                { id: 'limit', header: 'limit', number: true, cell: ({ usd, period }) => `${formats.cents(Number(usd))} ${period === 'total' ? 'in all' : `a ${period}`}` },
                {
                  id: 'spent',
                  header: 'spent',
                  cell: ({ usd, spentUsd, each, id }) => {
                    const share = Number(usd) === 0 ? 1 : Number(spentUsd) / Number(usd)
                    return each ? formats.cents(Number(spentUsd)) : <Meter value={share} color={share >= NEARLY ? 'var(--waste)' : 'var(--gray-2)'} label={`Spent of ${id}`} text={`${formats.cents(Number(spentUsd))}, ${formats.percent(share)}`} marks={[NEARLY]} />
                  },
                },
                { id: 'renews', header: 'renews', cell: ({ windowEnd }) => (windowEnd === null ? 'never' : formats.dateTime(windowEnd)) },
                {
                  id: 'do',
                  header: <span className="visually-hidden">change</span>,
                  cell: ({ id }) =>
                    mayChange ? (
                      <button type="button" disabled={busy} aria-label={`Lift ${id}`} onClick={() => void change('DELETE', `/api/v1/budgets/${encodeURIComponent(id)}`)}>
                        Lift
                      </button>
                    ) : null,
                },
              ]}
            />
          )
        }
      </Answer>
      {mayChange ? (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault()
            void set(event.currentTarget)
          }}
        >
          <label>
            about
            <select value={scope} onChange={(event) => setScope(event.target.value)}>
              {['tenant', 'key', 'user', 'feature', 'model'].map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
          {scope === 'tenant' ? null : (
            <label>
              which
              <input name="value" placeholder="empty = each for itself" maxLength={256} />
            </label>
          )}
          <label>
            USD
            <input name="usd" required inputMode="decimal" pattern="\d{1,9}(\.\d{1,9})?" maxLength={20} />
          </label>
          <label>
            in a
            <select name="period">
              <option>month</option>
              <option>day</option>
              <option>total</option>
            </select>
          </label>
          <button type="submit" disabled={busy}>
            Set
          </button>
        </form>
      ) : null}
      {error === null ? null : <p role="alert">{error}</p>}
    </Section>
  )
}
