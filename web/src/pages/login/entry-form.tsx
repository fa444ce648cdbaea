import { useState, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import { ApiError } from '../../api/client.ts'
import styles from './login.module.css'

export interface EntryField {
  readonly name: string
  readonly label: string
  readonly type: 'email' | 'password' | 'text'
  readonly autoComplete: string
  readonly note?: string
}

/** A form that lets somebody in: sends its fields, tells what the server says, and goes on to the overview. */
export function EntryForm({ fields, action, send, children }: { readonly fields: readonly EntryField[]; readonly action: string; readonly send: (values: Readonly<Record<string, string>>) => Promise<void>; readonly children?: ReactNode }): ReactNode {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const [, navigate] = useLocation()
  const submit = async (form: HTMLFormElement): Promise<void> => {
    setBusy(true)
    setError(null)
    try {
      await send(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)])))
      navigate('/')
    } catch (thrown) {
      setError(thrown instanceof ApiError ? thrown.message : 'That did not work. Try again.')
      setBusy(false)
    }
  }
  return (
    <form
      className={styles.card}
      onSubmit={(event) => {
        event.preventDefault()
        void submit(event.currentTarget)
      }}
    >
      {fields.map(({ name, label, type, autoComplete, note }) => (
        <label key={name} className="field">
          {label}
          <input name={name} type={type} autoComplete={autoComplete} required maxLength={type === 'password' ? 1000 : 254} {...(note === undefined ? {} : { 'aria-describedby': `${name}-note` })} />
          {note === undefined ? null : <small id={`${name}-note`}>{note}</small>}
        </label>
      ))}
      {error === null ? null : <p role="alert">{error}</p>}
      <button type="submit" data-primary disabled={busy}>
        {busy ? 'One moment …' : action}
      </button>
      {children}
    </form>
  )
}

export const NEW_PASSWORD: EntryField = { name: 'password', label: 'Password', type: 'password', autoComplete: 'new-password', note: '12 characters or more; what they are is your affair' }
