import type { ReactNode } from 'react'
import { useSession, useSessionChange } from '../../api/session.ts'
import { useSearchValue } from '../../app/search-state.ts'
import { PageHead } from '../../ui/page.tsx'
import { EntryForm } from './entry-form.tsx'
import styles from './login.module.css'

/** What the way back from the identity provider says where it let nobody in. */
const REFUSALS: Readonly<Record<string, string>> = {
  unreachable: 'The identity provider does not answer.',
  expired: 'That took too long, or was begun elsewhere. Try again.',
  denied: 'The identity provider did not let you in.',
  failed: 'The answer of the identity provider could not be checked; the log of the server has it.',
  no_role: 'You are in no group that has a role here.',
  no_email: 'The identity provider tells no address of yours.',
  address_taken: 'There is an account with that address already, and the provider has not verified it.',
  disabled: 'This account is refused.',
}

export function Page(): ReactNode {
  const { session } = useSession()
  const { signIn } = useSessionChange()
  const [refusal] = useSearchValue('error')
  return (
    <>
      <PageHead title="Sign in" />
      {refusal === null ? null : <p role="alert">{REFUSALS[refusal] ?? 'Signing in did not work.'}</p>}
      {session?.setup === true ? (
        <p className={styles.card}>Nobody owns this installation yet. Open the link that the server printed when it started, or make another with <code>spillway users setup-link</code>.</p>
      ) : (
        <EntryForm
          action="Sign in"
          fields={[
            { name: 'email', label: 'E-mail', type: 'email', autoComplete: 'username' },
            { name: 'password', label: 'Password', type: 'password', autoComplete: 'current-password' },
          ]}
          send={({ email = '', password = '' }) => signIn(email, password)}
        >
          {session?.oidc === null || session === null ? null : (
            <>
              <span className={styles.or}>or</span>
              <a href="/auth/oidc/start">Sign in with {session.oidc.name}</a>
            </>
          )}
        </EntryForm>
      )}
    </>
  )
}
