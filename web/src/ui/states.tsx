import { Link } from 'wouter'
import type { ReactNode } from 'react'
import { ApiError } from '../api/client.ts'
import styles from './ui.module.css'

/** Something is being read. Space is kept, so that nothing jumps when it comes. */
export function Loading({ what, lines = 3 }: { readonly what: string; readonly lines?: number }): ReactNode {
  return (
    <div className={styles.loading} role="status" aria-label={`Loading ${what}`}>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} />
      ))}
    </div>
  )
}

/** There is nothing, and what would bring something. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactNode {
  return (
    <div className={styles.empty}>
      <strong>{title}</strong>
      {children === undefined ? null : <div>{children}</div>}
    </div>
  )
}

/** What went wrong in the server's own words, and what can be done. */
export function Failed({ error, retry }: { readonly error: Error; readonly retry?: () => void }): ReactNode {
  const refused = error instanceof ApiError && (error.status === 401 || error.status === 403)
  return (
    <div className={styles.failed} role="alert">
      <strong>{refused ? 'This is not for your role' : 'This could not be read'}</strong>
      <p>{error.message}</p>
      {error instanceof ApiError ? <p className={styles.code}>{error.code}</p> : null}
      {refused ? <Link to="/login">Sign in as somebody else</Link> : retry === undefined ? null : <button type="button" onClick={retry}>Try again</button>}
    </div>
  )
}

export function PageFailed({ error }: { readonly error: Error }): ReactNode {
  return (
    <>
      <h1>Something broke on this page</h1>
      <Failed error={error} retry={() => window.location.reload()} />
    </>
  )
}

export function NotFound(): ReactNode {
  return (
    <Empty title="There is no such page">
      <Link to="/">To the overview</Link>
    </Empty>
  )
}

/** One question's three ways: loading, failed, and there. */
export function Answer<T>({ query, what, lines, children }: { readonly query: { readonly data: T | undefined; readonly error: Error | null; readonly refetch: () => unknown }; readonly what: string; readonly lines?: number; readonly children: (data: T) => ReactNode }): ReactNode {
  if (query.data !== undefined) return children(query.data)
  if (query.error !== null) return <Failed error={query.error} retry={() => void query.refetch()} />
  return <Loading what={what} {...(lines === undefined ? {} : { lines })} />
}
