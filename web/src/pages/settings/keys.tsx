import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { get } from '../../api/client.ts'
import { useFormats } from '../../format/preferences.tsx'
import { Section } from '../../ui/page.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { SecretOnce } from './secret-once.tsx'
import type { Key } from './types.ts'
import { useChange } from './use-change.ts'

const SCOPES = ['call', 'read', 'ingest', 'audit'] as const

interface Shown {
  readonly key: Key
  readonly secret: string
}

export function Keys(): ReactNode {
  const formats = useFormats()
  const keys = useQuery({ queryKey: ['keys'], queryFn: ({ signal }) => get<{ readonly keys: readonly Key[]; readonly configured: readonly string[] }>('/api/v1/keys', {}, signal) })
  const { change, error, busy } = useChange('keys')
  const [shown, setShown] = useState<Shown | null>(null)
  const create = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form)
    const number = (name: string): number | null => (data.get(name) === '' ? null : Number(data.get(name)))
    const models = String(data.get('models')).split(',').map((one) => one.trim()).filter((one) => one !== '')
    const made = await change<Shown>('POST', '/api/v1/keys', {
      name: data.get('name'),
      scopes: data.getAll('scopes'),
      models: models.length === 0 ? null : models,
      limits: { rpm: number('rpm'), tpm: number('tpm'), concurrency: number('concurrency') },
      ...(data.get('expiresAt') === '' ? {} : { expiresAt: data.get('expiresAt') }),
    })
    if (made === null) return
    form.reset()
    setShown(made)
  }
  return (
    <Section title="Keys" note="What clients call with. A secret is shown once and kept as a hash.">
      <Answer query={keys} what="keys">
        {(data) => (
          <>
            {data.keys.length === 0 ? (
              <Empty title="No key">{data.configured.length > 0 ? `The configuration has ${data.configured.join(', ')}.` : 'Make the first below.'}</Empty>
            ) : (
              <Table
                caption="Keys"
                rows={data.keys}
                keyOf={({ id }) => id}
                columns={[
                  { id: 'name', header: 'key', cell: ({ name, id }) => <>{name} <code className="faint">{id}</code></> },
                  { id: 'state', header: 'state', cell: ({ state, expiresAt }) => (expiresAt === null ? state : `${state}, until ${formats.date(expiresAt)}`) },
                  { id: 'scopes', header: 'may', cell: ({ rules }) => rules.scopes.join(', ') },
                  { id: 'models', header: 'models', cell: ({ rules }) => rules.models?.join(', ') ?? 'all' },
                  { id: 'limits', header: 'limits', cell: ({ rules: { limits } }) => [limits.rpm === null ? '' : `${formats.count(limits.rpm)} rpm`, limits.tpm === null ? '' : `${formats.compact(limits.tpm)} tpm`, limits.concurrency === null ? '' : `${limits.concurrency} at once`].filter((one) => one !== '').join(', ') || 'none' },
                  { id: 'used', header: 'last used', cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : formats.dateTime(lastUsedAt)) },
                  {
                    id: 'do',
                    header: <span className="visually-hidden">change</span>,
                    cell: ({ id, name, state }) => (
                      <span className="row">
                        <button type="button" disabled={busy} aria-label={`Rotate ${name}`} onClick={() => void change<Shown>('POST', `/api/v1/keys/${encodeURIComponent(id)}/rotate`, {}).then((made) => made !== null && setShown(made))}>
                          Rotate
                        </button>
                        <button type="button" disabled={busy} aria-label={`${state === 'disabled' ? 'Accept' : 'Refuse'} ${name}`} onClick={() => void change('PATCH', `/api/v1/keys/${encodeURIComponent(id)}`, { disabled: state !== 'disabled' })}>
                          {state === 'disabled' ? 'Accept again' : 'Refuse'}
                        </button>
                      </span>
                    ),
                  },
                ]}
              />
            )}
          </>
        )}
      </Answer>
      <details>
        <summary>Make a key</summary>
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault()
            void create(event.currentTarget)
          }}
        >
          <label>
            what it is for
            <input name="name" required maxLength={200} />
          </label>
          <fieldset className="row">
            <legend>may</legend>
            {SCOPES.map((scope) => (
              <label key={scope}>
                {scope}
                <input type="checkbox" name="scopes" value={scope} defaultChecked={scope === 'call' || scope === 'read'} />
              </label>
            ))}
          </fieldset>
          <label>
            models, by comma
            <input name="models" placeholder="all" maxLength={2000} />
          </label>
          <label>
            requests a minute
            <input name="rpm" type="number" min={1} placeholder="no limit" />
          </label>
          <label>
            tokens a minute
            <input name="tpm" type="number" min={1} placeholder="no limit" />
          </label>
          <label>
            at once
            <input name="concurrency" type="number" min={1} placeholder="no limit" />
          </label>
          <label>
            until
            <input name="expiresAt" type="date" />
          </label>
          <button type="submit" data-primary disabled={busy}>
            Make
          </button>
        </form>
      </details>
      {error === null ? null : <p role="alert">{error}</p>}
      {shown === null ? null : <SecretOnce title={`The secret of ${shown.key.name}`} secret={shown.secret} note="It is shown now and never again." onClose={() => setShown(null)} />}
    </Section>
  )
}
