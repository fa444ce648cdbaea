import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { may, useSession } from '../api/session.ts'

/** Leads to the calls for which every pair of a dimension and a value holds, null = not said; only words for those who may not see calls. */
export function CallsLink({ where, window, children }: { readonly where: readonly (readonly [string, string | null])[]; readonly window: string; readonly children: ReactNode }): ReactNode {
  const { session } = useSession()
  if (!may(session, 'calls')) return <span>{children}</span>
  const query = new URLSearchParams({ window })
  for (const [dimension, value] of where) query.append('where', `${dimension}=${value ?? ''}`)
  return <Link to={`/calls?${query}`}>{children}</Link>
}
