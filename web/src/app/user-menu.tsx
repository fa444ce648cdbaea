import { Link } from 'wouter'
import type { ReactNode } from 'react'
import { useSession, useSessionChange } from '../api/session.ts'
import styles from './shell.module.css'

/** Who is signed in and for which tenant, and the ways in and out. */
export function UserMenu(): ReactNode {
  const { session } = useSession()
  const { signOut, switchTenant } = useSessionChange()
  if (session === null) return null
  if (session.user === null) {
    return (
      <Link className={styles.signIn} to="/login">
        Sign in
      </Link>
    )
  }
  return (
    <div className={styles.user}>
      <span title={session.user.email}>
        {session.user.name} <small>{session.user.role}</small>
      </span>
      {session.tenants.length > 1 ? (
        <label>
          <span>Tenant</span>
          <select value={session.tenant ?? ''} onChange={(event) => void switchTenant(event.target.value)}>
            {session.tenants.map(({ id }) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </label>
      ) : null}
      <button type="button" onClick={() => void signOut()}>
        Sign out
      </button>
    </div>
  )
}
