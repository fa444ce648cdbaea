import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { get } from '../../api/client.ts'
import { may, useSession } from '../../api/session.ts'
import { useFormats } from '../../format/preferences.tsx'
import { Section } from '../../ui/page.tsx'
import { Answer } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { SecretOnce } from './secret-once.tsx'
import type { User } from './types.ts'
import { useChange } from './use-change.ts'

const ROLES = ['viewer', 'finance', 'auditor', 'engineer', 'admin', 'owner'] as const

export function Users(): ReactNode {
  const formats = useFormats()
  const { session } = useSession()
  const roles = ROLES.filter((role) => role !== 'owner' || may(session, 'owners'))
  const users = useQuery({ queryKey: ['users'], queryFn: ({ signal }) => get<{ readonly users: readonly User[]; readonly invitations: readonly { readonly email: string; readonly role: string; readonly expiresAt: string | null }[] }>('/api/v1/users', {}, signal) })
  const { change, error, busy } = useChange('users')
  const [link, setLink] = useState<string | null>(null)
  const invite = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form)
    const made = await change<{ readonly link: string | null }>('POST', '/api/v1/users/invite', { email: data.get('email'), role: data.get('role') })
    if (made === null) return
    form.reset()
    if (made.link !== null) setLink(made.link.startsWith('/') ? window.location.origin + made.link : made.link)
  }
  return (
    <Section title="People and roles" note={<a href="/docs/dashboard.html">What each role may</a>}>
      <Answer query={users} what="people">
        {(data) => (
          <>
            <Table
              caption="People"
              rows={data.users}
              keyOf={({ id }) => id}
              columns={[
                { id: 'name', header: 'who', cell: ({ name, email }) => <>{name} <span className="faint">{email}</span></> },
                {
                  id: 'role',
                  header: 'role',
                  cell: ({ id, role, name }) =>
                    id === session?.user?.id ? (
                      role
                    ) : (
                      <select value={role ?? ''} disabled={busy} aria-label={`Role of ${name}`} onChange={(event) => void change('PATCH', `/api/v1/users/${encodeURIComponent(id)}`, { role: event.target.value })}>
                        {[...new Set([...roles, ...(role === null ? [] : [role])])].map((one) => (
                          <option key={one}>{one}</option>
                        ))}
                      </select>
                    ),
                },
                { id: 'where', header: 'where', cell: ({ everywhere }) => (everywhere ? 'every tenant' : 'this tenant') },
                { id: 'seen', header: 'signed in', cell: ({ signedInAt }) => (signedInAt === null ? 'never' : formats.dateTime(signedInAt)) },
                {
                  id: 'do',
                  header: <span className="visually-hidden">change</span>,
                  cell: ({ id, name, disabled }) =>
                    id === session?.user?.id ? null : (
                      <button type="button" disabled={busy} aria-label={`${disabled ? 'Let in' : 'Refuse'} ${name}`} onClick={() => void change('PATCH', `/api/v1/users/${encodeURIComponent(id)}`, { disabled: !disabled })}>
                        {disabled ? 'Let in again' : 'Refuse'}
                      </button>
                    ),
                },
              ]}
            />
            {data.invitations.map(({ email, role, expiresAt }) => (
              <p key={email} className="faint">
                Invited: {email} as {role}, until {formats.dateTime(expiresAt)}
              </p>
            ))}
          </>
        )}
      </Answer>
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault()
          void invite(event.currentTarget)
        }}
      >
        <label>
          invite, e-mail
          <input name="email" type="email" required maxLength={254} />
        </label>
        <label>
          as
          <select name="role">
            {roles.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
        </label>
        <button type="submit" disabled={busy}>
          Make a link
        </button>
      </form>
      {error === null ? null : <p role="alert">{error}</p>}
      {link === null ? null : <SecretOnce title="The invitation" secret={link} note="Send it to them: whoever opens it first is in. It works once, for a week." onClose={() => setLink(null)} />}
    </Section>
  )
}
